import assert from 'node:assert/strict';
import { join } from 'node:path';
import { formatCpulist } from '../../../lib/core/cpuset.js';
import { affinitiesByTaskset, GovernedRun, onlyCpu, PROGRAMS, TWO_CPUS } from '../../helpers/processes/governed.js';
import { finished } from '../../helpers/processes/run.js';
import { GOVERNOR } from '../../helpers/shared.js';
import { eventually } from '../../helpers/processes/eventually.js';
import { PYTHON, requirePackages } from '../../helpers/debian.js';

interface Pool {
  parent: number;
  workers: number[];
}

const POOL = join(PROGRAMS, 'busy_pool.py');
const VERIFIED = /workers? on \d+ places?; \d+ threads/;

/** Starts a pool under governor, and waits for the line of its verification. */
async function governedPool(
  options: string[],
  command: string[],
): Promise<{ run: GovernedRun; pool: Pool; said: string[] }> {
  const run = new GovernedRun(options, command);
  const pool = JSON.parse(await run.line()) as Pool;
  return { run, pool, said: await run.said(VERIFIED) };
}

describe('governor run pins each worker, with all its threads, to its own place', () => {
  const ways: [string, string[]][] = [
    ['fork', [PYTHON, POOL, 'fork', '2']],
    ['spawn', [PYTHON, POOL, 'spawn', '2']],
    ['forkserver', [PYTHON, POOL, 'forkserver', '2']],
    ["joblib's loky", [PYTHON, POOL, 'loky', '2']],
    ['sh -c', ['sh', '-c', `${PYTHON} ${POOL} fork 2; exit $?`]],
    ["Node's cluster", [process.execPath, join(PROGRAMS, 'busy_cluster.mjs'), '2']],
  ];
  for (const [way, command] of ways) {
    it(`workers started by ${way}`, async function () {
      if (command.includes('loky')) requirePackages(this, 'python3-joblib');
      const { run, pool, said } = await governedPool(['--reserve', '0'], command);
      assert.equal(pool.workers.length, 2);
      assert.deepEqual(pool.workers.map(onlyCpu).sort(), TWO_CPUS, 'each on one CPU, no CPU twice');
      assert.ok(
        affinitiesByTaskset(pool.parent).every(affinity => affinity.length === 2),
        'the parent stays free',
      );
      assert.match(said.at(-1)!, /^governor: 2 workers on 2 places; /);
      const { status } = await run.end();
      assert.equal(status, 0);
    });
  }

  it('also if it is a background job of a shell', async () => {
    const busy = `${PYTHON} ${join(PROGRAMS, 'busy.py')}`;
    const run = new GovernedRun(
      ['--reserve', '0'],
      ['sh', '-c', `${busy} & a=$!; ${busy} & b=$!; echo $a $b; cat; kill $a $b`],
    );
    const pids = (await run.line()).split(' ').map(Number);
    await run.said(VERIFIED);
    assert.deepEqual(pids.map(onlyCpu).sort(), TWO_CPUS);
    assert.equal((await run.end()).status, 0);
  });

  it('as many workers as CPUs have one each: the reserve becomes a place, and a line says so', async () => {
    const { stdout } = await finished(['taskset', '-c', TWO_CPUS.join(), GOVERNOR, 'budget', '--json']);
    const { reserve } = JSON.parse(stdout) as { reserve: { cpus: number } };
    const { run, pool, said } = await governedPool([], [PYTHON, POOL, 'fork', '2']);
    assert.deepEqual(pool.workers.map(onlyCpu).sort(), TWO_CPUS);
    assert.deepEqual(affinitiesByTaskset(pool.parent)[0], TWO_CPUS, 'the parent stays free');
    const { stderr } = await run.end();
    const lines = [...said, ...stderr.split('\n')].filter(line => /kept free until now|more workers than/.test(line));
    const line = /^governor: 2 workers working on 1 place: CPU \d+, kept free until now, is a place now; --reserve 1 /;
    assert.equal(lines.length, reserve.cpus);
    for (const one of lines) assert.match(one, line);
  });

  it('a reserve that was asked for stays free', async () => {
    const { run, pool, said } = await governedPool(['--reserve', '1'], [PYTHON, POOL, 'fork', '2']);
    const [first, second] = pool.workers.map(onlyCpu);
    assert.equal(first, second);
    await run.end();
    assert.ok([...said].some(line => /more workers than places/.test(line)));
  });

  it('or evenly shares places among more workers, with one warning', async () => {
    const { run, pool, said } = await governedPool(['--reserve', '0'], [PYTHON, POOL, 'fork', '4']);
    const load = pool.workers.map(onlyCpu);
    assert.deepEqual(
      TWO_CPUS.map(cpu => load.filter(other => other === cpu).length),
      [2, 2],
    );
    const { stderr } = await run.end();
    const warnings = [...said, ...stderr.split('\n')].filter(line => /more workers than places/.test(line));
    assert.deepEqual(warnings, [
      `governor: more workers than places: 4 workers share 2 places (CPUs ${formatCpulist(TWO_CPUS)}); ` +
        'start fewer workers, or set --reserve 0',
    ]);
  });

  it('and gives the place of a worker that ended to a new one', async () => {
    const busy = `${PYTHON} ${join(PROGRAMS, 'busy.py')}`;
    const two = `${busy} & a=$!; ${busy} & b=$!; echo $a $b`;
    const script = `${two}; read line; kill $a; ${busy} & c=$!; echo $c; cat; kill $b $c`;
    const run = new GovernedRun(['--reserve', '0'], ['sh', '-c', script]);
    const [first, second] = (await run.line()).split(' ').map(Number);
    await run.said(VERIFIED);
    const freed = onlyCpu(first!);
    run.child.stdin!.write('go on\n');
    const third = Number(await run.line());
    await eventually(() => onlyCpu(third) !== null);
    assert.equal(onlyCpu(third), freed);
    assert.notEqual(onlyCpu(second!), freed);
    await run.end();
  });

  it('also if there is only one worker', async () => {
    const { run, pool } = await governedPool(['--reserve', '0'], [PYTHON, POOL, 'fork', '1']);
    assert.notEqual(onlyCpu(pool.workers[0]!), null);
    await run.end();
  });

  it('but not a helper program of another kind', async () => {
    const { run, pool } = await governedPool(['--reserve', '0'], [PYTHON, join(PROGRAMS, 'pool_with_helper.py')]);
    assert.equal(pool.workers.length, 1);
    assert.notEqual(onlyCpu(pool.workers[0]!), null);
    assert.deepEqual(affinitiesByTaskset((pool as Pool & { helper: number }).helper), [TWO_CPUS]);
    await run.end();
  });
});
