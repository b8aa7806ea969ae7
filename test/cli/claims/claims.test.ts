import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { claims, type GovernorError, pinWorkers, status, type LedgerStatus } from '../../../lib/index.js';
import { ledgerDirectory, makeClaim, readClaims } from '../../../lib/system/claims/ledger.js';
import { native } from '../../../lib/system/native.js';
import { eventually } from '../../helpers/processes/eventually.js';
import { GovernedRun, OBSERVERS, TWO_CPUS } from '../../helpers/processes/governed.js';
import { started } from '../../helpers/processes/printing.js';
import { finished } from '../../helpers/processes/run.js';
import { GOVERNOR } from '../../helpers/shared.js';
import { times } from '../../helpers/times.js';

const SCRIPT = join(OBSERVERS, 'tell_affinity.mjs');
const ROUNDS = times(10);
const ONE = ['-q', '--workers', '1', '--threads-per-worker', '1', '--reserve', '0'];
const ALL = ['-q', '--workers', '2', '--reserve', '0'];
const HELD = ['sh', '-c', 'echo held; cat'];

const held = async () => (await claims()).map(({ cpus }) => cpus);
const onTwo = (...words: string[]) =>
  finished(['taskset', '-c', TWO_CPUS.join(), process.execPath, GOVERNOR, ...words]);

describe('governor run claims the CPUs of its places', () => {
  it('while it runs, but not the reserve', async () => {
    const run = new GovernedRun([], HELD);
    assert.equal(await run.line(), 'held');
    const [claim, ...more] = await claims();
    assert.deepEqual(more, []);
    assert.equal(claim!.command, 'governor run -- sh -c echo held; cat');
    assert.ok(claim!.cpus.length === 1 || (await status()).cpus.length > 2, 'with CPUs of others there is none');
    await run.end();
    assert.deepEqual(await held(), []);
  });

  it(`${ROUNDS} times, two runs that start at once take different CPUs`, async function () {
    this.timeout(30_000 * ROUNDS);
    for (let round = 0; round < ROUNDS; round++) {
      const pair = [new GovernedRun(ONE, HELD), new GovernedRun(ONE, HELD)];
      assert.deepEqual(await Promise.all(pair.map(run => run.line())), ['held', 'held']);
      assert.deepEqual((await held()).flat(), TWO_CPUS);
      await Promise.all(pair.map(run => run.end()));
    }
    assert.deepEqual(await held(), []);
  });

  it(`${ROUNDS} times, two launches that start at once take different CPUs`, async function () {
    this.timeout(30_000 * ROUNDS);
    for (let round = 0; round < ROUNDS; round++) {
      const pair = [0, 1].map(
        () => new GovernedRun([...ONE, '--no-prefix'], ['sh', '-c', 'taskset -cp $$; cat'], {}, 'launch'),
      );
      const told = await Promise.all(pair.map(launch => launch.line()));
      assert.deepEqual(told.map(line => line.replace(/.*: /, '')).sort(), TWO_CPUS.map(String).sort());
      assert.deepEqual(
        (await held()).flat().sort((a, b) => a - b),
        TWO_CPUS,
      );
      for (const { status: code } of await Promise.all(pair.map(launch => launch.end()))) assert.equal(code, 0);
    }
    assert.deepEqual(await held(), []);
  });

  it('of four runs that want both CPUs at once, one gets them, and the others print its name', async () => {
    const four = Array.from({ length: 4 }, () => new GovernedRun(ALL, HELD));
    const winner = await Promise.any(four.map(run => run.line().then(() => run)));
    const losers = four.filter(run => run !== winner);
    for (const { status: code, stderr } of await Promise.all(losers.map(run => run.ended()))) {
      assert.equal(code, 2);
      assert.match(
        stderr,
        new RegExp(
          `^governor: no CPU is free; held: CPUs ${TWO_CPUS[0]}[-,]${TWO_CPUS[1]} by pid \\d+ ` +
            '\\(\\S+, since [^)]+\\): governor run -- sh -c echo held; cat; ' +
            'wait for them \\(--wait\\), request fewer, or share them \\(--share\\)\\n$',
        ),
      );
    }
    await winner.end();
  });

  it('a later run gets a budget of the free CPUs, and is refused more', async () => {
    const { claim } = await makeClaim('a test', () => ({ cpus: TWO_CPUS.slice(0, 1) }));
    const { stdout, stderr } = await onTwo(
      'run',
      '--export',
      'POOL=workers',
      '--reserve',
      '0',
      '--',
      'sh',
      '-c',
      'echo $POOL',
    );
    assert.equal(stdout, '1\n');
    assert.match(stderr, /Limited by claims of others: 1 free \(\d+\) \(\S+\)/);
    const refused = await onTwo('run', ...ALL, '--', 'echo', 'started');
    assert.deepEqual({ status: refused.status, stdout: refused.stdout }, { status: 2, stdout: '' });
    assert.match(
      refused.stderr,
      new RegExp(
        `^governor: 2 CPUs wanted, 1 is free \\(${TWO_CPUS[1]}\\); held: CPU ${TWO_CPUS[0]} by pid ${process.pid} `,
      ),
    );
    claim.close();
  });

  it('a run killed by SIGKILL leaves no claim and no process', async () => {
    const run = new GovernedRun(['-q', '--reserve', '0'], ['sh', '-c', 'echo $$; cat']);
    const program = Number(await run.line());
    assert.equal(readClaims().length, 1);
    process.kill(run.child.pid!, 'SIGKILL');
    await run.ended();
    await eventually(() => readClaims().length === 0);
    const left = native.process(program);
    assert.ok(left === null || left.state === 'Z');
  });

  it('--share ignores claims and makes none', async () => {
    const { claim } = await makeClaim('a test', () => ({ cpus: TWO_CPUS }));
    const run = new GovernedRun([...ALL, '--share'], HELD);
    assert.equal(await run.line(), 'held');
    assert.deepEqual(await held(), [TWO_CPUS]);
    assert.equal((await run.end()).status, 0);
    claim.close();
  });

  it('a run inside a run uses the CPUs of the outer one; two such runs share none', async () => {
    const inner = [GOVERNOR, 'run', ...ALL, '--', ...HELD];
    const run = new GovernedRun(ALL, [
      'sh',
      '-c',
      `"$@"; "$@"; ${GOVERNOR} run -q --workers 2 --reserve 0 -- true; echo $?`,
      'sh',
      ...inner,
    ]);
    assert.equal(await run.line(), 'held');
    assert.deepEqual(await held(), [TWO_CPUS, TWO_CPUS]);
    const outside = await onTwo('run', '-q', '--', 'true');
    assert.match(outside.stderr, /^governor: no CPU is free; /);
    const names = (await claims()).map(({ name }) => name);
    const sibling = await finished(
      ['taskset', '-c', TWO_CPUS.join(), process.execPath, GOVERNOR, 'run', ...ALL, '--', 'true'],
      { GOVERNOR_CLAIM: names[1] },
    );
    assert.equal(sibling.status, 2, 'inside of one of them the other is somebody else');
    run.child.stdin!.end();
    assert.equal(await run.line(), 'held');
    assert.equal(await run.line(), '0');
    assert.equal((await run.ended()).status, 0);
  });

  it('an unusable ledger gives a warning in one line, and the program runs', async () => {
    const file = `${ledgerDirectory()}-file`;
    writeFileSync(file, '');
    process.env['GOVERNOR_LEDGER'] = file;
    const { status: code, stdout, stderr } = await onTwo('run', '-q', '--', 'echo', 'started');
    assert.deepEqual({ code, stdout }, { code: 0, stdout: 'started\n' });
    assert.match(
      stderr,
      new RegExp(
        '^governor: the ledger \\S+ cannot be used: [^\\n]+; ' +
          'running without a claim: other runs may take the same CPUs [^\\n]+\\n$',
      ),
    );
    await finished(['rm', file]);
  });
});

describe('pinWorkers claims the CPUs of its places', () => {
  const places = TWO_CPUS.map(cpu => [cpu]);

  it('until the pool is closed; a second pool takes other CPUs, or its error names the holder', async () => {
    const first = await pinWorkers(SCRIPT, { places: places.slice(0, 1) });
    assert.deepEqual(await held(), places.slice(0, 1));
    await assert.rejects(pinWorkers(SCRIPT, { places }), (error: GovernorError) => {
      assert.equal(error.code, 'CPUS_TAKEN');
      assert.match(
        error.message,
        new RegExp(
          `by pid ${process.pid} \\(.*\\): pinWorkers /.*; wait for them \\(--wait\\), ` +
            'request fewer, or share them \\(--share\\)$',
        ),
      );
      return true;
    });
    const second = await pinWorkers(SCRIPT, { kind: 'process', places: places.slice(1) });
    assert.deepEqual((await held()).flat(), TWO_CPUS);
    await first.close();
    await second.close();
    assert.deepEqual(await held(), []);
  });

  it('but none if it fails', async () => {
    await assert.rejects(pinWorkers(SCRIPT, { places: [[1000]] }), { code: 'PIN_NOT_HELD' });
    assert.deepEqual(await held(), []);
  });

  it('but none with `share`', async () => {
    const pools = [
      await pinWorkers(SCRIPT, { places, share: true }),
      await pinWorkers(SCRIPT, { places, share: true }),
    ];
    assert.deepEqual(await held(), []);
    for (const pool of pools) await pool.close();
  });
});

describe('governor status', () => {
  const told = async () =>
    JSON.parse((await finished([process.execPath, GOVERNOR, 'status', '--json'])).stdout) as LedgerStatus;
  const [mine, theirs] = TWO_CPUS as [number, number];

  it('shows all claims, the load of each CPU, and the free CPUs', async () => {
    const { claim } = await makeClaim('a test', () => ({ cpus: [mine] }));
    const { claims: found, cpus, free, ledger } = await told();
    assert.deepEqual(found, await claims());
    assert.equal(ledger, ledgerDirectory());
    assert.ok(!free.includes(mine) && free.includes(theirs));
    const { state, claims: names, load } = cpus.find(({ cpu }) => cpu === mine)!;
    assert.deepEqual({ state, names }, { state: 'claimed', names: [claim.name] });
    assert.ok(load === null || (load >= 0 && load <= 1));
    claim.close();
    assert.deepEqual((await told()).claims, []);
  });

  it('reports a program that taskset has confined as unclaimed, unless the holder of a claim started it', async () => {
    const { child } = await started(['taskset', '-c', String(theirs), 'sh', '-c', 'echo ready; exec cat']);
    const alone = await told();
    const { uid, command, affinities } = alone.strangers.find(({ pid }) => pid === child.pid)!;
    assert.deepEqual({ uid, command, affinities }, { uid: process.getuid!(), command: 'cat', affinities: [[theirs]] });
    const cpu = alone.cpus.find(one => one.cpu === theirs)!;
    assert.equal(cpu.state, 'pinned');
    assert.ok(cpu.strangers.includes(child.pid!));
    const { claim } = await makeClaim('a test', () => ({ cpus: [mine] }));
    assert.equal(
      (await told()).strangers.find(({ pid }) => pid === child.pid),
      undefined,
    );
    claim.close();
    child.kill('SIGKILL');
  });

  it('rejects in the library when it is aborted', async () => {
    const why = new Error('enough');
    await assert.rejects(claims({ signal: AbortSignal.abort(why) }), error => error === why);
    const abort = new AbortController();
    const told = status({ signal: abort.signal });
    abort.abort(why);
    await assert.rejects(told, error => error === why);
  });

  it('shows a hostile claim as plain text', async () => {
    const { claim } = await makeClaim('evil\u001b[2J\u202e\nname', () => ({ cpus: [TWO_CPUS[0]!] }));
    const { stdout } = await finished([process.execPath, GOVERNOR, 'status']);
    assert.match(stdout, /^CPUS +STATE +LOAD +BY\n/);
    assert.match(
      stdout,
      new RegExp(`^${TWO_CPUS[0]} +claimed .*pid ${process.pid} \\(.*\\): evil\\\\x1b\\[2J\\\\x202e\\\\x0aname`, 'm'),
    );
    assert.match(stdout, new RegExp(`\\nfree: .*\\nledger: ${ledgerDirectory()}\\n$`));
    claim.close();
  });
});
