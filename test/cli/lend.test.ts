import assert from 'node:assert/strict';
import { mkdirSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { readLoans } from '../../lib/system/lend/page.js';
import { Lender } from '../../lib/runtime/lender.js';
import {
  affinitiesByTaskset,
  GovernedRun,
  PROGRAMS,
  temporaryDirectory,
  TWO_CPUS,
} from '../helpers/processes/governed.js';
import { governor } from '../helpers/processes/run.js';
import { Asked } from '../helpers/processes/asked.js';
import { PYTHON } from '../helpers/shared.js';
import { times } from '../helpers/times.js';

const [FIRST, SECOND] = TWO_CPUS as [number, number];
const BOTH = TWO_CPUS.join();
const BORROWER = join(PROGRAMS, 'pools', 'borrower.py');
const KILLS = times(20);

describe('idle CPUs', () => {
  let lender: Lender;
  beforeEach(() => {
    process.env['GOVERNOR_LEDGER'] = temporaryDirectory();
    lender = new Lender({ places: [TWO_CPUS], claimed: true, heedOthers: false });
  });
  afterEach(() => {
    lender.stop();
    delete process.env['GOVERNOR_LEDGER'];
  });

  /** A worker that is pinned to a CPU, with one thread for each of its libraries. */
  const worker = async (cpu: number, ...words: string[]) => {
    const one = { OMP_NUM_THREADS: '1', OPENBLAS_NUM_THREADS: '1' };
    const command = ['taskset', '-c', String(cpu), PYTHON, BORROWER, ...words];
    const asked = await Asked.start(command, { ...lender.variables, ...one });
    lender.pinned(asked.pid, [cpu]);
    return asked;
  };

  it('are lent to a worker whose neighbour waits: its pool and its affinity grow', async () => {
    const [busy] = [await worker(FIRST), await worker(SECOND)];
    assert.equal(await busy.ask('until 2'), `2 ${BOTH}`);
    assert.deepEqual(
      affinitiesByTaskset(busy.pid).map(cpus => cpus.join()),
      [BOTH, BOTH],
    );
  });

  it('are given back when the neighbour computes again', async () => {
    const [busy, other] = [await worker(FIRST), await worker(SECOND)];
    await busy.ask('until 2');
    assert.equal(await other.ask('busy'), 'busy');
    assert.equal(await busy.ask('until 1'), `1 ${FIRST}`);
    assert.ok(affinitiesByTaskset(busy.pid).every(cpus => cpus.join() === String(FIRST)));
  });

  it('are shown by governor status while they are lent', async () => {
    const [busy, other] = [await worker(FIRST), await worker(SECOND)];
    await busy.ask('until 2');
    assert.deepEqual(readLoans(), [{ cpu: SECOND, owner: other.pid, borrower: busy.pid }]);
  });

  it('are there for the others again when the borrower is killed while it computes', async () => {
    const other = await worker(SECOND);
    for (let i = 0; i < KILLS; i++) {
      const victim = await worker(FIRST);
      await victim.ask('until 2');
      await victim.ask('busy');
      process.kill(victim.pid, 'SIGKILL');
      assert.equal(await other.ask('until 2'), `2 ${BOTH}`);
    }
  });

  it('of a worker that is killed are there for the others', async () => {
    const [busy, victim] = [await worker(FIRST), await worker(SECOND)];
    await victim.ask('busy');
    process.kill(victim.pid, 'SIGKILL');
    assert.equal(await busy.ask('until 2'), `2 ${BOTH}`);
  });

  it('are lent no longer when nobody says any more that the run is alive', async () => {
    const busy = await worker(FIRST);
    await worker(SECOND);
    await busy.ask('until 2');
    lender.stop();
    assert.equal((await busy.ask('until 1')).split(' ')[0], '1');
    lender = new Lender({ places: [TWO_CPUS], claimed: true, heedOthers: false });
  });

  it('grow the teams of OpenMP, whose threads a forked child does without', async () => {
    const busy = await worker(FIRST, 'openmp');
    await worker(SECOND);
    assert.equal(await busy.ask('until 2'), `2 ${BOTH}`);
    assert.equal(await busy.ask('fork'), '0');
  });

  it('do not enlarge the pool of a program that computes in several threads itself', async () => {
    const busy = await worker(FIRST);
    await worker(SECOND);
    await busy.ask('until 2');
    assert.equal(await busy.ask('threads 4'), 'started');
    assert.equal(await busy.ask('until 1'), `1 ${FIRST}`);
  });

  it('change no result', async () => {
    const [busy, other] = [await worker(FIRST), await worker(SECOND)];
    for (let i = 0; i < times(5); i++) {
      await busy.ask('until 2');
      await other.ask('busy');
      assert.ok(Number(await busy.ask('check 20')) < 1e-10);
      await other.ask('check 1');
    }
  });

  it('are not borrowed by a worker that has pinned itself elsewhere', async () => {
    const [astray] = [await worker(FIRST), await worker(SECOND)];
    lender.pinned(astray.pid, [SECOND]);
    assert.ok(Number(await astray.ask('check 50')) < 1e-10);
    assert.deepEqual(
      affinitiesByTaskset(astray.pid).map(cpus => cpus.join()),
      [String(FIRST)],
    );
  });
});

describe('governor run and launch with --lend', () => {
  const inLedger = () => ({ GOVERNOR_LEDGER: temporaryDirectory() });

  it('give a program that computes alone all CPUs, and say what was lent', async () => {
    const run = new GovernedRun(['--lend', '-q'], [PYTHON, BORROWER], inLedger());
    await run.line();
    run.child.stdin!.write('until 2\n');
    assert.equal(await run.line(), `2 ${BOTH}`);
    assert.deepEqual(await run.end(), { status: 0, stderr: '' });
  });

  it('find nothing outside its place while CPUs are lent', async () => {
    const ranks = `import os, sys
if os.environ["RANK"] == "0":
    os.execv(sys.executable, [sys.executable, sys.argv[1]])
sys.stdin.read()`;
    const run = new GovernedRun(
      ['--lend', '-n', '2', '--verify=0.1', '--no-prefix'],
      [PYTHON, '-c', ranks, BORROWER],
      inLedger(),
      'launch',
    );
    await run.line();
    run.child.stdin!.write('until 2\nbusy\n');
    assert.equal(await run.line(), `2 ${BOTH}`);
    assert.equal(await run.line(), 'busy');
    await run.said(/every thread is in its rank's place/);
    const { stderr } = await run.end();
    assert.match(stderr, /governor: lent \d\.\d CPUs on average, \d+\.\d CPU-seconds in all\n/);
  });

  it('leave a program without Python as it is, and keep its status', async () => {
    const { status, stdout } = await governor(['run', '--lend', '-q', '--', 'sh', '-c', 'echo $LD_PRELOAD; exit 7']);
    assert.equal(status, 7);
    assert.match(stdout, /^\S+\/lend\.so\n$/);
  });

  it('keep what LD_PRELOAD names already', async () => {
    const { stdout } = await governor(['run', '--lend', '-q', '--', 'sh', '-c', 'echo $LD_PRELOAD'], {
      LD_PRELOAD: 'libpthread.so.0',
    });
    assert.match(stdout, /^libpthread\.so\.0:\S+\/lend\.so\n$/);
  });

  it('end with one line if the ledger has something else under the name of the page', async () => {
    const environment = inLedger();
    const namespace = /\d+/.exec(readlinkSync('/proc/self/ns/pid'))![0];
    mkdirSync(join(environment.GOVERNOR_LEDGER, `lend-1-${process.getuid!()}-${namespace}`));
    const { status, stdout, stderr } = await governor(['run', '--lend', '-q', '--', 'echo', 'started'], environment);
    assert.deepEqual([status, stdout], [2, '']);
    assert.match(stderr, /^governor: the ledger \S+ cannot be used: .*\n$/);
  });
});
