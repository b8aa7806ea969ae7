import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { GovernorError, readHost } from '../../../lib/index.js';
import { temporaryDirectory } from '../../helpers/processes/governed.js';
import { finished } from '../../helpers/processes/run.js';
import { PROJECT } from '../../helpers/shared.js';
import { CPUS_0_TO_7, mask, sysroot } from '../../helpers/machine/sysroot.js';

const CPU = 'sys/devices/system/cpu';
const MIB = 2 ** 20;

/** Every file that is read of a machine, of each kind one. */
const FILES = [
  ...[
    'online',
    'present',
    'isolated',
    'cpu0/online',
    'cpu0/cpu_capacity',
    'cpu0/cpufreq/cpuinfo_max_freq',
    'cpu0/regs/identification/midr_el1',
    'cpu0/topology/thread_siblings',
    'cpu0/topology/core_siblings_list',
    'cpu0/cache/index0/level',
    'cpu0/cache/index0/shared_cpu_map',
  ].map(name => `${CPU}/${name}`),
  'sys/devices/system/node/node0/cpumap',
  'sys/devices/system/node/node0/cpulist',
  'sys/devices/cpu_core/cpus',
  'proc/self/status',
  'proc/self/limits',
  'proc/self/cgroup',
  'proc/self/cpuset',
  'proc/self/mountinfo',
  'proc/mounts',
  'proc/meminfo',
  ...['cpu.max', 'cpu.weight', 'cpuset.cpus.effective', 'memory.max', 'memory.stat', 'pids.max'].map(
    name => `sys/fs/cgroup/a/${name}`,
  ),
];
const GROUP = {
  'proc/self/mountinfo': '30 22 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw',
  'proc/self/cgroup': '0::/a',
};

/** What a program reads of a sysroot, and what it takes: memory above that of a node that does nothing. */
async function cost(root: string): Promise<{ memory: number; read: number; answer: string }> {
  const measure =
    'const { readFileSync } = await import("node:fs");' +
    'const read = () => Number(/rchar: (\\d+)/.exec(readFileSync("/proc/self/io", "utf8"))[1]);' +
    'const memory = () => process.resourceUsage().maxRSS * 1024;';
  const node = async (code: string) => {
    const { status, stdout, stderr } = await finished([process.execPath, '--input-type=module', '-e', measure + code]);
    assert.equal(status, 0, stderr);
    return JSON.parse(stdout) as { memory: number; read: number; answer: string };
  };
  const bare = await node('console.log(JSON.stringify({ memory: memory() }))');
  const { memory, read, answer } = await node(
    `const { readHost } = await import(${JSON.stringify(join(PROJECT, 'dist/lib/index.js'))}); readHost(); const before = read(); let answer;` +
      `try { answer = readHost({ sysroot: ${JSON.stringify(root)} }).cpus.filter(cpu => cpu.online).length + " CPUs" } catch (error) { answer = error.code + ": " + error.message }` +
      'console.log(JSON.stringify({ memory: memory(), read: read() - before, answer }))',
  );
  return { memory: memory - bare.memory, read, answer };
}

const unreadable = (text: RegExp) => (error: unknown) => {
  assert.ok(error instanceof GovernorError, String(error));
  assert.equal(error.code, 'HOST_UNREADABLE');
  assert.match(error.message, text);
  return true;
};

describe('a sysroot with things that are no files', () => {
  /** Puts something else in the place of a file or directory. */
  const replaced = (paths: readonly string[], put: (path: string) => void) => {
    const root = sysroot(CPUS_0_TO_7, GROUP);
    for (const path of paths) {
      rmSync(join(root, path), { recursive: true, force: true });
      mkdirSync(dirname(join(root, path)), { recursive: true });
      put(join(root, path));
    }
    return root;
  };
  /** files without which others are not looked for */
  const alone = [`${CPU}/online`, 'proc/self/mountinfo', 'proc/self/cgroup'];
  const together = FILES.filter(file => !alone.includes(file));
  const PUT: Record<string, (path: string) => void> = {
    'a symlink to itself': path => symlinkSync(path, path),
    'a symlink to nothing': path => symlinkSync('nowhere', path),
    'a directory': path => mkdirSync(path),
    'a FIFO': path => execFileSync('mkfifo', [path]),
    'a device without end': path => symlinkSync('/dev/zero', path),
    'a file without an end of line': path => writeFileSync(path, '\xff'.repeat(9)),
  };
  for (const [what, put] of Object.entries(PUT)) {
    it(`${what} in place of any file: it is missing, the rest is told`, () => {
      for (const paths of [together, ...alone.map(path => [path])]) {
        const { cpus } = readHost({ sysroot: replaced(paths, put) });
        assert.deepEqual(
          cpus.map(cpu => cpu.online),
          cpus.map(() => true),
          String(paths),
        );
        assert.deepEqual(
          cpus.slice(1).map(cpu => cpu.core !== null),
          [1, 2, 3, 4, 5, 6, 7].map(() => true),
          String(paths),
        );
      }
    });
    if (what === 'a directory') continue;
    it(`${what} in place of a directory: a clear error, or what is left`, () => {
      for (const path of ['sys', 'sys/devices', 'sys/devices/system/cpu']) {
        assert.throws(
          () => readHost({ sysroot: replaced([path], put) }),
          unreadable(/^cannot read the machine from .*\/sys\/devices\/system\/cpu: /),
          path,
        );
      }
      for (const path of [
        'proc',
        'proc/self',
        'sys/fs',
        'sys/fs/cgroup',
        `${CPU}/cpu0`,
        `${CPU}/cpu0/topology`,
        `${CPU}/cpu0/cache`,
        'sys/devices/system/node',
      ]) {
        assert.equal(readHost({ sysroot: replaced([path], put) }).cpus.length, 8, path);
      }
    });
  }

  it('directories that lead back to themselves are not walked', () => {
    const root = sysroot(CPUS_0_TO_7);
    for (const path of [
      `${CPU}/cpu0/cache/index0`,
      `${CPU}/cpu0/topology/topology`,
      `${CPU}/cpu8`,
      'sys/devices/system/node/node0',
    ]) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      symlinkSync('..', join(root, path));
    }
    assert.equal(readHost({ sysroot: root }).cpus.filter(cpu => cpu.online).length, 8);
  });
});

describe('a sysroot of giants', () => {
  it('files of 1 GB: of each no more is read than a true one has', async () => {
    const root = sysroot(CPUS_0_TO_7);
    for (const path of FILES.filter(file => file !== `${CPU}/online`)) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), '');
      truncateSync(join(root, path), 2 ** 30);
    }
    const { memory, read, answer } = await cost(root);
    assert.equal(answer, '8 CPUs');
    assert.ok(read < 24 * MIB, `${read} bytes read`);
    assert.ok(memory < 64 * MIB, `${memory} bytes`);
    truncateSync(join(root, CPU, 'online'), 2 ** 30);
    assert.equal((await cost(root)).answer, '8 CPUs', 'by their directories');
  });

  const tables: Record<string, string> = {
    'empty lines': '\n',
    blanks: ' ',
    mounts: '30 22 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n',
    'mounts of version 1': '3 2 0:6 / /c rw - cgroup cgroup rw,cpu,cpuset,memory,pids\n',
    commas: ',',
  };
  for (const [what, text] of Object.entries(tables)) {
    it(`tables of 8 MB of ${what}`, async () => {
      const root = sysroot(CPUS_0_TO_7, GROUP);
      for (const path of ['mountinfo', 'status', 'limits', 'cgroup'])
        writeFileSync(join(root, 'proc/self', path), text.repeat(Math.ceil((8 * MIB) / text.length)));
      const { memory, read, answer } = await cost(root);
      assert.equal(answer, '8 CPUs');
      assert.ok(read < 24 * MIB, `${read} bytes read`);
      assert.ok(memory < 64 * MIB, `${memory} bytes`);
    });
  }

  it('lists of more CPUs than there can be are damaged ones', async () => {
    const lists: [string, string][] = [
      ['0-1048575', '1 CPUs'],
      ['0-65536', '1 CPUs'],
      ['0-99999999999999999999', '1 CPUs'],
      ['0-65535', '65536 CPUs'],
    ];
    for (const [list, expected] of lists) {
      const group = {
        'proc/self/status': `Name:\tx\nCpus_allowed:\t${mask(0, 2 ** 20, 2 ** 20)}`,
        'sys/fs/cgroup/a/cpuset.cpus.effective': list,
      };
      const files = ['online', 'present', 'cpu0/topology/thread_siblings_list', 'cpu0/topology/core_siblings_list'].map(
        name => [`${CPU}/${name}`, list],
      );
      const { memory, answer } = await cost(sysroot(GROUP, group, Object.fromEntries(files)));
      assert.equal(answer, expected, list);
      assert.ok(memory < 64 * MIB, `${list}: ${memory} bytes`);
    }
  });

  it('a large set of its own in every file: refused', async () => {
    const files = Object.fromEntries(
      Array.from({ length: 100 }, (_, cpu) => [`${CPU}/cpu${cpu}/topology/thread_siblings_list`, `0-${65535 - cpu}`]),
    );
    const { memory, answer } = await cost(sysroot(files));
    assert.match(answer, /^HOST_UNREADABLE: .*more CPU sets than a machine: /);
    assert.ok(memory < 64 * MIB, `${memory} bytes`);
  });

  it('a sysroot that is not there', () => {
    assert.throws(() => readHost({ sysroot: join(temporaryDirectory(), 'none') }), /--sysroot/);
  });
});
