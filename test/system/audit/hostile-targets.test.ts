import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Context } from 'mocha';
import { THREAD_KINDS, type OwnersRecord } from '../../../lib/core/audit/records.js';
import { native } from '../../../lib/system/native.js';
import { PROGRAMS, temporaryDirectory } from '../../helpers/processes/governed.js';
import { compiled } from '../../helpers/audit/ground-truth.js';
import { requirePackages } from '../../helpers/debian.js';
import { lyingCopies, spoiltCopies, type Code } from '../../helpers/audit/lying-elf.js';
import { ownersOf } from '../../helpers/audit/owners.js';
import { started } from '../../helpers/processes/printing.js';
import { PYTHON } from '../../helpers/shared.js';
import { readOwners } from '../../../lib/system/audit/read-owners.js';

/** The files that all threads but the main one started in, sorted, because tids may wrap around. */
function startFiles({ pid, tid, start, routines, modules }: OwnersRecord): string[] {
  return [...tid]
    .flatMap((one, i) => (one === pid ? [] : [modules[routines[start[i]!]?.module ?? -1]?.path ?? '']))
    .sort();
}

describe('owners of threads of a hostile program', () => {
  let directory = '';
  let library = '';
  let code: Code = { start: 0, end: 0 };

  function build(test: Context): void {
    requirePackages(test, 'gcc', 'binutils');
    directory = temporaryDirectory();
    library = compiled(join(directory, 'one_routine.so'), [
      'gcc',
      '-O1',
      '-shared',
      '-fPIC',
      '-nostdlib',
      '$/compiled/one_routine.c',
    ]);
    const sections = execFileSync('readelf', ['-SW', library], { encoding: 'utf8' });
    const [, offset, size] = /\.text +PROGBITS +\S+ (\S+) (\S+)/.exec(sections)!;
    code = { start: parseInt(offset!, 16), end: parseInt(offset!, 16) + parseInt(size!, 16) };
  }

  /** A process with a thread in each of these files. */
  async function startedIn(files: readonly string[]): Promise<number> {
    const program = compiled(join(directory, 'start_in_files'), ['gcc', '-pthread', '$/compiled/start_in_files.c']);
    return (await started([program, String(code.start), ...files])).pid;
  }

  function written(copies: readonly Buffer[]): string[] {
    return copies.map((copy, i) => {
      writeFileSync(join(directory, `${i}.so`), copy);
      return join(directory, `${i}.so`);
    });
  }

  it('an honest library: the routine has its name', async function () {
    build(this);
    const record = await ownersOf(await startedIn([library]));
    assert.deepEqual(startFiles(record), [library]);
    assert.deepEqual(
      record.routines.map(one => one.symbol),
      ['wait_in_library'],
    );
  });

  it('ELF headers that lie, one field each: the file is found, and nothing breaks', async function () {
    build(this);
    const files = written(lyingCopies(readFileSync(library), code));
    assert(files.length > 500);
    assert.deepEqual(startFiles(await ownersOf(await startedIn(files))), [...files].sort());
  });

  it('ELF files with random bytes', async function () {
    build(this);
    let seed = 1;
    const random = () => (seed = (seed * 48_271) % 0x7fff_ffff) / 0x7fff_ffff;
    const files = written(spoiltCopies(readFileSync(library), code, 500, random));
    assert.deepEqual(startFiles(await ownersOf(await startedIn(files))), [...files].sort());
  });

  it('files cut short, replaced by a pipe or another file, or removed since they were mapped', async function () {
    build(this);
    const files = written(Array.from({ length: 4 }, () => readFileSync(library)));
    const pid = await startedIn(files);
    truncateSync(files[0]!, code.end);
    const other = join(directory, 'other');
    for (const [command, file] of [
      ['mkfifo', files[1]!],
      ['touch', files[2]!],
    ] as const) {
      execFileSync(command, [other]);
      renameSync(other, file);
    }
    rmSync(files[3]!);
    const record = await ownersOf(pid);
    assert.deepEqual(startFiles(record), [...files].sort());
    assert.deepEqual(
      record.modules
        .filter(one => one.deleted)
        .map(one => one.path)
        .sort(),
      files.slice(1),
    );
  });

  it('file names with spaces and line breaks', async function () {
    build(this);
    const files = ['a b.so', 'a\nb.so'].map(name => join(directory, name));
    for (const file of files) writeFileSync(file, readFileSync(library));
    assert.deepEqual(startFiles(await ownersOf(await startedIn(files))), [...files].sort());
  });

  it('an environment of 2 MB', async () => {
    const many = Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`LONG_${i}`, 'x'.repeat(100_000)]));
    const { pid } = await started(['prlimit', '--stack=67108864', PYTHON, join(PROGRAMS, 'sleeping_threads.py')], many);
    assert.equal(native.environment(pid).filter(line => /^LONG_\d+=x{100000}$/.test(line)).length, 20);
    assert.equal(startFiles(await ownersOf(pid)).length, 100);
  });

  it('a process that has ended, or a thread of another process: they are reported as gone', async () => {
    const other = await started([PYTHON, join(PROGRAMS, 'sleeping_threads.py')]);
    const foreign = readdirSync(`/proc/${other.pid}/task`).map(Number).slice(1, 4);
    const [record] = await readOwners([[process.pid, foreign]], []);
    assert.deepEqual(
      [...record!.kind].map(kind => THREAD_KINDS[kind]),
      ['gone', 'gone', 'gone'],
    );
    other.child.kill('SIGKILL');
    await new Promise(resolve => other.child.once('exit', resolve));
    const [ended] = await readOwners([[other.pid, foreign]], []);
    assert.deepEqual(
      [...ended!.kind].map(kind => THREAD_KINDS[kind]),
      ['gone', 'gone', 'gone'],
    );
  });
});
