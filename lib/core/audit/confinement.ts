import type { AuditedProcess } from './audited.js';
import { formatCpulist, subtract, type Cpuset } from '../cpuset.js';
import { CHOSEN_CPUS } from '../machine/chosen-cpus.js';
import { coresOf, onlineCpus, onlineInCpuset } from '../machine/host.js';
import { cpuWords } from '../text.js';
import { affinityOf, mainThread, type Audited } from './findings/common/input.js';
import { launcherOf, type Launcher, type Link } from './launchers.js';

/** Who confined a process to few CPUs, and what undoes it. */
export interface Confinement {
  /** the process that was confined: this one, or the ancestor from which it has inherited that */
  pid: number;
  /** who did it, as a part of a sentence */
  words: string;
  /** whether a launcher's binding did it, not a person's pin */
  launcher: boolean;
  /**
   * a line to paste that frees the running processes, and in a comment how to start them next time
   * @param needs.threads that the confined process and what it has started compute with at once
   * @param needs.usable the CPUs that it may use then
   */
  fix: (needs: { threads: number; usable: Cpuset }) => string;
}

/** Finds the highest ancestor that is confined to these CPUs, and concludes from it and its parent who did that. */
export function confinementOf(process: AuditedProcess, cpus: Cpuset, audited: Audited): Confinement {
  const chain = chainOf(process, audited);
  const wider = chain.findIndex(link => !isWithin(link.cpus, cpus));
  const confined = wider < 0 ? chain : chain.slice(0, Math.max(1, wider));
  const first = confined.at(-1)!;
  const parent = wider < 0 ? null : (chain[wider] ?? null);
  const { words, launcher, next, canFree } = causeOf(first, parent, cpus, wider < 0);
  const areOthers = onlineInCpuset(audited.host).length > cpus.length;
  const inherited = first.pid === process.pid ? '' : ', and what it starts inherits that';
  const pids = [
    ...audited.processes.filter(other => isWithin(mainCpus(other), cpus)).map(other => other.pid),
    ...audited.ancestors.filter(({ pid }) => pid !== 1 && confined.some(link => link.pid === pid)).map(one => one.pid),
  ];
  return {
    pid: first.pid,
    words: words + inherited,
    launcher,
    fix: needs => {
      const cores = coresOf(audited.host.cpus.filter(({ cpu }) => needs.usable.includes(cpu))).length;
      const advice = next({ threads: needs.threads, cores }, chain);
      return canFree && areOthers ? `${freeing(pids, needs.usable)}  # next time: ${advice}` : advice;
    },
  };
}

interface Cause {
  words: string;
  launcher: boolean;
  /** how to start it next time */
  next: (needs: { threads: number; cores: number }, chain: readonly Link[]) => string;
  /** whether the running processes may be given other CPUs, if there are any */
  canFree: boolean;
}

function causeOf(first: Link, parent: Link | null, cpus: Cpuset, reachesTop: boolean): Cause {
  const who = `${first.command} (pid ${first.pid})`;
  const pin = (words: string, next: string): Cause => ({ words, launcher: false, next: () => next, canFree: true });
  const launcher = launcherOf(first, parent, cpus);
  if (launcher) return ofLauncher(launcher, first, parent);
  if (first.environment?.[CHOSEN_CPUS] === formatCpulist(cpus))
    return pin(`the governor started ${who} on ${cpuWords(cpus)}`, 'with more CPUs for it');
  if (reachesTop) return pin(`${who} has that affinity`, 'without that affinity');
  if (parent && (parent.pid === 1 || parent.command === 'systemd'))
    return pin(`${parent.command} (pid ${parent.pid}) started ${who} so`, 'without CPUAffinity= in its unit');
  return pin(
    `${who} was pinned, or pinned itself (taskset, numactl, governor pin, sched_setaffinity)` +
      (parent ? `: its parent ${parent.command} (pid ${parent.pid}) may use more` : ''),
    'without that pin, or by governor run',
  );
}

function ofLauncher(launcher: Launcher, first: Link, parent: Link | null): Cause {
  const by = parent ? `${parent.command} (pid ${parent.pid})` : launcher.name;
  return {
    words: `${by} bound the rank ${first.command} (pid ${first.pid}): ${launcher.evidence}`,
    launcher: true,
    next: launcher.restart,
    canFree: launcher.ownsMore,
  };
}

/** `taskset -pac 0-3 12`, which changes all threads of a process. */
function freeing(pids: readonly number[], usable: Cpuset): string {
  const list = formatCpulist(usable);
  return pids.length === 1
    ? `taskset -pac ${list} ${pids[0]}`
    : `for pid in ${pids.join(' ')}; do taskset -pac ${list} $pid; done`;
}

/** The process, its ancestors in the tree, and those above the root. */
function chainOf(process: AuditedProcess, audited: Audited): Link[] {
  const chain: Link[] = [];
  const byPid = new Map(audited.processes.map(one => [one.pid, one]));
  let current: AuditedProcess | undefined = process;
  while (current && !chain.some(link => link.pid === current!.pid)) {
    const { pid, ppid, command, commandLine, environment } = current;
    chain.push({ pid, command, commandLine, environment, cpus: mainCpus(current) });
    current = byPid.get(ppid);
  }
  return [...chain, ...audited.ancestors.map(one => ({ ...one, commandLine: [], cpus: one.affinity }))];
}

/** What a child inherits, if the main thread starts it. */
function mainCpus(process: AuditedProcess): Cpuset {
  return mainThread(process)?.affinity ?? affinityOf(process);
}

function isWithin(cpus: Cpuset, than: Cpuset): boolean {
  return cpus.length > 0 && subtract(cpus, than).length === 0;
}

/**
 * CPUs that the program could use if nobody had confined it: those of its control group, or of the whole machine if
 * Slurm made that group from what the job asked for.
 */
export function usableUnconfined({ host }: Pick<Audited, 'host'>): Cpuset {
  return /slurm/.test(host.limits.cpuset?.source ?? '') ? onlineCpus(host) : onlineInCpuset(host);
}
