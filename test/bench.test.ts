import assert from 'node:assert/strict';
import { join } from 'node:path';
import { finished } from './helpers/processes/run.js';
import { requirePackages } from './helpers/debian.js';
import { unpacked } from './helpers/machine/recordings.js';
import { PROJECT } from './helpers/shared.js';

const node = process.execPath;

/** The files that one reading opens, each as often as it is opened. */
async function opened(root = ''): Promise<string[]> {
  const { status, stdout, stderr } = await finished([node, join(PROJECT, 'bench/topology/opened_files.mjs'), root]);
  assert.equal(status, 0, stderr);
  return stdout.trim().split('\n');
}

const twice = (files: string[]) => files.filter((file, i) => files.indexOf(file) !== i);

describe('a reading opens no file twice', () => {
  it('of this machine', async function () {
    requirePackages(this, 'strace');
    const files = await opened();
    assert.ok(files.includes('/sys/devices/system/cpu/online'), files.join('\n'));
    assert.ok(files.includes('/proc/meminfo'));
    assert.deepEqual(twice(files), []);
  });
  it('of a recorded machine with 256 CPUs', async function () {
    requirePackages(this, 'strace');
    const files = await opened(unpacked(this, '256ppc-8n8s4t'));
    assert.ok(files.filter(file => file.endsWith('/topology/thread_siblings')).length === 256);
    assert.deepEqual(twice(files), []);
  });
});

describe('npm run bench', () => {
  it('topology measures every contestant once, or prints what to install', async () => {
    const { status, stdout, stderr } = await finished([
      node,
      join(PROJECT, 'bench/run.mjs'),
      'topology',
      '--rounds',
      '1',
    ]);
    if (status === 2 && !process.env['CI']) {
      assert.match(stderr, /on Debian: apt-get install [a-z]/);
      return;
    }
    assert.equal(status, 0, stderr);
    const rows = [
      'C, reads the files',
      'ours: the addon',
      'ours: readHost\\(\\)',
      'hwloc, C API',
      'psutil: only counts and affinity',
      'node -e 0',
      'governor topology --json',
      'lscpu -J',
      'lstopo --of xml',
      'systeminformation cpu\\(\\)',
    ];
    for (const row of rows) assert.match(stdout, new RegExp(`^${row} +\\d+\\.\\d\\d +\\d+\\.\\d\\d$`, 'm'));
  });
  it('audit measures every contestant once, or prints what to install', async () => {
    const command = [node, join(PROJECT, 'bench/run.mjs'), 'audit', '--rounds', '1'];
    const { status, stdout, stderr } = await finished(command, { GOVERNOR_BENCH_THREADS: '100' });
    if (status === 2 && !process.env['CI']) {
      assert.match(stderr, /on Debian: apt-get install [a-z]/);
      return;
    }
    assert.equal(status, 0, stderr);
    const costs = [
      'C, the same system calls',
      'ours: processes and samples',
      'psutil: threads\\(\\)',
      'psutil: figures of each thread',
      'ps -eLf',
      'ps -L -p PID',
      'hwloc-ps -t --pid PID',
      'ours: with owners',
      'eu-stack',
      'gdb -batch',
      'ours: audit\\(\\)',
      'governor audit',
    ];
    const noticed = [
      'alone',
      'beside a busy program',
      'processes and samples',
      'with owners',
      'audit\\(\\) after audit\\(\\)',
    ];
    for (const row of [...costs, ...noticed])
      assert.match(stdout, new RegExp(`^${row}( +\\d+\\.\\d\\d +\\d+\\.\\d\\d){2}$`, 'm'));
    assert.match(stdout, /^audit( +\d+\.\d)$/m);
  });
  it('run prints its CPU time and the time until a worker is pinned', async function () {
    requirePackages(this, 'gcc');
    const { status, stdout, stderr } = await finished([node, join(PROJECT, 'bench/run.mjs'), 'run', '--rounds', '2'], {
      GOVERNOR_BENCH_PROCESSES: '3',
      GOVERNOR_BENCH_IDLE: '1',
    });
    assert.equal(status, 0, stderr);
    assert.match(
      stdout,
      new RegExp(
        '^3 sleeping processes: \\d+\\.\\d\\d % of a CPU; ' +
          'a new worker is pinned after \\d+ ms of work \\(median\\), \\d+ \\(p90\\), \\d+ \\(most\\)$',
        'm',
      ),
    );
  });
  it('prints its usage for any other question', async () => {
    const { status, stderr } = await finished([node, join(PROJECT, 'bench/run.mjs'), 'nothing']);
    assert.equal(status, 2);
    assert.match(stderr, /^usage: npm run bench -- QUESTION/);
  });
});
