import assert from 'node:assert/strict';
import type { ThreadOwner } from '../../../lib/core/audit/audited.js';
import { ownersOf as namedOwners } from '../../../lib/core/audit/owner.js';
import { THREAD_KINDS, type OwnersRecord } from '../../../lib/core/audit/records.js';
import { temporaryDirectory } from '../../helpers/processes/governed.js';
import { startedProgram, type Truth } from '../../helpers/audit/ground-truth.js';
import { requirePackages } from '../../helpers/debian.js';
import { OWNED_PROGRAMS } from '../../helpers/audit/owner-programs.js';
import { ownersOf } from '../../helpers/audit/owners.js';

interface Expected {
  /** the owners of its threads */
  owners: string[];
  /** what the threads of its OpenMP runtime work for, as far as their stacks show */
  workingFor?: string;
  /** the routine of the pthreads that neither gdb nor a call of pthread_create shows */
  unshown?: string;
}

const EXPECTED: Record<keyof typeof OWNED_PROGRAMS, Expected> = {
  openblasPthread: { owners: ['OpenBLAS', 'main'] },
  openblasOpenmp: { owners: ['libgomp', 'main'], workingFor: 'OpenBLAS' },
  // Debian's LAPACK brings OpenBLAS along.
  blisPthread: { owners: ['BLIS', 'OpenBLAS', 'Python thread', 'main'] },
  blisOpenmp: { owners: ['OpenBLAS', 'libgomp', 'main'], workingFor: 'BLIS' },
  sklearn: { owners: ['OpenBLAS', 'libgomp', 'main'], workingFor: '_gradient_boosting' },
  torch: { owners: ['OpenBLAS', 'libgomp', 'main', 'pthreadpool', 'torch'], workingFor: 'torch' },
  numbaWorkqueue: { owners: ['OpenBLAS', 'main', 'numba'] },
  numbaOpenmp: { owners: ['OpenBLAS', 'libgomp', 'main'], workingFor: 'numba' },
  pythonThreads: { owners: ['Python thread', 'main'] },
  node: { owners: ['Node', 'Node worker', 'V8 platform', 'libuv pool', 'main'] },
  sharp: { owners: ['Node', 'V8 platform', 'libuv pool', 'libvips', 'main'] },
  onnxruntime: { owners: ['Node', 'V8 platform', 'main', 'onnxruntime'] },
  java: { owners: ['JVM', 'main'] },
  go: { owners: ['Go runtime', 'main'] },
  cgo: { owners: ['Go runtime', 'main'] },
  rust: { owners: ['main', 'program'] },
  pthreads: { owners: ['main', 'program'] },
  staticPthreads: { owners: ['main', 'program'] },
  musl: { owners: ['main', 'program'] },
  // A static program cannot preload a listener, and gdb cannot unwind musl's frames.
  staticMusl: { owners: ['main', 'program'], unshown: 'wait_for_ever' },
  timer: { owners: ['libc.so.6', 'main'] },
  clone: { owners: ['main', 'unknown'] },
  libgomp: { owners: ['libgomp', 'main'], workingFor: 'program' },
  libomp: { owners: ['libomp', 'main'], workingFor: 'program' },
  stdThread: { owners: ['libcomputes.so', 'main'] },
  glib: { owners: ['libcomputes.so', 'main'] },
};

describe('the owner of each thread is the one that gdb and pthread_create show', () => {
  for (const key of Object.keys(OWNED_PROGRAMS) as (keyof typeof OWNED_PROGRAMS)[]) {
    const program = OWNED_PROGRAMS[key];
    it(program.name, async function () {
      requirePackages(this, 'gdb', ...program.needs);
      const directory = temporaryDirectory();
      const running = await startedProgram(directory, await program.prepare(directory));
      const record = await ownersOf(running.pid);
      const { shown, others } = await running.truths();
      const truths = shown.filter(({ tid }) => record.tid.includes(tid));
      const owners = namedOwners(record, new Map());
      const unshown = others.filter(tid => THREAD_KINDS[record.kind[record.tid.indexOf(tid)]!] === 'pthread');
      const wrong = truths.flatMap(truth => difference(record, truth, owners.get(truth.tid)!));
      report(truths, wrong, owners, EXPECTED[key]);
      assert.deepEqual(wrong, []);
      assert.deepEqual(
        unshown.filter(tid => owners.get(tid)!.routine !== EXPECTED[key].unshown),
        [],
        'nothing else shows these',
      );
      const passing = ['starting', 'gone']; // pthreadpool ends some of its threads at that time
      const steady = [...owners].filter(
        ([tid]) => !passing.includes(THREAD_KINDS[record.kind[record.tid.indexOf(tid)]!]!),
      );
      assert.deepEqual([...new Set(steady.map(([, owner]) => owner.library))].sort(), EXPECTED[key].owners);
      const workingFor = [...new Set([...owners.values()].flatMap(owner => owner.workingFor ?? []))];
      assert(
        workingFor.every(library => library.startsWith(EXPECTED[key].workingFor ?? 'nothing')),
        workingFor.join(),
      );
    });
  }
});

/** A line for each difference between our owner of a thread and the truth. */
function difference(record: OwnersRecord, truth: Truth, owner: ThreadOwner): string[] {
  const at = record.tid.indexOf(truth.tid);
  const routine = record.routines[record.start[at]!];
  const module = record.modules[routine?.module ?? -1]?.path ?? '';
  const lines: string[] = [];
  if (module !== truth.module || (truth.address !== null && truth.address !== routine?.address)) {
    const symbol = routine?.symbol || `${routine?.before} … ${routine?.after}`;
    const ours = `${THREAD_KINDS[record.kind[at]!]} ${module} ${routine?.address.toString(16)} ${symbol}`;
    const theirs = `${truth.module} ${truth.address?.toString(16)} ${truth.frames?.[0]?.function}`;
    lines.push(`${truth.tid}: ${ours}, not ${theirs}`);
  }
  // The function that std::thread or GLib was given is the next frame.
  const [first, next] = truth.frames ?? [];
  if (first && next && /\/lib(stdc\+\+|glib-)[^/]*$/.test(first.module) && owner.module !== next.module) {
    lines.push(`${truth.tid}: ${owner.module}, not ${next.module} ${next.function} through ${first.module}`);
  }
  return lines;
}

function report(
  truths: readonly Truth[],
  wrong: readonly string[],
  owners: ReadonlyMap<number, ThreadOwner>,
  { owners: expected }: Expected,
): void {
  const named = [...owners.values()].filter(
    owner => expected.includes(owner.library) && owner.library !== 'unknown',
  ).length;
  const byGdb = truths.filter(truth => truth.frames).length;
  const right = `${truths.length - wrong.length} of ${truths.length} pthreads`;
  const line = `${named} of ${owners.size} threads named, ${right} as gdb (${byGdb}) and pthread_create show`;
  process.stdout.write(`      ${line}\n`);
}
