// Writes the first inputs of each fuzz target: a few of our own, and the files of recorded machines if there are any.
//   seeds.mjs OUT [DIRECTORY OF UNPACKED RECORDINGS]
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { join } from 'node:path';

const [out, recordings] = process.argv.slice(2);
const MISSING = '\x02'; // test/fuzz/tree.h
const joined = texts => texts.map(text => text ?? MISSING).join('\x01');

function seed(target, text) {
  if (text.length > 16_384) return;
  mkdirSync(join(out, target), { recursive: true });
  writeFileSync(join(out, target, createHash('sha1').update(text, 'latin1').digest('hex')), text, 'latin1');
}

/** Two of musl's thread descriptors that point to each other: ring.cc turns the pointers into addresses. */
function ring() {
  const bytes = Buffer.alloc(0x800);
  const pointer = (at, to) => bytes.writeBigUInt64LE((0xb0b0n << 48n) | BigInt(to), at);
  for (const [i, at, other] of [
    [0, 0x200, 0x400],
    [1, 0x400, 0x200],
  ]) {
    pointer(at, at);
    pointer(at + 16, other);
    pointer(at + 24, other);
    bytes.writeInt32LE(1e9 + i, at + 48);
    pointer(at + 88, 0x700); // its stack, with the function and the argument at the top
  }
  pointer(0x700 - 32, 0x100);
  pointer(0x700 - 24, 0x108);
  return bytes.toString('latin1');
}

function ours() {
  for (const text of [
    '0-3,8\n',
    '0-7:2/4',
    '0-7:2',
    '1023-1025',
    '',
    'ff',
    '0x5',
    '1,00000000,00000000\n',
    '80000000,00000001',
  ]) {
    seed('cpulist', text);
  }
  seed(
    'stat',
    '42 (a) R (b) S 41 42 43 34816 44 4194304 1 2 3 4 500 60 7 8 20 0 9 0 123456789 1000 100 18446744073709551615 1\n',
  );
  seed('ring', ring());
  seed(
    'maps',
    '00400000-00452000 r-xp 00001000 fd:1f 173521      /usr/bin/a\\012b (deleted)\n' +
      '00452000-00453000 ---s 00000000 00:00 0 \n',
  );
  seed('maps', readFileSync('/proc/self/maps', 'latin1').slice(-4096));
  seed(
    'proc',
    joined([
      'MemTotal:       32653844 kB\nMemFree:  1 kB\nMemAvailable:    1234 kB\nBuffers: 7 kB\nCached: 8 kB\n',
      'Name:\tnode\nCpus_allowed:\tff,0000000f\nCpus_allowed_list:\t0-3,32-39\n',
      'Limit                     Soft Limit           Hard Limit           Units     \n' +
        'Max processes             127433               unlimited            processes \n',
    ]),
  );
  seed(
    'cgroup',
    joined([
      '30 22 0:26 / /cg rw,nosuid shared:9 - cgroup2 cgroup2 rw,nsdelegate\n',
      null,
      '0::/a\n',
      null,
      '150000 100000\n',
      'max 100000\n',
      '100\n',
      '0-3\n',
      '0-1\n',
      '1073741824\n',
      '4096\n',
      'anon 5\ninactive_file 77\n',
      'max\n',
      '7\n',
    ]),
  );
  const one = [
    '-1\n',
    '100000\n',
    '1024\n',
    '0-3\n',
    '0-7\n',
    '0\n',
    '0-1\n',
    '9223372036854771712\n',
    '4096\n',
    'total_inactive_file 5\n',
    '99\n',
    '7\n',
  ];
  seed(
    'cgroup',
    joined([
      '32 31 0:29 /docker/0123 /one rw - cgroup cgroup rw,cpu,cpuset,memory,pids\n',
      null,
      '3:cpu,cpuset,memory,pids:/docker/0123\n',
      null,
      ...Array(10).fill(null),
      ...one,
    ]),
  );
  seed('cgroup', joined([null, 'none /one cpuset rw,noprefix 0 0\n', null, '/\n', ...Array(10).fill(null), ...one]));
  seed(
    'sysfs',
    joined([
      'cpu7',
      '0-1\n',
      '0-7\n',
      '\n',
      '3\n',
      '0-1\n',
      '0\n',
      '1\n',
      '1\n',
      '1024\n',
      '3200000\n',
      '3\n',
      '0-1\n',
      '3\n',
      '1\n',
      'Data\n',
      '3\n',
      '3\n',
      'Unified\n',
      '0-1\n',
      '1\n',
      '3\n',
      '0-1\n',
      '0-1\n',
      '3\n',
      'Unified\n',
      '0-1\n',
    ]),
  );
}

// Small libraries and programs, made by the compiler that makes the fuzz targets.
function elfFiles() {
  mkdirSync(out, { recursive: true });
  const file = join(out, 'made');
  const source =
    'int variable = 1; static int hidden = 2; ' +
    '__attribute__((weak)) int governed(int a) { return a + variable + hidden++; } ' +
    'int other(int a) __attribute__((alias("governed"))); ' +
    'extern int missing(int); int asks(int a) { return missing(a); }';
  const program = `${source} int missing(int a) { return a; } void _start() {}`;
  for (const [text, ...options] of [
    [source, '-shared', '-Wl,--hash-style=gnu'],
    [source, '-shared', '-Wl,--hash-style=sysv', '-s'],
    [source, '-shared', '-Wl,--hash-style=both', '-O2'],
    [program, '-static'],
    [program, '-static', '-s'],
  ]) {
    execFileSync(
      'clang',
      [
        '-x',
        'c',
        '-',
        '-o',
        file,
        '-nostdlib',
        '-fno-asynchronous-unwind-tables',
        '-fPIC',
        '-Wl,-n',
        '-Wl,-z,noseparate-code,-z,norelro,--build-id=none',
        ...options,
      ],
      { input: text, stdio: ['pipe', 'ignore', 'ignore'] },
    );
    const bytes = readFileSync(file, 'latin1');
    seed('elf', bytes);
    seed('elf', bytes.replace(/^([^]{40})[^]{8}([^]{12})[^]{4}/, '$1\0\0\0\0\0\0\0\0$2\0\0\0\0')); // no sections
  }
  rmSync(file);
}

function theirs(root) {
  const read = file => {
    try {
      return readFileSync(join(root, file), 'latin1');
    } catch {
      return null;
    }
  };
  const below = directory => {
    try {
      return readdirSync(join(root, directory));
    } catch {
      return [];
    }
  };
  const system = 'sys/devices/system';
  const cpus = below(`${system}/cpu`)
    .filter(name => /^cpu\d+$/.test(name))
    .slice(0, 4);
  const nodes = below(`${system}/node`)
    .filter(name => /^node\d+$/.test(name))
    .slice(0, 2);
  const lists = [
    ...['online', 'present', 'possible'].map(name => `${system}/cpu/${name}`),
    ...cpus.flatMap(cpu =>
      ['thread_siblings', 'core_siblings_list', 'core_cpus_list', 'cluster_cpus'].map(
        name => `${system}/cpu/${cpu}/topology/${name}`,
      ),
    ),
    ...nodes.flatMap(node => ['cpumap', 'cpulist'].map(name => `${system}/node/${node}/${name}`)),
  ];
  for (const text of lists.map(read)) if (text !== null) seed('cpulist', text);

  const [first, second = first] = cpus.map(cpu => `${system}/cpu/${cpu}`);
  if (first) {
    const topology = ['thread_siblings', 'thread_siblings_list', 'core_siblings'];
    const cache = (cpu, index) =>
      ['level', 'type', index ? 'shared_cpu_list' : 'shared_cpu_map'].map(name => `${cpu}/cache/index${index}/${name}`);
    seed(
      'sysfs',
      joined([
        cpus.at(-1),
        ...[
          `${system}/cpu/online`,
          `${system}/cpu/present`,
          `${system}/node/${nodes[0]}/cpumap`,
          `${system}/node/${nodes[1]}/cpulist`,
          'sys/devices/cpu_core/cpus',
          'sys/devices/cpu_atom/cpus',
          `${first}/online`,
          `${first}/cpu_capacity`,
          `${first}/cpufreq/cpuinfo_max_freq`,
          ...topology.map(name => `${first}/topology/${name}`),
          ...cache(first, 0),
          ...cache(first, 3),
          `${second}/online`,
          ...['core_cpus', 'core_cpus_list', 'package_cpus_list'].map(name => `${second}/topology/${name}`),
          ...cache(second, 3),
        ].map(read),
      ]),
    );
  }
  seed('proc', joined(['proc/meminfo', 'proc/self/status', 'proc/self/limits'].map(read)));
  const moved = (text, field) =>
    text
      ?.split('\n')
      .map(line =>
        line
          .split(' ')
          .map((word, i) =>
            i === field && /cgroup|cpuset/.test(line) ? (line.includes('cgroup2') ? '/cg' : '/one') : word,
          )
          .join(' '),
      )
      .join('\n') ?? null;
  seed(
    'cgroup',
    joined([
      moved(read('proc/self/mountinfo'), 4),
      moved(read('proc/mounts'), 1),
      read('proc/self/cgroup'),
      read('proc/self/cpuset'),
      '150000 100000\n',
      ...Array(9).fill('100\n'),
      ...Array(12).fill('0-3\n'),
    ]),
  );
}

ours();
elfFiles();
if (recordings) {
  for (const name of readdirSync(recordings)) {
    if (statSync(join(recordings, name)).isDirectory()) theirs(join(recordings, name));
  }
}
