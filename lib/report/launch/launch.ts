import { formatCpulist, type Cpuset } from '../../core/cpuset.js';
import { coresOf, type Cpu, type Host } from '../../core/machine/host.js';
import type { LaunchPlan, PlannedRank } from '../../core/launch/launch-plan.js';
import type { RankExit, RankFailure } from '../../core/launch/lifecycle.js';
import { shellQuote } from '../../core/shell.js';
import { count, cpuWords, joinAnd, plural } from '../../core/text.js';
import type { PinDrift, PinVerification } from '../../core/launch/verification.js';
import { printable } from '../printable.js';

/**
 * The CPUs of each rank in the format of mpirun --report-bindings: brackets for each package, a slash between cores, a
 * B for each CPU of the rank; then the variables that all ranks get, and those of each rank.
 */
export function formatPlan(plan: LaunchPlan): string {
  const common = commonVariables(plan.ranks);
  return [
    ...plan.ranks.map(rank => rankLine(plan.host, rank)),
    '',
    'Every rank:',
    ...common.map(([name, value]) => `  ${name}=${shellQuote(value)}`),
    ...plan.ranks.map(
      rank =>
        `Rank ${rank.rank}: ${ownVariables(rank, common)
          .map(([name, value]) => `${name}=${shellQuote(value)}`)
          .join(' ')}`,
    ),
  ].join('\n');
}

function rankLine(host: Host, { rank, place, memoryNode }: PlannedRank): string {
  const memory = memoryNode === null ? '' : `, memory of NUMA node ${memoryNode}`;
  return `rank ${rank}: ${cpuWords(place)}${memory} ${bindings(host, place)}`;
}

/** `[B./../..][../../..]` */
export function bindings(host: Host, place: Cpuset): string {
  const mine = new Set(place);
  const packages = new Map<number | null, Cpu[]>();
  for (const cpu of host.cpus.filter(one => one.online))
    packages.set(cpu.package, [...(packages.get(cpu.package) ?? []), cpu]);
  const core = (cpus: readonly Cpu[]) => cpus.map(({ cpu }) => (mine.has(cpu) ? 'B' : '.')).join('');
  return [...packages.values()].map(cpus => `[${coresOf(cpus).map(core).join('/')}]`).join('');
}

type Variable = [name: string, value: string];

function commonVariables(ranks: readonly PlannedRank[]): Variable[] {
  const [first, ...rest] = ranks;
  return first
    ? Object.entries(first.variables).filter(([name, value]) => rest.every(rank => rank.variables[name] === value))
    : [];
}

function ownVariables({ variables }: PlannedRank, common: readonly Variable[]): Variable[] {
  const shared = new Set(common.map(([name]) => name));
  return Object.entries(variables).filter(([name]) => !shared.has(name));
}

/** `12 ranks, 24 threads, 12 computing; every thread is in its rank's place, and no two ranks share a place` */
export function formatVerification({ ranks, threads, computing, sharing, drifts }: PinVerification): string {
  const checked = `${count(ranks, 'rank')}, ${count(threads, 'thread')}, ${computing} computing`;
  if (drifts.length > 0) return `${checked}; not as planned:`;
  const places = sharing ? '; ranks share CPUs, because there are too few' : ', and no two ranks share a place';
  return `${checked}; every thread is in its rank's place${places}`;
}

/** @param who what to call the ranks: a run has workers */
export function formatDrift(drift: PinDrift, who: 'rank' | 'worker' = 'rank'): string {
  switch (drift.kind) {
    case 'outside-place':
      return (
        `${who} ${drift.rank} has ${count(drift.tids.length, 'thread')} outside its place ` +
        `${formatCpulist(drift.place)}: allowed on ${formatCpulist(drift.affinity)} ` +
        '(a library pinned them, or a CPU was taken away); --enforce puts them back'
      );
    case 'place-lost':
      return (
        `${who} ${drift.rank}: ${cpuWords(drift.lost)} of its place ${formatCpulist(drift.place)} ` +
        `${plural(drift.lost.length, 'is', 'are')} offline or no longer allowed; --enforce replaces them`
      );
    case 'place-back':
      return (
        `${who} ${drift.rank} is back on its place ${formatCpulist(drift.place)}, ` +
        `instead of ${formatCpulist(drift.instead)}`
      );
    case 'place-regained':
      return (
        `${who} ${drift.rank} has ${cpuWords(drift.place)} now, which may be used again, ` +
        `instead of ${formatCpulist(drift.instead)}`
      );
    case 'place-twice':
      return `${who}s ${joinAnd(drift.ranks)} overlap on ${cpuWords(drift.cpus)}`;
    case 'too-many-threads':
      return (
        `${who} ${drift.rank} computes with ${drift.computing} threads, budgeted ${drift.budgeted}: ` +
        'set in code; governor audit PID shows by which library'
      );
  }
}

/**
 * Which rank failed, when and why; null if none did.
 * @param ended whether the other ranks were terminated because of it
 * @param notStarted the reason for the errno and the system call of a program that could not be started
 */
export function formatFailures(
  failures: readonly RankFailure[],
  ranks: number,
  ended: boolean,
  notStarted: (errno: number, syscall: string) => string,
): string | null {
  const [first] = failures;
  if (!first) return null;
  const others = ranks - 1;
  const more = failures.length > 1 ? `; ${failures.length - 1} more failed` : '';
  const terminated = others === 1 ? '; the other was terminated' : `; the other ${others} were terminated`;
  const rest = others === 0 ? '' : ended ? terminated : more;
  const what = first.exit ? `ended with ${exitText(first.exit)}` : 'could not be started';
  const reason = first.exit ? '' : `: ${notStarted(first.errno ?? 0, first.syscall ?? 'execve')}`;
  return `rank ${first.rank} ${what} after ${first.at.toFixed(1)} s${rest}${reason}`;
}

export function exitText({ code, signal }: RankExit): string {
  return signal === null ? `exit status ${code}` : printable(signal);
}
