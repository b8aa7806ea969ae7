import assert from 'node:assert/strict';
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
  renameSync,
  statSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { ledgerDirectory, makeClaim, readClaims } from '../../../lib/system/claims/ledger.js';
import { native } from '../../../lib/system/native.js';
import { claimed, held } from '../../helpers/ledger.js';
import { eventually } from '../../helpers/processes/eventually.js';
import { temporaryDirectory } from '../../helpers/processes/governed.js';
import { finished } from '../../helpers/processes/run.js';
import { GOVERNOR } from '../../helpers/shared.js';

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

  it('nothing is written or removed where a link leads that was put in its place', async () => {
    const path = ledgerDirectory();
    const target = temporaryDirectory();
    const swap = () => {
      renameSync(path, `${path}.moved`);
      symlinkSync(target, path);
    };
    const unswap = () => {
      unlinkSync(path);
      renameSync(`${path}.moved`, path);
    };
    const { claim } = await makeClaim('a test', () => {
      swap();
      return { cpus: [0] };
    });
    assert.deepEqual(readdirSync(target), []);
    assert.deepEqual(readdirSync(`${path}.moved`), [claim.name]);
    writeFileSync(join(target, claim.name), 'of another');
    assert.throws(() => readClaims(), { code: 'LEDGER_UNUSABLE' });
    claim.close();
    assert.deepEqual(readdirSync(target), [claim.name]);
    unswap();
    assert.deepEqual(held(), []);
  });

  it('a record that has no room is an error, and the run goes on without a claim', async () => {
    const { status, stdout, stderr } = await finished([
      'prlimit',
      '--fsize=64',
      process.execPath,
      GOVERNOR,
      'run',
      '-q',
      '--',
      'echo',
      'ran',
    ]);
    assert.deepEqual([status, stdout], [0, 'ran\n']);
    assert.match(stderr, /^governor: the ledger \S+ cannot be used: ENOSPC: .*; running without a claim/);
    assert.deepEqual(held(), []);
  });
});
