import assert from 'node:assert/strict';
import { appendFileSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { claims, type GovernorError, pinWorkers, status } from '../../../lib/index.js';
import { ledgerDirectory, makeClaim, readClaims } from '../../../lib/system/claims/ledger.js';
import { eventually } from '../../helpers/processes/eventually.js';
import { GovernedRun, OBSERVERS, temporaryDirectory, TWO_CPUS } from '../../helpers/processes/governed.js';

const ONE = ['-q', '--workers', '1', '--threads-per-worker', '1', '--reserve', '0'];
const BOTH = ['--workers', '2', '--reserve', '0'];
const HELD = ['sh', '-c', 'echo held; cat'];

const waiting = () => readClaims().filter(claim => claim.waiting !== null);
const queued = (count: number) => eventually(() => waiting().length === count);
const nothingLeft = () => assert.deepEqual(readdirSync(ledgerDirectory()), []);

async function holder(options: readonly string[] = ['-q', ...BOTH]): Promise<GovernedRun> {
  const run = new GovernedRun(options, HELD);
  assert.equal(await run.line(), 'held');
  return run;
}

describe('governor run --wait', () => {
  it('waits until the CPUs are free, and reports who holds them', async () => {
    const first = await holder();
    const second = new GovernedRun([...BOTH, '--wait'], HELD);
    const said = await second.said(/waiting/);
    assert.match(
      said.at(-1)!,
      new RegExp(
        `^governor: waiting for 2 CPUs: held by pid ${first.child.pid} ` +
          '\\(governor run -- sh -c echo held; cat\\) for \\d+ s$',
      ),
    );
    const [begun] = await claims();
    assert.ok(begun && begun.waiting === null, 'claims on CPUs come first');
    await first.end();
    assert.equal(await second.line(), 'held');
    assert.equal((await second.end()).status, 0);
    nothingLeft();
  });

  it('nobody who comes later takes a CPU that a large request waits for', async () => {
    const first = await holder(ONE);
    const large = new GovernedRun(['-q', ...BOTH, '--wait'], HELD);
    await queued(1);
    const refused = await new GovernedRun(ONE, HELD).ended();
    assert.equal(refused.status, 2);
    assert.match(refused.stderr, new RegExp(`no CPU is free; .*waiting: pid ${large.child.pid} for 2 CPUs; `));
    const small = new GovernedRun([...ONE.slice(1), '--wait'], HELD, {}, 'launch');
    assert.match((await small.said(/waiting/)).at(-1)!, /^governor: waiting for 1 CPU: .*; 1 ahead of us$/);
    const { waiting: queue, free } = await status();
    assert.deepEqual(
      queue.map(({ pid, position, waiting: { wanted, among } }) => ({ pid, position, wanted, among })),
      [
        { pid: large.child.pid, position: 1, wanted: 2, among: TWO_CPUS },
        { pid: small.child.pid, position: 2, wanted: 1, among: TWO_CPUS },
      ],
    );
    assert.deepEqual(free, []);
    await first.end();
    assert.equal(await large.line(), 'held');
    assert.match(
      (await small.said(/held by/)).at(-1)!,
      new RegExp(`waiting for 1 CPU: held by pid ${large.child.pid} `),
    );
    await large.end();
    assert.equal(await small.line(), '[0] held');
    await small.end();
    nothingLeft();
  });

  it('with SECONDS fails after that time as without', async () => {
    const { claim } = await makeClaim('a test', () => ({ cpus: TWO_CPUS }));
    const run = new GovernedRun(['-q', '--wait=0.2'], HELD);
    const { status: code, stderr } = await run.ended();
    assert.equal(code, 2);
    assert.match(stderr, /^governor: waited 0\.2 s; no CPU is free; held: .* by pid \d+ .*\n$/);
    claim.close();
    nothingLeft();
  });

  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    it(`${signal} ends the wait, and nothing is left`, async () => {
      const { claim } = await makeClaim('a test', () => ({ cpus: TWO_CPUS }));
      const run = new GovernedRun(['-q', '--wait'], HELD);
      await queued(1);
      run.child.kill(signal);
      await run.ended();
      assert.equal(run.child.signalCode, signal);
      claim.close();
      nothingLeft();
    });
  }

  it('one that is killed by SIGKILL is out of the queue', async () => {
    const first = await holder();
    const killed = new GovernedRun(['-q', ...BOTH, '--wait'], HELD);
    await queued(1);
    const next = new GovernedRun(['-q', ...BOTH, '--wait'], HELD);
    await queued(2);
    killed.child.kill('SIGKILL');
    await queued(1);
    await first.end();
    assert.equal(await next.line(), 'held');
    await next.end();
    nothingLeft();
  });
});

describe('pinWorkers with wait', () => {
  const script = join(OBSERVERS, 'tell_affinity.mjs');
  const options = { places: [TWO_CPUS], wait: true } as const;

  it('starts its workers once the CPUs are free', async () => {
    const { claim } = await makeClaim('a test', () => ({ cpus: TWO_CPUS }));
    const events: string[] = [];
    const onWait = () => {
      events.push('waits');
      claim.close();
    };
    const pool = await pinWorkers(script, { ...options, onWait });
    assert.deepEqual(events, ['waits']);
    assert.deepEqual(pool.workers[0]!.place, TWO_CPUS);
    await pool.close();
    nothingLeft();
  });
  it('ends its wait if its signal is aborted', async () => {
    const { claim } = await makeClaim('a test', () => ({ cpus: TWO_CPUS }));
    const controller = new AbortController();
    const onWait = () => controller.abort(new Error('no longer wanted'));
    const { signal } = controller;
    await assert.rejects(pinWorkers(script, { ...options, onWait, signal }), /no longer wanted/);
    assert.deepEqual(waiting(), []);
    claim.close();
  });
  it('is refused together with share, and for no time', async () => {
    const refused = (more: object) =>
      assert.rejects(pinWorkers(script, { ...options, ...more }), (error: GovernorError) => error.code === 'BAD_INPUT');
    await refused({ share: true });
    await refused({ wait: -1 });
  });
});

describe('20 launches that wait for one CPU', () => {
  const COUNT = 20;
  const KILLED_WAITING = new Set([2, 7, 12, 17]);
  const KILLED_HOLDING = new Set([4, 9, 14]);

  it('run one after the other, in order of arrival, whoever is killed', async function () {
    this.timeout(120_000);
    const log = join(temporaryDirectory(), 'log');
    writeFileSync(log, '');
    const lines = () => readFileSync(log, 'utf8').split('\n').slice(0, -1);
    const cpu = TWO_CPUS[0]!;
    const { claim } = await makeClaim('a test', () => ({ cpus: TWO_CPUS }));
    const place = { GOVERNOR_CPUS: String(cpu) };
    const launches: GovernedRun[] = [];
    for (let i = 0; i < COUNT; i++) {
      const then = KILLED_HOLDING.has(i) ? 'exec sleep 1000' : `echo end ${i} >> ${log}`;
      const program = ['sh', '-c', `echo start ${i} on $(taskset -cp $$ | sed 's/.* //') >> ${log}; ${then}`];
      launches.push(new GovernedRun([...ONE, '--wait'], program, place, 'launch'));
      await queued(i + 1);
    }
    for (const i of KILLED_WAITING) launches[i]!.child.kill('SIGKILL');
    await queued(COUNT - KILLED_WAITING.size);
    claim.close();
    for (const i of KILLED_HOLDING) {
      await eventually(() => lines().some(line => line.startsWith(`start ${i} `)));
      appendFileSync(log, `end ${i}\n`);
      launches[i]!.child.kill('SIGKILL');
    }
    const ends = await Promise.all(launches.map(launch => launch.ended()));
    const started = [...launches.keys()].filter(i => !KILLED_WAITING.has(i));
    assert.deepEqual(
      lines(),
      started.flatMap(i => [`start ${i} on ${cpu}`, `end ${i}`]),
    );
    for (const [i, { status: code }] of ends.entries())
      if (!KILLED_WAITING.has(i) && !KILLED_HOLDING.has(i)) assert.equal(code, 0);
    assert.deepEqual(await claims(), []);
  });
});
