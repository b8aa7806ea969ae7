import type { AuditedProcess, AuditedThread, AuditFinding } from '../audited.js';
import { subtract, union, type Cpuset } from '../../cpuset.js';
import { pinningVariables, threadCount } from '../../budget/thread-variables.js';
import { grouped, isNarrower, librariesOf, mainThread, usableCpus, wanted, type Audited } from './seen.js';
import { cpuWords, listed, named, pidsOf } from './words.js';

const LLVM = ['libomp', 'libiomp5'];
const OPENMP = ['libgomp', ...LLVM];

/** A thread that wants less of a CPU than this does not suffer from its place. */
const BUSY = 0.1;

interface Pinned {
  process: AuditedProcess;
  cpus: Cpuset;
  usable: Cpuset;
  variables: readonly { name: string; value: string }[];
  children: AuditedProcess[];
  threads: AuditedThread[];
}

/**
 * An OpenMP runtime has pinned the main thread to its first place when it was loaded, and what is started later
 * inherits that. A program whose OpenMP threads have places each, and nothing else, is bound as it was meant to be.
 */
export function mainThreadPinned(seen: Audited): AuditFinding[] {
  const found = seen.processes.flatMap(process => pinnedOf(process, seen) ?? []);
  return grouped(found, ({ process, cpus, variables }) => JSON.stringify([process.command, cpus, variables])).map(
    findingOf,
  );
}

function pinnedOf(process: AuditedProcess, seen: Audited): Pinned | null {
  const variables = pinningOf(process);
  const main = mainThread(process);
  if (variables.length === 0 || !main) return null;
  const others = process.threads.filter(thread => thread !== main);
  // What started a worker may have pinned it; then only its own threads show that it might use more.
  const usable = union([
    ...others.map(thread => thread.affinity),
    process.role === 'worker' ? main.affinity : usableCpus(seen.host),
  ]);
  if (!isNarrower(main.affinity, usable)) return null;
  const inherits = (cpus: Cpuset) => cpus.length > 0 && subtract(cpus, main.affinity).length === 0;
  const children = seen.processes.filter(
    child => child.ppid === process.pid && inherits(mainThread(child)?.affinity ?? []),
  );
  const threads = others.filter(
    thread => !OPENMP.includes(thread.owner.library) && wanted(thread) >= BUSY && inherits(thread.affinity),
  );
  if (children.length === 0 && threads.length === 0 && !standsAlone(process)) return null;
  return { process, cpus: main.affinity, usable, variables, children, threads };
}

function pinningOf(process: AuditedProcess): { name: string; value: string }[] {
  const loaded = librariesOf(process);
  const readers = (name: string) => (name === 'KMP_AFFINITY' ? LLVM : OPENMP);
  return pinningVariables(process.environment ?? {}).filter(({ name }) =>
    readers(name).some(library => loaded.has(library)),
  );
}

/** The program itself, pinned although it has no OpenMP threads to share places with; asked for one, it may be meant. */
function standsAlone(process: AuditedProcess): boolean {
  return (
    process.role === 'root' &&
    threadCount(process.environment?.['OMP_NUM_THREADS']) !== 1 &&
    !process.threads.some(thread => thread.tid !== process.pid && OPENMP.includes(thread.owner.library))
  );
}

function findingOf(found: readonly Pinned[]): AuditFinding {
  const { cpus, usable, variables } = found[0]!;
  const processes = found.map(one => one.process);
  const children = found.flatMap(one => one.children);
  const threads = found.flatMap(one => one.threads);
  const inherited = [
    ...(children.length > 0 ? [`child processes there too: ${listed(pidsOf(children))}`] : []),
    ...(threads.length > 0
      ? [`threads there too: ${listed(threads.map(thread => `${thread.tid} (${thread.owner.library})`))}`]
      : []),
  ];
  const names = variables.map(({ name }) => name);
  return {
    id: 'main-thread-pinned',
    text: `${names.join(' and ')} had the OpenMP library pin the main thread of ${named(processes)} to ${cpuWords(cpus)}, and all that the program starts from there inherits it.`,
    evidence: [
      variables.map(({ name, value }) => `${name}=${value}`).join(' '),
      `${cpuWords(usable)} could be used`,
      ...inherited,
    ].join('; '),
    fix: `unset ${names.join(' ')}`,
    pids: pidsOf([...processes, ...children]),
  };
}
