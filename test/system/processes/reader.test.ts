import assert from 'node:assert/strict';
import { truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Context } from 'mocha';
import { audit } from '../../../lib/api/audit.js';
import type { OwnersRecord } from '../../../lib/core/audit/records.js';
import { readOwners } from '../../../lib/system/audit/read-owners.js';
import { native } from '../../../lib/system/native.js';
import { READ_LIMITS, readApart } from '../../../lib/system/processes/reader.js';
import { compiled } from '../../helpers/audit/ground-truth.js';
import { threadsOf } from '../../helpers/audit/owners.js';
import { requirePackages } from '../../helpers/debian.js';
import { temporaryDirectory } from '../../helpers/processes/governed.js';
import { started } from '../../helpers/processes/printing.js';
import { finished } from '../../helpers/processes/run.js';
import { PROJECT } from '../../helpers/shared.js';
import { requireRoot } from '../../helpers/skip.js';

async function startedFrom(test: Context, name: string, ...words: string[]): Promise<number> {
  requirePackages(test, 'gcc');
  const program = compiled(join(temporaryDirectory(), name), ['gcc', '-O1', '-pthread', `$/compiled/${name}.c`]);
  return (await started([program, ...words])).pid;
}

/** An ELF file of a few kilobytes on disk that says it has so many symbols. */
function hugeElf(file: string, symbols: number): string {
  const table = 0x10000;
  const head = Buffer.alloc(0x2100);
  head.write('\x7fELF\x02\x01\x01', 'latin1');
  head.writeUInt16LE(3, 16); // ET_DYN
  head.writeUInt16LE(62, 18); // EM_X86_64
  head.writeUInt32LE(1, 20);
  head.writeBigUInt64LE(0x2000n, 40); // section headers
  head.writeUInt16LE(64, 52);
  head.writeUInt16LE(56, 54);
  head.writeUInt16LE(64, 58);
  head.writeUInt16LE(3, 60);
  const section = (index: number, type: number, offset: number, size: number, link: number) => {
    const at = 0x2000 + 64 * index;
    head.writeUInt32LE(type, at + 4);
    head.writeBigUInt64LE(BigInt(offset), at + 24);
    head.writeBigUInt64LE(BigInt(size), at + 32);
    head.writeUInt32LE(link, at + 40);
    head.writeBigUInt64LE(24n, at + 56);
  };
  const names = table + symbols * 24;
  section(1, 11, table, symbols * 24, 2); // SHT_DYNSYM
  section(2, 3, names, symbols, 0); // SHT_STRTAB
  writeFileSync(file, head);
  truncateSync(file, names + symbols);
  return file;
}

/** What a reader with other limits answers about the owners of a process's threads. */
async function readWithin(pid: number, limits: Partial<typeof READ_LIMITS>): Promise<OwnersRecord> {
  const records = await native.readOwners([[pid, threadsOf(pid)]], ['blas_cpu_number'], { ...READ_LIMITS, ...limits });
  return JSON.parse(records[0]!) as OwnersRecord;
}

describe('a reader of other processes', () => {
  it('is left behind if the memory of a process does not answer; the other processes are read', async function () {
    requireRoot(this, 'make memory that never answers');
    const silent = await startedFrom(this, 'never_answers');
    const honest = await startedFrom(this, 'map_files');
    const records = await readOwners(
      [silent, honest].map(pid => [pid, threadsOf(pid)] as const),
      [],
    );
    assert.deepEqual(
      records.map(record => record.denied),
      [110, 0],
    );
    assert.ok(records[1]!.modules.some(({ path }) => path.endsWith('/map_files')));
    const found = await audit(silent, { window: 0.1 });
    assert.deepEqual(
      found.processes.map(({ denied }) => denied),
      ['ETIMEDOUT'],
    );
  });

  it('ends at once if the signal is aborted, although the process does not answer', async function () {
    requireRoot(this, 'make memory that never answers');
    const silent = await startedFrom(this, 'never_answers');
    const controller = new AbortController();
    const answers: unknown[] = [];
    const asked = readApart(
      { threads: [[silent, [silent]]], variables: [] },
      answer => {
        answers.push(answer);
        controller.abort(new Error('enough')); // its first answer is the pid that it reads next
      },
      controller.signal,
    );
    await assert.rejects(asked, /^Error: enough$/);
    assert.deepEqual(answers, [silent]);
    await assert.rejects(audit(silent, { window: 0.1, signal: AbortSignal.abort(new Error('before')) }), /before/);
  });

  it('stops when the CPU time, the bytes or the memory of an audit are used up, and says which', async function () {
    const ring = await startedFrom(this, 'forged_ring');
    assert.equal((await readWithin(ring, { cpuMs: 20 })).truncated, 'time');
    const files = [1, 2, 3].map(i => hugeElf(join(temporaryDirectory(), `${i}.so`), 2_000_000));
    const mapped = await startedFrom(this, 'map_files', ...files);
    assert.equal((await readWithin(mapped, { bytes: 1e6 })).truncated, 'bytes');
    const whole = await readWithin(mapped, {});
    assert.equal(whole.truncated, '');
    assert.deepEqual(
      files.filter(file => !whole.modules.some(({ path }) => path === file)),
      [],
    );
  });

  it('ends with an answer or an error, however few descriptors are free', async () => {
    // Node's fork handlers end a child that has none for them, before it has read anything.
    const code = `import { closeSync, openSync } from 'node:fs';
      const { readOwners } = await import(process.argv[1] + '/system/audit/read-owners.js');
      const ask = async () => {
        await readOwners([[process.pid, [process.pid]]], [])
          .then(([one]) => console.log('errno', one.denied), error => console.log(error.code));
      };
      await ask();
      const taken = [];
      try {
        for (;;) taken.push(openSync('/dev/null'));
      } catch {}
      for (let free = 0; free < 8; free++) {
        await ask();
        closeSync(taken.pop());
      }`;
    const node = [process.execPath, '--input-type=module', '-e', code, join(PROJECT, 'dist/lib')];
    const { stdout } = await finished(['prlimit', '--nofile=128:128', ...node]);
    const answers = stdout.trim().split('\n');
    assert.equal(answers.length, 9, stdout);
    for (const answer of answers) assert.match(answer, /^(errno \d+|LIMIT_REACHED)$/);
    assert.deepEqual([answers.at(0), answers.at(1), answers.at(-1)], ['errno 0', 'LIMIT_REACHED', 'errno 0']);
    assert.ok(answers.includes('errno 5'), `EIO: ${stdout}`);
  });

  it('says if it would need more memory', async function () {
    const file = hugeElf(join(temporaryDirectory(), 'mapped-many-times.so'), 1);
    const mapped = await startedFrom(this, 'map_files', ...Array.from({ length: 20_000 }, () => file));
    // In a new process: what this one has freed would be enough.
    const code = `const lib = process.argv[1], threads = [[${mapped}, [${mapped}]]];
      const { READ_LIMITS, readApart } = await import(lib + '/system/processes/reader.js');
      const { readOwners } = await import(lib + '/system/audit/read-owners.js');
      READ_LIMITS.memory = 1 << 16;
      console.log(await readApart({ threads }, () => undefined), (await readOwners(threads, []))[0].denied);`;
    const { stdout } = await finished([process.execPath, '--input-type=module', '-e', code, join(PROJECT, 'dist/lib')]);
    assert.equal(stdout, 'ENOMEM 12\n');
  });
});
