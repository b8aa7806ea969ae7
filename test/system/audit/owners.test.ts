import assert from 'node:assert/strict';
import { readdirSync, readFileSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { THREAD_KINDS, type OwnersRecord } from '../../../lib/core/audit/records.js';
import { allRequirePackages } from '../../helpers/debian.js';
import { PROGRAMS } from '../../helpers/processes/governed.js';
import { started } from '../../helpers/processes/printing.js';
import { finished } from '../../helpers/processes/run.js';
import { PYTHON } from '../../helpers/shared.js';
import { readOwners } from '../../../lib/system/audit/read-owners.js';

const threadsOf = (pid: number): number[] => readdirSync(`/proc/${pid}/task`).map(Number);

async function ownersOf(pid: number, variables: readonly string[] = []): Promise<OwnersRecord> {
  const [owners] = await readOwners([[pid, threadsOf(pid)]], variables);
  return owners!;
}

const kindOf = (owners: OwnersRecord, tid: number) => THREAD_KINDS[owners.kind[owners.tid.indexOf(tid)]!];

/** The file that a thread started in. */
function startOf(owners: OwnersRecord, tid: number): string | null {
  const routine = owners.routines[owners.start[owners.tid.indexOf(tid)]!];
  const module = routine && owners.modules[routine.module];
  return module ? module.path : null;
}

/** From a debugger: the file of the function that libc's start_thread called, for all threads but the first. */
async function startsByDebugger(pid: number): Promise<Map<number, string>> {
  const { stdout } = await finished(['gdb', '-nx', '-batch', '-p', String(pid), '-ex', 'thread apply all backtrace']);
  const mappings = readFileSync(`/proc/${pid}/maps`, 'utf8')
    .split('\n')
    .map(line => {
      const [, start, end, path] = /^(\S+)-(\S+) \S+ \S+ \S+ \S+ +(.*)/.exec(line) ?? [];
      return { start: BigInt(`0x${start ?? 0}`), end: BigInt(`0x${end ?? 0}`), path: path ?? '' };
    });
  const starts = new Map<number, string>();
  for (const [, tid, trace] of stdout.matchAll(/^Thread \d+ \(.*?LWP (\d+)\).*\n((?:#.*\n)+)/gm)) {
    const called = /^#\d+ +0x([0-9a-f]+) in .*\n#\d+ .* in start_thread /m.exec(trace!);
    if (!called) continue;
    const address = BigInt(`0x${called[1]}`);
    starts.set(Number(tid), mappings.find(({ start, end }) => address >= start && address < end)!.path);
  }
  return starts;
}

describe('owners of threads', () => {
  allRequirePackages('gdb', 'python3-numpy', 'libopenblas0-pthread');

  it('are the files that a debugger finds their first functions in', async () => {
    const { pid } = await started([PYTHON, join(PROGRAMS, 'library_threads.py')], { OPENBLAS_NUM_THREADS: undefined });
    const owners = await ownersOf(pid);
    const byDebugger = await startsByDebugger(pid);
    const others = threadsOf(pid).filter(tid => tid !== pid);
    assert(others.length >= 2);
    assert.equal(kindOf(owners, pid), 'main');
    assert.deepEqual(
      others.map(tid => kindOf(owners, tid)),
      others.map(() => 'pthread'),
    );
    assert.deepEqual(
      others.map(tid => startOf(owners, tid)),
      others.map(tid => byDebugger.get(tid)),
    );
    const python = realpathSync(PYTHON);
    assert.equal(others.filter(tid => startOf(owners, tid) === python).length, 2);
  });

  it('come with the pool size of OpenBLAS', async () => {
    const { pid } = await started([PYTHON, join(PROGRAMS, 'library_threads.py')], { OPENBLAS_NUM_THREADS: '1' });
    const { modules, variables } = await ownersOf(pid, ['blas_cpu_number', 'no_such_variable']);
    assert.equal(variables.length, 1);
    assert.match(variables[0]!.symbol, /blas_cpu_number/);
    assert.match(modules[variables[0]!.module]!.path, /openblas/);
    assert.equal(variables[0]!.value, 1);
  });

  it('are read of many processes at once, including this one and one that has ended', async () => {
    const two = await Promise.all([1, 2].map(() => started([PYTHON, join(PROGRAMS, 'library_threads.py')])));
    const pids = two.map(({ pid }) => pid);
    const gone = 2 ** 31 - 1;
    const asked = [process.pid, ...pids].map((pid): [number, number[]] => [pid, threadsOf(pid)]);
    const all = await readOwners([...asked, [gone, [gone]]], []);
    assert.deepEqual(
      all.map(({ pid }) => pid),
      [process.pid, ...pids, gone],
    );
    assert.deepEqual(
      all.map(owners => kindOf(owners, owners.pid)),
      ['main', 'main', 'main', 'gone'],
    );
    assert.deepEqual(
      all.map(({ denied }) => denied),
      [0, 0, 0, 0],
    );
    const [ours] = all;
    const node = realpathSync(process.execPath);
    assert(Array.from(ours!.tid).filter(tid => startOf(ours!, tid) === node).length > 0);
  });
});
