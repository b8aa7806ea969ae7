// How long does it take to read the machine? Ours against a C program that only opens and reads the same files, hwloc,
// psutil, lscpu, lstopo and systeminformation, on this machine and on a recorded one with 256 CPUs. docs/bench.md
import { execFileSync } from 'node:child_process';
import { accessSync, constants, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { library, medians, program, table } from '../measure.mjs';

const here = fileURLToPath(new URL('.', import.meta.url));
const project = join(here, '../..');
const recordings = process.env.GOVERNOR_RECORDINGS ?? join(project, '../shared/topologies');
const PYTHON = '/usr/bin/python3'; // Debian's, which has its packages
const node = process.execPath;
const MACHINE = '256ppc-8n8s4t';
/** What has to run for this bench, and the Debian package of each. */
export const TOOLS = {
  gcc: ['cc', '--version'],
  'libhwloc-dev': ['sh', '-c', 'echo "#include <hwloc.h>" | cc -E -'],
  hwloc: ['lstopo-no-graphics', '--version'],
  'python3-psutil': [PYTHON, '-c', 'import psutil'],
  strace: ['strace', '-V'],
  'util-linux': ['lscpu', '--version'],
};

export async function bench(rounds) {
  const work = mkdtempSync(join(inMemory(), 'governor-bench-'));
  try {
    compile(work);
    console.log(`${rounds} rounds, contestants in turn; ratio: to the C program that only reads the same files\n`);
    await compare('this machine', work, '', rounds);
    const archive = join(recordings, `${MACHINE}.tar.gz`);
    if (existsSync(archive)) {
      execFileSync('tar', ['xzf', archive, '-C', work, '--no-same-owner']);
      await compare(MACHINE, work, join(work, MACHINE), rounds);
    } else {
      console.log(`${MACHINE}: not in ${recordings}; GOVERNOR_RECORDINGS says where the recordings are`);
    }
  } finally {
    rmSync(work, { recursive: true });
  }
  return 0;
}

/** Where reading a recording takes no disk. */
function inMemory() {
  try {
    accessSync('/dev/shm', constants.W_OK);
    return '/dev/shm';
  } catch {
    return tmpdir();
  }
}

function compile(work) {
  for (const [name, ...libraries] of [['read_files'], ['hwloc', '-lhwloc']]) {
    execFileSync('cc', [
      '-O2',
      '-Wall',
      '-Wextra',
      '-Werror',
      '-o',
      join(work, name),
      join(here, `${name}.c`),
      ...libraries,
    ]);
  }
}

async function compare(machine, work, root, rounds) {
  const list = join(work, 'list');
  const files = execFileSync(node, [join(here, 'opened_files.mjs'), root], { encoding: 'utf8' });
  writeFileSync(list, files);
  const hwloc = root ? { HWLOC_FSROOT: root, HWLOC_COMPONENTS: 'linux,stop', HWLOC_THISSYSTEM: '0' } : {};
  const only = (live, contestant) => (live && root ? [] : [contestant()]); // what reads the live machine alone
  const [reader, ours] = [join(work, 'read_files'), join(here, 'ours.mjs')];
  const inside = [
    library('C, reads the files', [reader, list]),
    library('ours: the addon', [node, ours, 'addon', root]),
    library('ours: readHost()', [node, ours, 'host', root]),
    library('hwloc, C API', [join(work, 'hwloc')], hwloc),
    ...only(true, () => library('psutil: counts and affinity alone', [PYTHON, join(here, 'psutil_counts.py')])),
  ];
  console.log(
    table(`${machine}, ${files.split('\n').length - 1} files: library`, inside, await medians(inside, rounds)),
  );
  const whole = [
    program('C, reads the files', [reader, list, 'once']),
    program('node -e 0', [node, '-e', '0']),
    program('governor topology --json', [
      join(project, 'bin/governor.js'),
      'topology',
      '--json',
      ...(root ? ['--sysroot', root] : []),
    ]),
    program('lscpu -J', ['lscpu', '-J', ...(root ? ['--sysroot', root] : [])]),
    program('lstopo --of xml', ['lstopo-no-graphics', '--of', 'xml', '-'], hwloc),
    ...only(true, () => program('systeminformation cpu()', [node, join(here, 'systeminformation.mjs')])),
  ];
  console.log(table(`${machine}: process`, whole, await medians(whole, rounds)));
}
