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
/** A long run has 1,000 rounds. */
const ROUNDS = times(10);

const claimed = (...cpus: number[]) => makeClaim('a test', () => ({ cpus }));
const held = () => readClaims().map(({ cpus }) => cpus);

async function ended(child: ChildProcess): Promise<number | null> {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  return child.exitCode;
}

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

describe('the ledger and several users', () => {
  const asNobody = ['setpriv', '--reuid', '65534', '--regid', '65534', '--clear-groups', '--'];

  it('a user who is not root claims CPUs, is seen by root, and sees the claims of root', async function () {
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

  it('a user can neither end the claim of another nor make an ended one look held', async function () {
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

describe('the ledger and files that others put there', () => {
  const put = (name: string) => join(ledgerDirectory(), name);
  const made = (digit: string) => put(digit.repeat(16));
  beforeEach(async () => (await claimed(0)).claim.close());

  it('ignores symbolic links, pipes, directories and other names, and keeps them', async () => {
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

  it('removes a hard link to a file elsewhere, but not the file', async () => {
    const outside = join(ledgerDirectory(), 'file');
    writeFileSync(outside, 'text');
    linkSync(outside, made('a'));
    (await claimed(1)).claim.close();
    assert.equal(existsSync(made('a')), false);
    assert.equal(readFileSync(outside, 'utf8'), 'text');
  });

  it('ignores locked files that hold no record', () => {
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

  it('a ledger that is a link, a file, or cannot be created is refused in one line that says why', async () => {
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

  it('a directory that was removed and created again is not mistaken for the old one', async () => {
    const lock = openSync(ledgerDirectory(), 'r');
    assert.ok(native.lockDirectory(lock));
    const waiting = claimed(5);
    const old = lstatSync(ledgerDirectory()).ino;
    await finished(['sh', '-c', 'mv "$1" "$1.old" && mkdir -m 1777 "$1"', 'sh', ledgerDirectory()]);
    closeSync(lock);
    const { claim } = await waiting;
    assert.notEqual(lstatSync(ledgerDirectory()).ino, old);
    assert.deepEqual(held(), [[5]]);
    claim.close();
    await finished(['rm', '-r', `${ledgerDirectory()}.old`]);
  });

  it('a claim waits while the ledger is locked, and is made once it is unlocked', async () => {
    const lock = openSync(ledgerDirectory(), 'r');
    assert.ok(native.lockDirectory(lock));
    let inside = false;
    const waiting = makeClaim('a test', () => {
      inside = true;
      return { cpus: [0] };
    });
    assert.equal(inside, false);
    closeSync(lock);
    await eventually(() => inside);
    (await waiting).claim.close();
  });

  it("a user's own ledger keeps its mode", async () => {
    const own = temporaryDirectory();
    chmodSync(own, 0o700);
    process.env['GOVERNOR_LEDGER'] = own;
    (await claimed(0)).claim.close();
    assert.equal(statSync(own).mode & 0o7777, 0o700);
  });
});
