import type { AuditedProcess, AuditedThread, AuditFinding } from '../audited.js';
import { formatCpulist, intersect, subtract, union, type Cpuset } from '../../cpuset.js';
import { onlineInCpuset } from '../../machine/host.js';
import { count, cpuWords } from '../../text.js';
import { BUSY_CPUS, grouped, wanted, type Audited } from './common/input.js';
import { named, pidsOf } from './common/words.js';

interface Working {
  process: AuditedProcess;
  thread: AuditedThread;
  /** the CPUs between which the kernel moves it: only its own if that is isolated, else those that are not */
  reached: Cpuset;
}

/** Threads that wait on one CPU while they may use others to which the kernel does not move them. */
export function isolatedCpus(audited: Audited): AuditFinding[] {
  const { isolated } = audited.host;
  if (isolated.length === 0) return [];
  const working = audited.processes.flatMap(process =>
    process.threads
      .filter(thread => wanted(thread) >= BUSY_CPUS)
      .map((thread): Working => ({ process, thread, reached: reachedBy(thread, isolated) })),
  );
  const used = union(working.map(({ reached }) => reached));
  return grouped(
    working.filter(({ thread }) => thread.affinity.length > 1 && intersect(thread.affinity, isolated).length > 0),
    ({ thread, reached }) => `${thread.affinity.join()} ${reached.join()}`,
  ).flatMap(stack => {
    const { thread, reached } = stack[0]!;
    const unused = subtract(thread.affinity, used);
    const waits = stack.reduce((sum, one) => sum + one.thread.wait, 0) >= BUSY_CPUS;
    return stack.length > reached.length && waits && unused.length > 0 ? [findingOf(stack, unused, audited)] : [];
  });
}

function reachedBy({ lastCpu, affinity }: AuditedThread, isolated: Cpuset): Cpuset {
  return affinity.length < 2 || isolated.includes(lastCpu) ? [lastCpu] : subtract(affinity, isolated);
}

function findingOf(stack: readonly Working[], unused: Cpuset, audited: Audited): AuditFinding {
  const { thread, reached } = stack[0]!;
  const processes = [...new Set(stack.map(one => one.process))];
  return {
    id: 'isolated-cpus',
    severity: 'costs',
    text:
      `${count(stack.length, 'thread')} of ${named(processes)} share ${cpuWords(reached)}, and ${cpuWords(unused)} ` +
      'are idle: the kernel moves no thread to or from an isolated CPU.',
    evidence:
      `isolated: ${cpuWords(audited.host.isolated)} (/sys/devices/system/cpu/isolated); ` +
      `the threads may use ${cpuWords(thread.affinity)}`,
    fix: fixOf(stack, processes, audited),
    pids: pidsOf(processes),
  };
}

/** A CPU for each thread, which only an affinity can give it; processes of one thread get it from `governor pin`. */
function fixOf(stack: readonly Working[], processes: readonly AuditedProcess[], audited: Audited): string {
  const balanced = subtract(onlineInCpuset(audited.host), audited.host.isolated);
  const elsewhere = balanced.length > 0 ? `; or use CPUs that are not isolated: ${formatCpulist(balanced)}` : '';
  const root = audited.processes[0]!;
  if (processes.length === stack.length && !processes.includes(root))
    return (
      `governor pin ${root.pid}  # next time: governor run or launch, ` +
      `which pin each worker to its own CPU${elsewhere}`
    );
  const { affinity } = stack[0]!.thread;
  const pins = stack.map(({ thread }, i) => `taskset -pc ${affinity[i % affinity.length]} ${thread.tid}`);
  return `${pins.join('; ')}  # next time: pin each thread to its own CPU in code${elsewhere}`;
}
