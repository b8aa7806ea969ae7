import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  closeSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { claims } from '../../../lib/index.js';
import { ledgerDirectory, makeClaim, readClaims } from '../../../lib/system/claims/ledger.js';
import { native } from '../../../lib/system/native.js';
import { OBSERVERS, temporaryDirectory } from '../../helpers/processes/governed.js';
import { eventually } from '../../helpers/processes/eventually.js';
import { started } from '../../helpers/processes/printing.js';
import { reaped } from '../../helpers/processes/reap.js';
import { finished } from '../../helpers/processes/run.js';
import { PROJECT } from '../../helpers/shared.js';
import { requireRoot } from '../../helpers/skip.js';
import { times } from '../../helpers/times.js';

const LEDGER = join(PROJECT, 'dist/lib/system/claims/ledger.js');
const HOLD = [process.execPath, join(OBSERVERS, 'claim_and_hold.mjs'), LEDGER];
const AGAIN = [process.execPath, join(OBSERVERS, 'claim_again.mjs'), LEDGER];
/** As the whole proof wants them: 100 races, 1,000 kills. */
const ROUNDS = times(10);

const claimed = (...cpus: number[]) => makeClaim('a test', () => ({ cpus }));
const held = () => readClaims().map(({ cpus }) => cpus);

async function ended(child: ChildProcess): Promise<number | null> {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  return child.exitCode;
}

describe('the ledger: a claim', () => {
  it('is there for all until it is closed, with who, what and since when', async () => {
    const { claim } = await claimed(0, 3);
    const [told, ...more] = await claims();
    assert.deepEqual(more, []);
    const { startTime } = native.process(process.pid)!;
    assert.deepEqual(
      { ...told, since: null },
      {
        name: claim.name,
        cpus: [0, 3],
        uid: process.getuid!(),
        user: told!.user,
        pid: process.pid,
        startTime,
        command: 'a test',
        since: null,
      },
    );
    assert.equal(new Date(told!.since!).toISOString(), told!.since);
    claim.close();
    claim.close();
    assert.deepEqual(held(), []);
    assert.deepEqual(readdirSync(ledgerDirectory()), []);
  });

  it("is made in sight of all others, this process's own too", async () => {
    const { claim } = await claimed(1);
    const seen = await makeClaim('another', others => ({
      cpus: others.flatMap(({ cpus }) => cpus).map(cpu => cpu + 1),
    }));
    assert.deepEqual(held(), [[1], [2]]);
    assert.deepEqual(seen.claim.cpus, [2]);
    for (const one of [claim, seen.claim]) one.close();
  });

  it('of nothing where the choice fails; the next one finds the door open', async () => {
    await assert.rejects(
      makeClaim('a test', () => {
        throw new Error('no choice');
      }),
      /no choice/,
    );
    (await claimed(0)).claim.close();
  });

  it('can be changed, in sight of all others but itself; all else of it stays', async () => {
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

  it('dies with its holder: SIGKILL', async () => {
    const { child } = await started([...HOLD, '0', '1']);
    assert.deepEqual(held(), [[0, 1]]);
    child.kill('SIGKILL');
    await ended(child);
    assert.deepEqual(held(), []);
    assert.equal(readdirSync(ledgerDirectory()).length, 1, 'its record is still there');
    (await claimed(0)).claim.close();
    assert.deepEqual(readdirSync(ledgerDirectory()), [], 'the next claim takes it away');
  });

  it('is not inherited by what its holder starts', async () => {
    const { claim } = await claimed(0);
    const { child } = await started(['sh', '-c', 'echo ready; exec cat']);
    claim.close();
    assert.deepEqual(held(), []);
    child.kill('SIGKILL');
  });

  it('lives on where another process holds its descriptors', async () => {
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

describe('the ledger under many', () => {
  it(`four processes claim and give back ${10 * ROUNDS} times each: no CPU is taken twice, and nothing is left`, async function () {
    this.timeout(30_000 * ROUNDS);
    const marks = temporaryDirectory();
    const results = await Promise.all(
      Array.from({ length: 4 }, () => finished([...AGAIN, marks, String(10 * ROUNDS)])),
    );
    for (const { status, stderr } of results) assert.deepEqual({ status, stderr }, { status: 0, stderr: '' });
    assert.deepEqual(held(), []);
    assert.deepEqual(readdirSync(ledgerDirectory()), []);
  });

  it(`${ROUNDS} processes are killed while they claim and give back: no CPU is still claimed, and the door is open`, async function () {
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

describe('the ledger is for all users', () => {
  const asNobody = ['setpriv', '--reuid', '65534', '--regid', '65534', '--clear-groups', '--'];

  it('one who is not root claims, is seen, and sees', async function () {
    requireRoot(this, 'run programs as other users');
    const { claim } = await claimed(0);
    assert.equal(statSync(ledgerDirectory()).mode & 0o7777, 0o1777);
    const { child, line } = await started([...asNobody, 'sh', '-c', 'umask 077 && exec "$0" "$@"', ...HOLD, '1']);
    const other = readClaims().find(({ name }) => name === line.trim())!;
    assert.deepEqual({ uid: other.uid, cpus: other.cpus, pid: other.pid }, { uid: 65534, cpus: [1], pid: child.pid });
    const read = await finished([
      ...asNobody,
      process.execPath,
      '-e',
      `import(${JSON.stringify(LEDGER)}).then(({ readClaims }) => console.log(readClaims().length))`,
    ]);
    assert.equal(read.stdout, '2\n', read.stderr);
    claim.close();
  });

  it('and can neither end the claim of another nor make it seem held', async function () {
    requireRoot(this, 'run programs as other users');
    const { claim } = await claimed(0);
    const record = join(ledgerDirectory(), claim.name);
    const { stdout } = await finished([
      ...asNobody,
      'sh',
      '-c',
      'rm -f "$1" 2>/dev/null; echo x 2>/dev/null >"$1"; echo $?',
      'sh',
      record,
    ]);
    assert.notEqual(stdout, '0\n');
    assert.deepEqual(held(), [[0]]);
    const reader = await started([
      ...asNobody,
      'sh',
      '-c',
      'exec 3<"$1"; flock -s 3 && echo locked && exec cat',
      'sh',
      record,
    ]);
    closeSync(claim.descriptors[0]!);
    assert.deepEqual(held(), []);
    reader.child.kill('SIGKILL');
  });
});

describe('the ledger and what others put there', () => {
  const put = (name: string) => join(ledgerDirectory(), name);
  const made = (digit: string) => put(digit.repeat(16));
  beforeEach(async () => (await claimed(0)).claim.close());

  it('links, pipes, directories and other names are passed by, and stay', async () => {
    const outside = join(temporaryDirectory(), 'file');
    writeFileSync(outside, '{"cpus":[0]}');
    symlinkSync(outside, made('a'));
    symlinkSync('/dev/zero', made('b'));
    await finished(['mkfifo', made('c')]);
    mkdirSync(made('d'));
    writeFileSync(put('another-name'), '{"cpus":[0]}');
    assert.deepEqual(held(), []);
    (await claimed(1)).claim.close();
    assert.deepEqual(
      readdirSync(ledgerDirectory())
        .map(name => name[0])
        .sort(),
      ['a', 'a', 'b', 'c', 'd'],
    );
    assert.ok(existsSync(outside));
  });

  it('a link to a file elsewhere is taken away, not the file', async () => {
    const outside = join(ledgerDirectory(), 'file');
    writeFileSync(outside, 'text');
    linkSync(outside, made('a'));
    (await claimed(1)).claim.close();
    assert.equal(existsSync(made('a')), false);
    assert.equal(readFileSync(outside, 'utf8'), 'text');
  });

  it('records that are locked but no records claim nothing', () => {
    const texts = {
      a: 'no JSON',
      b: '{}',
      c: '',
      d: `{"cpus":[0],"x":"${'x'.repeat(70_000)}"}`,
      e: '{"cpus":[7],"pid":"1","command":"\\u001b[2J"}',
    };
    const files = Object.entries(texts).map(([digit, text]) => {
      writeFileSync(made(digit), text);
      const file = openSync(made(digit), 'r+');
      assert.ok(native.lockFile(file));
      return file;
    });
    assert.deepEqual(
      readClaims().map(({ name, cpus, pid, since }) => ({ name, cpus, pid, since })),
      [{ name: 'e'.repeat(16), cpus: [7], pid: null, since: null }],
    );
    for (const file of files) closeSync(file);
  });

  it('a ledger that is a link, a file, or closed to us cannot be used, and one line says why', async () => {
    const directory = temporaryDirectory();
    symlinkSync(directory, join(directory, 'link'));
    writeFileSync(join(directory, 'file'), '');
    for (const name of ['link', 'file', 'file/below', 'not/there']) {
      process.env['GOVERNOR_LEDGER'] = join(directory, name);
      await assert.rejects(claimed(0), {
        code: 'LEDGER_UNUSABLE',
        message: new RegExp(`^the ledger ${join(directory, name)} cannot be used: [^\\n]+$`),
      });
    }
    assert.deepEqual(readdirSync(directory).sort(), ['file', 'link']);
  });

  it('a directory that was removed and made again is not taken for the old one', async () => {
    const door = openSync(ledgerDirectory(), 'r');
    assert.ok(native.lockDirectory(door));
    const waiting = claimed(5);
    const old = lstatSync(ledgerDirectory()).ino;
    await finished(['sh', '-c', 'mv "$1" "$1.old" && mkdir -m 1777 "$1"', 'sh', ledgerDirectory()]);
    closeSync(door);
    const { claim } = await waiting;
    assert.notEqual(lstatSync(ledgerDirectory()).ino, old);
    assert.deepEqual(held(), [[5]]);
    claim.close();
    await finished(['rm', '-r', `${ledgerDirectory()}.old`]);
  });

  it('who waits at the door gets in when it is opened', async () => {
    const door = openSync(ledgerDirectory(), 'r');
    assert.ok(native.lockDirectory(door));
    let inside = false;
    const waiting = makeClaim('a test', () => {
      inside = true;
      return { cpus: [0] };
    });
    assert.equal(inside, false);
    closeSync(door);
    await eventually(() => inside);
    (await waiting).claim.close();
  });

  it("a ledger of one user's own keeps its mode", async () => {
    const own = temporaryDirectory();
    chmodSync(own, 0o700);
    process.env['GOVERNOR_LEDGER'] = own;
    (await claimed(0)).claim.close();
    assert.equal(statSync(own).mode & 0o7777, 0o700);
  });
});
