import type { AuditedPool, AuditedProcess, AuditedThread } from './audited.js';
import { computeBudget } from '../budget/budget.js';
import { threadEnvironment } from '../budget/thread-environment.js';
import { pinningVariables } from '../budget/thread-variables.js';
import { subtract, union, type Cpuset } from '../cpuset.js';
import type { Environment } from '../environment.js';
import type { AuditLever } from './levers/lever.js';
import { programLever } from './levers/program-levers.js';
import { withOption } from './levers/program.js';
import { confinedCommand, type PulledLever } from './levers/pull.js';
import { loneCrew, shareCpus, type CpuShares } from './levers/share-cpus.js';
import { missingTeam } from './levers/team.js';
import { threadLevers } from './levers/thread-levers.js';
import { workerLever } from './levers/worker-levers.js';
import { libraryNamed } from './libraries.js';
import { allowedCpus, effectiveCpus, onlineCpus, onlineInCpuset, restrictTo, type Host } from '../machine/host.js';
import { reservedCpus } from '../placement/places.js';
import type { StartedCommand } from '../processes/start-facts.js';
import { lineIn, shellLine } from '../shell.js';
import { wantOf } from './levers/need.js';
import { tooMuch, type MeasuredDemand } from './verdict.js';

/** What to set so that the program fits its CPUs; `formatFix` turns it into text. */
export interface AuditFix {
  /**
   * one shell line that applies `variables`, `unset` and the options among `levers`; null if there is nothing that a
   * command could apply, or if it is not known how the program was started
   */
  command: string | null;
  /** what to set, the number of workers first, then the threads of the pools that want most CPUs */
  levers: AuditLever[];
  /** why there is nothing to set although the program wants too much; null if there is */
  remark: string | null;
  /** the variables among `levers` */
  variables: Record<string, string>;
  /** variables to remove: they make a library pin threads */
  unset: string[];
  /** the processes that do the work */
  workers: {
    /** how many there are */
    now: number;
    /** how many to start; the same number if they fit, or if it is one process without workers */
    start: number;
    /** what sets that number: an option, a variable, or code; null if they fit, or that is unknown */
    option: string | null;
  };
  /** threads that each worker should have */
  threadsPerWorker: number;
  /** threads to expect in the whole tree after the fix */
  expectedThreads: number;
  /** CPUs for the whole tree: the allowed ones, minus the reserve if the workers fit into the rest */
  cpus: Cpuset;
  /** CPU time for the whole tree, in CPUs: the current limit; null if there is none */
  quota: number | null;
  /** the program and its arguments, with the options among `levers`; null if it is not known how it was started */
  program: string[] | null;
  /** `governor run`, its options and the program; unlike `command` it changes no variables; null as `program` */
  run: string[] | null;
  /** the directory to start it in; null: that of this process, or unknown */
  directory: string | null;
}

/** What the audit knows about the program that needs a fix. */
export interface Ailing extends Pick<MeasuredDemand, 'verdict' | 'cpus'> {
  /** the machine as the program sees it */
  host: Host;
  /** how its user would start it; null: no command can be trusted */
  start: StartedCommand | null;
  /** variables of the shell that started it; null or left out: those of its processes */
  startedWith?: Environment | null | undefined;
  /** the root first */
  processes: readonly AuditedProcess[];
  pools: readonly AuditedPool[];
}

/**
 * What to set so that the program fits this machine, replacing its own values. If it does not want too much: a team for
 * a process that computes alone while CPUs are idle.
 */
export function fixFor(ailing: Ailing): AuditFix {
  const { processes, verdict, start, startedWith } = ailing;
  const unset = pinningNames(processes);
  const host = unset.length > 0 ? withoutAffinity(ailing.host) : ailing.host;
  const allowed = unset.length > 0 ? allowedCpus(host) : union([allowedCpus(host), ailing.cpus]);
  const quota = host.limits.quota?.value ?? null;
  const cpus = effectiveCpus(allowed.length, quota);
  const lone = tooMuch(verdict) ? null : missingTeam(processes, cpus);
  const shared = shareCpus(processes, cpus, unset.length === 0);
  const shares = lone ? { ...shared, main: loneCrew(lone.process), start: 1, threads: lone.threads } : shared;
  const { levers, remark } = tooMuch(verdict)
    ? leversFor(ailing, shares)
    : { levers: lone?.levers ?? [], remark: null };
  const environment = startedWith ?? shares.main.processes[0]!.environment ?? processes[0]!.environment ?? {};
  const variables = variablesOf(levers);
  const directory = start?.directory ?? null;
  const program = start ? confinedCommand(levers, withOptions(start.words, levers)) : null;
  const run = program && ['governor', 'run', ...runOptions(host, shares), '--', ...program];
  const workers = levers.find(lever => lever.of === 'workers');
  const command = commandFor(levers, variables, unset, environment, shares, program, run, start?.words ?? null);
  return {
    command: command && lineIn(directory, command),
    levers: levers.map(({ variable: _, option: __, ...lever }) => lever),
    remark,
    variables,
    unset,
    workers: { now: shares.main.members.length, start: shares.start, option: workers?.set ?? null },
    threadsPerWorker: shares.threads,
    expectedThreads: shares.start * shares.threads + othersOf(processes, shares),
    cpus: cpusFor(host, allowed, shares),
    quota,
    program,
    run,
    directory,
  };
}

function leversFor(
  { host, processes, pools, verdict }: Ailing,
  shares: CpuShares,
): { levers: PulledLever[]; remark: string | null } {
  const { main, others, start, threads, othersThreads } = shares;
  const online = onlineCpus(host).length;
  const wanted = wantOf(processes);
  const found = [
    threadLevers(main, pools, threads, online, wanted),
    ...others.map(crew => threadLevers(crew, pools, othersThreads, online, wanted)),
  ];
  const tooMany = start < main.members.length;
  const workers = tooMany
    ? workerLever(
        main.members.map(member => member[0]!),
        processes,
        start,
      )
    : null;
  const levers = [...(workers ? [workers] : []), ...distinct(found.flatMap(one => one.levers))];
  // Stacked workers need other CPUs, not fewer threads: the finding says how.
  if (levers.length > 0 || tooMany || verdict === 'stacked') return { levers, remark: null };
  if (verdict === 'throttled by quota' && found.every(one => one.none.length === 0))
    return { levers, remark: 'nothing to set: its threads are as few as can be, and the quota is less than they want' };
  return { levers, remark: "nothing more to set: these threads are started by the program's own code" };
}

/** One lever for each setting; of one variable with two values, the smaller value. */
function distinct(levers: readonly PulledLever[]): PulledLever[] {
  const bySetting = new Map<string, PulledLever>();
  for (const lever of levers) {
    const key = lever.variable?.name ?? lever.set;
    const known = bySetting.get(key);
    if (!known || lever.value < known.value) bySetting.set(key, lever);
  }
  return [...bySetting.values()];
}

function variablesOf(levers: readonly PulledLever[]): Record<string, string> {
  return Object.fromEntries(levers.flatMap(({ variable }) => (variable ? [[variable.name, variable.value]] : [])));
}

/** The command line with the options that belong to its program. */
function withOptions(command: readonly string[], levers: readonly PulledLever[]): string[] {
  return levers.reduce<string[]>(
    (words, { option, owner, of, value }) =>
      option && isProgram(owner, of, words) ? withOption(option, words, value) : words,
    [...command],
  );
}

function isProgram(owner: string, of: AuditLever['of'], words: readonly string[]): boolean {
  return programLever(words, of)?.name === owner || programLever(words, 'workers')?.name === owner;
}

/** `run` gives one process with a team all CPUs only if it knows that there is one. */
function runOptions(host: Host, { start, threads }: CpuShares): string[] {
  if (threads === 1) return [];
  const reserve = computeBudget(host, { workers: start }).threadsPerWorker === threads ? [] : ['--reserve', '0'];
  return [...reserve, '--workers', String(start)];
}

/** Under `governor run` if that sets something; the program itself with other options if only those are to change. */
function commandFor(
  levers: readonly PulledLever[],
  variables: Readonly<Record<string, string>>,
  unset: readonly string[],
  environment: Environment,
  shares: CpuShares,
  program: readonly string[] | null,
  run: readonly string[] | null,
  before: readonly string[] | null,
): string | null {
  if (!program || !run) return null;
  const governed = unset.length > 0 || levers.some(({ kind, set }) => kind === 'variable' || set === 'governor run');
  if (!governed) return shellLine(program) === shellLine(before ?? []) ? null : shellLine(program);
  const byRun = threadEnvironment({ workers: shares.start, threads: shares.threads }, {}).set;
  const differ = Object.entries(variables).filter(([name, value]) => byRun[name] !== value);
  const kept = Object.keys(variables).filter(
    name => byRun[name] === variables[name] && (environment[name] ?? '') !== '' && environment[name] !== byRun[name],
  );
  const words = [
    ...[...kept, ...unset].flatMap(name => ['-u', name]),
    ...differ.map(([name, value]) => `${name}=${value}`),
  ];
  return shellLine([...(words.length > 0 ? ['env', ...words] : []), ...run]);
}

/** Threads that the fix does not change: those of other processes, and threads that do not compute. */
function othersOf(processes: readonly AuditedProcess[], { main }: CpuShares): number {
  const computes = ({ owner }: AuditedThread) =>
    owner.library === 'main' || (libraryNamed(owner.library)?.computes ?? true);
  const all = processes.reduce((sum, { threads }) => sum + threads.length, 0);
  return all - main.processes.reduce((sum, { threads }) => sum + threads.filter(computes).length, 0);
}

function pinningNames(processes: readonly AuditedProcess[]): string[] {
  const names = processes.flatMap(({ environment }) => pinningVariables(environment ?? {}).map(({ name }) => name));
  return [...new Set(names)];
}

/** The host without the program's affinity: a variable narrowed it, and the fix removes that variable. */
function withoutAffinity(host: Host): Host {
  return { ...restrictTo(host, onlineInCpuset(host)), limits: { ...host.limits, affinity: null } };
}

function cpusFor(host: Host, allowed: Cpuset, { start, threads }: CpuShares): Cpuset {
  const rest = subtract(allowed, reservedCpus(host, computeBudget(host)));
  return start * threads <= rest.length ? rest : allowed;
}
