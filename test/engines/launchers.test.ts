import assert from 'node:assert/strict';
import { join } from 'node:path';
import { readClaims } from '../../lib/system/claims/ledger.js';
import {
  ENGINES,
  ON_TWO_HOSTS,
  openMpi,
  SAMPLES,
  slurm,
  TELL_PLACE,
  toldPlaces,
  torchrun,
} from '../helpers/engines.js';
import { OBSERVERS, temporaryDirectory, TWO_CPUS } from '../helpers/processes/governed.js';
import { GOVERNOR, PYTHON } from '../helpers/shared.js';
import { requireRoot } from '../helpers/skip.js';
import { requirePackages } from '../helpers/debian.js';
import { started } from '../helpers/processes/printing.js';
import { finished, type Finished } from '../helpers/processes/run.js';

const EXEC = [...TELL_PLACE, GOVERNOR, 'exec', '--'];
/** A launch of one rank, which waits for the rank of the other launch: both run at the same time. */
const launchInside = (directory: string) => [
  GOVERNOR,
  'launch',
  '-q',
  '--no-prefix',
  '--timeout',
  '60',
  '-n',
  '1',
  '-t',
  '1',
  '--',
  'sh',
  join(OBSERVERS, 'meet.sh'),
  directory,
];

for (const engine of ENGINES) {
  describe(`under ${engine.name}`, () => {
    it('governor exec gives each rank its own CPU and keeps its pid', async function () {
      const end = await engine.run(this, EXEC);
      assert.equal(engine.status(end), 0, end.stderr);
      const ranks = toldPlaces(end.stdout);
      assert.deepEqual(
        ranks.map(({ has }) => has),
        TWO_CPUS.map(cpu => [cpu]),
      );
      for (const { began, pid, given, threads } of ranks)
        assert.deepEqual({ pid, given, threads }, { pid: began, given: TWO_CPUS, threads: '1' });
    });

    it("governor exec passes on a rank's exit status", async function () {
      assert.equal(engine.status(await engine.run(this, EXEC, { TELL_STATUS: '5' })), 5);
    });

    it('two launches, one inside each rank, use different CPUs and pass on the exit status', async function () {
      const end = await engine.run(this, launchInside(temporaryDirectory()), { TELL_STATUS: '6' });
      assert.deepEqual(cpusTold(end), TWO_CPUS);
      assert.equal(engine.status(end), 6);
      assert.deepEqual(readClaims(), []);
    });
  });
}

describe('torch under torchrun, with governor exec in each rank', () => {
  it('trains together, with every thread of a rank on its CPU', async function () {
    const script = join(SAMPLES, 'ddp_train.py');
    const { status, stdout, stderr } = await torchrun(this, [GOVERNOR, 'exec', '--', PYTHON, script, '--steps', '3']);
    assert.equal(status, 0, stderr);
    const told = JSON.parse(stdout) as {
      weights_agree: boolean;
      ranks: { local_rank: number; threads: Record<string, [string, number[]]> }[];
    };
    assert.ok(told.weights_agree);
    const cpus = told.ranks.map(({ threads }) => new Set(Object.values(threads).flatMap(([, affinity]) => affinity)));
    assert.deepEqual(
      cpus,
      TWO_CPUS.map(cpu => new Set([cpu])),
    );
  });
});

function cpusTold({ stdout }: Finished): number[] {
  return [...stdout.matchAll(/: (\d+)$/gm)].map(match => Number(match[1])).sort((a, b) => a - b);
}

describe('governor exec counts ranks per host: two ranks on two hosts get the same CPU', () => {
  const ways = {
    async 'Open MPI'(test: Mocha.Context) {
      requireRoot(test, 'play other hosts (test/engines/mpi-fake-host)');
      return openMpi(test, ON_TWO_HOSTS, EXEC);
    },
    Slurm: (test: Mocha.Context) => slurm(test, 'none', EXEC, { nodes: 2, srun: ['-N', '2'] }),
  };
  for (const [name, run] of Object.entries(ways)) {
    it(name, async function () {
      const { status, stdout, stderr } = await run(this);
      assert.equal(status, 0, stderr);
      const [first] = TWO_CPUS; // the other one is the reserve
      assert.deepEqual(
        toldPlaces(stdout).map(({ has }) => has),
        [[first], [first]],
      );
    });
  }
});

describe('governor exec stays within the CPUs to which the launcher has bound a rank', () => {
  const bound = {
    'Open MPI': (test: Mocha.Context) => openMpi(test, ['--use-hwthread-cpus', '--bind-to', 'hwthread'], EXEC),
    Slurm: (test: Mocha.Context) => slurm(test, 'affinity', EXEC),
  };
  for (const [name, run] of Object.entries(bound)) {
    it(name, async function () {
      const { status, stdout, stderr } = await run(this);
      assert.equal(status, 0, stderr);
      const ranks = toldPlaces(stdout);
      assert.equal(ranks.length, 2);
      for (const { given, has } of ranks) assert.deepEqual(has, given);
      assert.equal(new Set(ranks.flatMap(({ has }) => has)).size, 2);
      assert.doesNotMatch(stderr, /\bshares? CPU/);
    });
  }

  it('Slurm, two tasks bound to the same CPUs: half of them each', async function () {
    const { status, stdout, stderr } = await slurm(this, 'affinity', EXEC, { srun: ['--cpu-bind=sockets'] });
    assert.equal(status, 0, stderr);
    const ranks = toldPlaces(stdout);
    assert.deepEqual(
      ranks.map(({ given }) => given),
      [TWO_CPUS, TWO_CPUS],
    );
    assert.deepEqual(
      ranks.map(({ has }) => has),
      TWO_CPUS.map(cpu => [cpu]),
    );
  });
});

describe('governor exec says in one line that ranks share a CPU, and what to do', () => {
  const [first] = TWO_CPUS;
  const shared = (stderr: string) => stderr.match(/^governor: .*\bshares? CPU.*$/gm);

  it('Slurm has bound both tasks to it', async function () {
    const { status, stderr } = await slurm(this, 'affinity', EXEC, {
      srun: ['--overcommit', `--cpu-bind=map_cpu:${first}`],
    });
    assert.equal(status, 0, stderr);
    const line = `governor: ranks 0 and 1 share CPU ${first}: Slurm bound them there `;
    assert.deepEqual(shared(stderr), [`${line}(use srun --cpu-bind=none, or no --overcommit and --cpus-per-task=1)`]);
  });

  it('mpirun has started more ranks than there are CPUs', async function () {
    const { status, stderr } = await openMpi(this, ['--oversubscribe', '--bind-to', 'none'], EXEC, {
      GOVERNOR_CPUS: String(first),
    });
    assert.equal(status, 0, stderr);
    const line = `governor: ranks 0 and 1 share CPU ${first}: there are more ranks than CPUs (start fewer)`;
    assert.deepEqual(shared(stderr), [line]);
  });

  it('each of two mpiruns has bound its rank to the first core', async function () {
    requirePackages(this, 'openmpi-bin');
    const mpirun = ['mpirun', '--allow-run-as-root', '-n', '1', '--bind-to', 'core'];
    const waits = ['sh', '-c', 'echo ready; exec cat'];
    await started([...mpirun, GOVERNOR, 'exec', '--', ...waits]);
    const { stderr } = await finished([...mpirun, GOVERNOR, 'exec', '--', 'true']);
    const [line, ...more] = shared(stderr) ?? [];
    assert.match(
      line!,
      /: rank 0 shares CPUs? [\d,-]+ with \d+ ranks? of another launch \(pids? \d+.*\): mpirun bound/,
    );
    assert.deepEqual(more, []);
  });
});
