import { formatCpulist, type Cpuset } from '../../core/cpuset.js';
import { coresOf, type Cpu, type Host } from '../../core/machine/host.js';
import type { LaunchPlan, PlannedRank } from '../../core/launch/launch-plan.js';
import type { RankExit, RankFailure } from '../../core/launch/lifecycle.js';
import { shellQuote } from '../../core/shell.js';
import type { PinDrift, PinVerification } from '../../core/launch/verification.js';
import { printable } from '../printable.js';

/**
 * Who gets which CPUs, in the way of mpirun --report-bindings: a bracket for each package, a slash between cores, a B for
 * each CPU of the rank; then what each rank has in its environment, first what all have.
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
  return `rank ${rank}: CPU${place.length === 1 ? '' : 's'} ${formatCpulist(place)}${memory} ${bindings(host, place)}`;
}

/** "[B./../..][../../..]" */
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

/** "12 ranks, 24 threads, 12 computing; every thread is in its rank's place, and no place is had twice" */
export function formatVerification({ ranks, threads, computing, sharing, drifts }: PinVerification): string {
  const seen = `${count(ranks, 'rank')}, ${count(threads, 'thread')}, ${computing} computing`;
  if (drifts.length > 0) return `${seen}; not as planned:`;
  return `${seen}; every thread is in its rank's place${sharing ? '; ranks share CPUs, since there are too few' : ', and no place is had twice'}`;
}

/** @param who the drift is about: ranks, or the workers of a run */
export function formatDrift(drift: PinDrift, who: 'rank' | 'worker' = 'rank'): string {
  switch (drift.kind) {
    case 'outside-place':
      return `${who} ${drift.rank} has ${count(drift.tids.length, 'thread')} outside of its place ${formatCpulist(drift.place)}: allowed on ${formatCpulist(drift.affinity)} (a library has pinned them itself, or a CPU was taken away); --enforce puts them back`;
    case 'place-lost':
      return `${who} ${drift.rank}: CPU${drift.lost.length === 1 ? '' : 's'} ${formatCpulist(drift.lost)} of its place ${formatCpulist(drift.place)} ${drift.lost.length === 1 ? 'is' : 'are'} offline or not allowed any more; --enforce gives it others`;
    case 'place-back':
      return `${who} ${drift.rank} has its place ${formatCpulist(drift.place)} back, and ${formatCpulist(drift.instead)} no longer`;
    case 'place-twice':
      return `${who}s ${drift.ranks.join(', ')} have CPUs ${formatCpulist(drift.cpus)} together`;
    case 'too-many-threads':
      return `${who} ${drift.rank} computes with ${drift.computing} threads, budgeted ${drift.budgeted}: it sets them in code (governor audit tells whose they are)`;
  }
}

/**
 * Which rank, when and why; null where all went well.
 * @param ended the others were ended because of it
 * @param notStarted what the kernel says where it does not start a program
 */
export function formatFailures(
  failures: readonly RankFailure[],
  ranks: number,
  ended: boolean,
  notStarted: (errno: number) => string,
): string | null {
  const [first] = failures;
  if (!first) return null;
  const others = ranks - 1;
  const more = failures.length > 1 ? `; ${failures.length - 1} more failed` : '';
  const rest = others === 0 ? '' : ended ? `; the other${others === 1 ? ' was' : ` ${others} were`} ended` : more;
  return `rank ${first.rank} ${first.exit ? `ended with ${exitText(first.exit)}` : `could not be started: ${notStarted(first.errno ?? 0)}`} after ${first.at.toFixed(1)} s${rest}`;
}

export function exitText({ code, signal }: RankExit): string {
  return signal === null ? `exit status ${code}` : printable(signal);
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? '' : 's'}`;
}
