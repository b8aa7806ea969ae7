import type { Budget } from '../budget/budget.js';
import { cpuset, type Cpuset } from '../cpuset.js';
import type { Host } from '../machine/host.js';
import { giveOut } from './give-out.js';
import { idleCores, pickOwnCores } from './own-cores.js';
import { Board, pick } from './pick.js';
import { DEFAULT_POLICY, isInside, parsePolicy, type PlacementPolicy } from './policy.js';
import { reservedUnits } from './reserve.js';
import { domains, unitsOf, type Unit, type Units } from './units.js';

/** How places are chosen. */
export interface PlacementOptions {
  /** how places are chosen; default `physical` */
  policy?: PlacementPolicy | undefined;
  /**
   * worker i takes its CPUs from the i-th set, modulo their number, while enough of that set are free; otherwise from
   * elsewhere, if possible from CPUs that no other worker prefers; default: nothing is preferred
   */
  prefer?: readonly Cpuset[] | undefined;
  /** whether CPUs that are too few for one more worker go to workers, at most one to each; default false */
  giveOut?: boolean | undefined;
}

/** The part of a budget that decides places. */
export type PlacementBudget = Pick<Budget, 'threadsPerWorker' | 'reserve' | 'physical' | 'usable'>;

/**
 * The cpuset of each worker. Places do not overlap as long as they fit; a worker's CPUs are of one kind if enough of
 * one are free. Any further workers share: each takes the CPUs that have the fewest threads so far. The same input
 * yields the same places.
 * @param host the machine; only its allowed CPUs are used
 * @param budget how many threads each worker has, and how many CPUs it leaves for workers
 * @param workers how many places to choose
 * @param options default: `physical`, and no preference
 * @throws GovernorError BAD_INPUT for an unknown policy
 */
export function places(host: Host, budget: PlacementBudget, workers: number, options: PlacementOptions = {}): Cpuset[] {
  const policy = options.policy === undefined ? DEFAULT_POLICY : parsePolicy(options.policy);
  const { units, most } = shares(host, budget);
  const size = Math.min(budget.threadsPerWorker, most);
  const board = new Board(units);
  const separate = apart(board, Math.min(workers, Math.floor(most / size)), size, policy, options.prefer ?? []);
  const left = most - separate.length * size;
  const free = units.all.filter(unit => unit.load === 0);
  const grown =
    options.giveOut && separate.length === workers ? giveOut(separate, free, left, units.levels, policy) : separate;
  const found = grown.map(cpusOf);
  if (found.length < workers) found.push(...shared(board, workers - found.length, size, most, policy));
  return Array.from({ length: workers }, (_, i) => found[i % found.length]!);
}

/** As many places as fit without overlap, for workers that another program starts. */
export function distinctPlaces(host: Host, budget: Budget, options: PlacementOptions = {}): Cpuset[] {
  const most = Math.max(1, Math.floor(Math.max(1, budget.usable - budget.reserve.cpus) / budget.threadsPerWorker));
  return places(host, budget, Math.min(budget.cpuWorkers, most), options);
}

/**
 * The CPUs that the reserve keeps from all workers: of the least capable kind, first a CPU that has served at least
 * twice as many device interrupts as the others on average, then from the last core on.
 * @param host the machine
 * @param budget how many CPUs the reserve keeps
 * @returns with `physical` one CPU for each core that is kept; no worker gets the core's other CPUs either
 */
export function reservedCpus(host: Host, budget: PlacementBudget): Cpuset {
  return cpuset(shares(host, budget).reserved.map(unit => unit.cpu));
}

/** The units for workers, how many of them at most, and the units that the reserve keeps: never all. */
function shares(host: Host, budget: PlacementBudget): { units: Units; most: number; reserved: Unit[] } {
  const { all, levels } = unitsOf(host, budget.physical);
  const reserved = reservedUnits(host, all, Math.min(budget.reserve.cpus, all.length - 1), budget.threadsPerWorker > 1);
  const kept = new Set(reserved);
  const most = Math.max(1, Math.min(budget.usable, all.length) - budget.reserve.cpus);
  return { units: { all: all.filter(unit => !kept.has(unit)), levels }, most, reserved };
}

/** Places that do not overlap. */
function apart(
  board: Board,
  count: number,
  size: number,
  policy: PlacementPolicy,
  prefer: readonly Cpuset[],
): Unit[][] {
  const wanted = prefer.map(cpus => new Set(cpus));
  return Array.from({ length: count }, (_, i) => {
    const free = board.units.all.filter(unit => unit.load === 0);
    const share = size === 1 ? 1 : Math.floor(idleCores(board, free) / (count - i));
    const near = wanted.length > 0 ? free.filter(unit => wanted[i % wanted.length]!.has(unit.cpu)) : free;
    if (near.length >= size) return take(board, pickPlace(board, near, size, policy, share));
    const unwanted = free.filter(unit => !wanted.some(cpus => cpus.has(unit.cpu)));
    return take(board, pickPlace(board, unwanted.length >= size ? unwanted : free, size, policy, share));
  });
}

/** Only `close` puts threads of a worker on one core while other cores idle: those are its nearest CPUs. */
function pickPlace(board: Board, free: readonly Unit[], size: number, policy: PlacementPolicy, share: number): Unit[] {
  return size === 1 || policy === 'close'
    ? pick(board, free, size, policy)
    : pickOwnCores(board, free, size, policy, share);
}

/** Places of further workers, until all CPUs have the same number of threads and the places repeat. */
function shared(board: Board, count: number, size: number, most: number, policy: PlacementPolicy): Cpuset[] {
  const used = board.units.all.filter(unit => unit.load > 0);
  const unused = board.units.all.filter(unit => unit.load === 0);
  const more = most > used.length ? pick(board, unused, most - used.length, policy) : [];
  const chosen = new Set([...used, ...more]);
  const all = board.units.all.filter(unit => chosen.has(unit));
  const groups = sharingGroups(all, size, policy);
  const found: Cpuset[] = [];
  // Groups of different sizes may take long to become even; this many rounds come close.
  const enough = Math.min(count, 4 * all.length);
  while (found.length < enough && !even(groups.flat()))
    found.push(cpusOf(take(board, leastShared(board, groups, size, policy))));
  return found;
}

/** Groups that a worker stays within: one kind, and for `package`, `numa` and `l3` one of those, if large enough. */
function sharingGroups(all: readonly Unit[], size: number, policy: PlacementPolicy): Unit[][] {
  const enough = (groups: Unit[][]) => groups.filter(group => group.length >= size);
  const kinds =
    size > 1
      ? enough([...new Set(all.map(unit => unit.kind))].map(kind => all.filter(unit => unit.kind === kind)))
      : [];
  const groups = kinds.length > 0 ? kinds : [[...all]];
  const narrower = isInside(policy) ? enough(groups.flatMap(group => domains(group, policy))) : [];
  return narrower.length > 0 ? narrower : groups;
}

function even(units: readonly Unit[]): boolean {
  return units.every(unit => unit.load === units[0]!.load);
}

/** From the group with the fewest threads: its least loaded CPUs, and among equally loaded ones by the policy. */
function leastShared(board: Board, groups: readonly Unit[][], size: number, policy: PlacementPolicy): Unit[] {
  const least = (group: readonly Unit[]) =>
    group
      .map(unit => unit.load)
      .sort((a, b) => a - b)
      .slice(0, size);
  const sum = (loads: readonly number[]) => loads.reduce((a, b) => a + b, 0);
  const group = groups.reduce((best, one) => (sum(least(one)) < sum(least(best)) ? one : best));
  const limit = least(group).at(-1)!;
  const first = group.filter(unit => unit.load < limit);
  return [
    ...first,
    ...pick(
      board,
      group.filter(unit => unit.load === limit),
      size - first.length,
      policy,
    ),
  ];
}

function take(board: Board, units: Unit[]): Unit[] {
  board.take(units);
  return units;
}

function cpusOf(units: readonly Unit[]): Cpuset {
  return cpuset(units.map(unit => unit.cpu));
}
