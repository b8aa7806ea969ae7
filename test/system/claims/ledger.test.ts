import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { claims } from '../../../lib/index.js';
import { ledgerDirectory, makeClaim, readClaims } from '../../../lib/system/claims/ledger.js';
import { native } from '../../../lib/system/native.js';
import { claimed, ended, held, HOLD, LEDGER } from '../../helpers/ledger.js';
import { OBSERVERS, temporaryDirectory } from '../../helpers/processes/governed.js';
import { started } from '../../helpers/processes/printing.js';
import { reaped } from '../../helpers/processes/reap.js';
import { finished } from '../../helpers/processes/run.js';
import { times } from '../../helpers/times.js';

const AGAIN = [process.execPath, join(OBSERVERS, 'claim_again.mjs'), LEDGER];
/** A long run has 1,000 rounds. */
const ROUNDS = times(10);

describe('the ledger: a claim', () => {
  it('is visible to all until it is closed, with its holder, command and start', async () => {
    const { claim } = await claimed(0, 3);
    const [read, ...more] = await claims();
    assert.deepEqual(more, []);
    const { startTime } = native.process(process.pid)!;
    assert.deepEqual(
      { ...read, since: null },
      {
        name: claim.name,
        cpus: [0, 3],
        waiting: null,
        uid: process.getuid!(),
        user: read!.user,
        pid: process.pid,
        startTime,
        command: 'a test',
        since: null,
      },
    );
    assert.equal(new Date(read!.since!).toISOString(), read!.since);
    claim.close();
    claim.close();
    assert.deepEqual(held(), []);
    assert.deepEqual(readdirSync(ledgerDirectory()), []);
  });

  it('sees all other claims when it is made, also those of this process', async () => {
    const { claim } = await claimed(1);
    const seen = await makeClaim('another', others => ({
      cpus: others.flatMap(({ cpus }) => cpus).map(cpu => cpu + 1),
    }));
    assert.deepEqual(held(), [[1], [2]]);
    assert.deepEqual(seen.claim.cpus, [2]);
    for (const one of [claim, seen.claim]) one.close();
  });

  it('is not made if choosing throws, and the ledger is unlocked again', async () => {
    await assert.rejects(
      makeClaim('a test', () => {
        throw new Error('no choice');
      }),
      /no choice/,
    );
    (await claimed(0)).claim.close();
  });

  it('can change its CPUs, sees all claims but itself, and keeps everything else', async () => {
    const { claim } = await claimed(0, 1, 2, 3);
    const { claim: other } = await claimed(5);
    const [before] = readClaims();
    const seen: unknown[] = [];
    for (const cpus of [[4], [4, 6, 7, 8, 9, 10, 11], [0]]) {
      assert.deepEqual(
        await claim.change(claims => {
          seen.push(...claims.map(one => one.cpus));
          return { cpus, why: 'a test' };
        }),
        { cpus, why: 'a test' },
      );
      assert.deepEqual(claim.cpus, cpus);
      assert.deepEqual(
        readClaims().find(({ name }) => name === claim.name),
        { ...before, cpus },
      );
    }
    assert.deepEqual(seen, Array(3).fill([5]));
    await assert.rejects(
      claim.change(() => {
        throw new Error('no choice');
      }),
      /no choice/,
    );
    assert.deepEqual(held(), [[0], [5]]);
    claim.close();
    await claim.change(() => ({ cpus: [1] }));
    assert.deepEqual(held(), [[5]]);
    other.close();
  });

  it('ends if its holder is killed with SIGKILL', async () => {
    const { child } = await started([...HOLD, '0', '1']);
    assert.deepEqual(held(), [[0, 1]]);
    child.kill('SIGKILL');
    await ended(child);
    assert.deepEqual(held(), []);
    assert.equal(readdirSync(ledgerDirectory()).length, 1, 'its file is still there');
    (await claimed(0)).claim.close();
    assert.deepEqual(readdirSync(ledgerDirectory()), [], 'the next claim removes it');
  });

  it('is not inherited by programs that its holder starts', async () => {
    const { claim } = await claimed(0);
    const { child } = await started(['sh', '-c', 'echo ready; exec cat']);
    claim.close();
    assert.deepEqual(held(), []);
    child.kill('SIGKILL');
  });

  it('stays if another process holds its descriptors', async () => {
    const { claim } = await claimed(0);
    const record = join(ledgerDirectory(), claim.name);
    const child = reaped(spawn('cat', { stdio: ['pipe', 'inherit', 'inherit', claim.descriptors[0]!] }));
    await once(child, 'spawn');
    closeSync(claim.descriptors[0]!);
    assert.deepEqual(held(), [[0]]);
    child.stdin!.end();
    await ended(child);
    assert.deepEqual(held(), []);
    assert.ok(existsSync(record));
  });
});

describe('the ledger under contention', () => {
  it(`four processes claim ${10 * ROUNDS} times each: no CPU is taken twice, and no file is left`, async function () {
    this.timeout(30_000 * ROUNDS);
    const marks = temporaryDirectory();
    const results = await Promise.all(
      Array.from({ length: 4 }, () => finished([...AGAIN, marks, String(10 * ROUNDS)])),
    );
    for (const { status, stderr } of results) assert.deepEqual({ status, stderr }, { status: 0, stderr: '' });
    assert.deepEqual(held(), []);
    assert.deepEqual(readdirSync(ledgerDirectory()), []);
  });

  it(`${ROUNDS} processes are killed while they claim: no CPU stays claimed, no lock is left`, async function () {
    this.timeout(30_000 * ROUNDS);
    const one = async () => {
      const child = reaped(
        spawn(AGAIN[0]!, [...AGAIN.slice(1), '-', '1000000'], { stdio: ['ignore', 'pipe', 'inherit'] }),
      );
      let lines = Math.floor(Math.random() * 20);
      for await (const _ of createInterface({ input: child.stdout })) if (lines-- <= 0) child.kill('SIGKILL');
      await ended(child);
    };
    for (let left = ROUNDS; left > 0; left -= 2) await Promise.all([one(), one()]);
    assert.deepEqual(held(), []);
    (await claimed(0)).claim.close();
    assert.deepEqual(readdirSync(ledgerDirectory()), []);
  });
});
