import type { AuditedProcess, AuditedThread, AuditFinding } from '../audited.js';
import { onlineInCpuset } from '../../machine/host.js';
import { subtract, union, type Cpuset } from '../../cpuset.js';
import { pinningVariables, threadCount } from '../../budget/thread-variables.js';
import { grouped, isNarrower, librariesOf, mainThread, severityOf, wanted, type Audited } from './common/input.js';
import { cpuWords, joinAnd, listed } from '../../text.js';
import { settingLine } from '../settings.js';
import { named, pidsOf } from './common/words.js';

const LLVM = ['libomp', 'libiomp5'];
const OPENMP = ['libgomp', ...LLVM];

/** CPUs wanted below which a thread does not suffer from its affinity. */
const BUSY_CPUS = 0.1;

interface Pinned {
  process: AuditedProcess;
  cpus: Cpuset;
  usable: Cpuset;
  variables: readonly { name: string; value: string }[];
  children: AuditedProcess[];
  threads: AuditedThread[];
}

/**
 * When it was loaded, an OpenMP runtime pinned the main thread to its first place. Everything started later inherits
 * that affinity. A program that starts nothing but OpenMP threads with a place each is bound as intended.
 */
export function mainThreadPinned(audited: Audited): AuditFinding[] {
  const found = audited.processes.flatMap(process => pinnedOf(process, audited) ?? []);
  return grouped(found, ({ process, cpus, variables }) => JSON.stringify([process.command, cpus, variables])).map(
    alike => findingOf(alike, audited.processes),
  );
}

function pinnedOf(process: AuditedProcess, audited: Audited): Pinned | null {
  const variables = pinningOf(process);
  const main = mainThread(process);
  if (variables.length === 0 || !main) return null;
  const others = process.threads.filter(thread => thread !== main);
  // A worker's parent may have pinned it; then only its own threads show that it could use more.
  const usable = union([
    ...others.map(thread => thread.affinity),
    process.role === 'worker' ? main.affinity : onlineInCpuset(audited.host),
  ]);
  if (!isNarrower(main.affinity, usable)) return null;
  const inherits = (cpus: Cpuset) => cpus.length > 0 && subtract(cpus, main.affinity).length === 0;
  const children = audited.processes.filter(
    child => child.ppid === process.pid && inherits(mainThread(child)?.affinity ?? []),
  );
  const threads = others.filter(
    thread => !OPENMP.includes(thread.owner.library) && wanted(thread) >= BUSY_CPUS && inherits(thread.affinity),
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

/** Whether the program is pinned but has no OpenMP threads. If it asked for one thread, that may be intended. */
function standsAlone(process: AuditedProcess): boolean {
  return (
    process.role === 'root' &&
    threadCount(process.environment?.['OMP_NUM_THREADS']) !== 1 &&
    !process.threads.some(thread => thread.tid !== process.pid && OPENMP.includes(thread.owner.library))
  );
}

function findingOf(found: readonly Pinned[], all: readonly AuditedProcess[]): AuditFinding {
  const { cpus, usable, variables } = found[0]!;
  const processes = found.map(one => one.process);
  const children = found.flatMap(one => one.children);
  const threads = found.flatMap(one => one.threads);
  const inherited = [
    ...(children.length > 0 ? [`child processes on the same CPUs: ${listed(pidsOf(children))}`] : []),
    ...(threads.length > 0
      ? [`threads on the same CPUs: ${listed(threads.map(thread => `${thread.tid} (${thread.owner.library})`))}`]
      : []),
  ];
  const names = variables.map(({ name }) => name);
  return {
    id: 'main-thread-pinned',
    severity: severityOf([...processes, ...children]),
    text:
      `${joinAnd(names)} made the OpenMP library pin the main thread of ${named(processes)} to ${cpuWords(cpus)}, ` +
      'and every process and thread started from it inherits that.',
    evidence: [
      variables.map(({ name, value }) => `${name}=${value}`).join(' '),
      `the program could use ${cpuWords(usable)}`,
      ...inherited,
    ].join('; '),
    fix: settingLine(`unset ${names.join(' ')}`, names, processes[0]!, all),
    pids: pidsOf([...processes, ...children]),
  };
}
