import type { Budget } from '../budget/budget.js';
import { CLAIM, type ClaimRecord } from './claim.js';
import { intersect, subtract, union, type Cpuset } from '../cpuset.js';
import { allowedCpus, coresOf, type Host } from '../machine/host.js';
import { reservedCpus } from '../placement/places.js';
import { dislikes, type Surroundings } from './surroundings.js';
import type { Environment } from '../environment.js';

/** How a program asks for CPUs. Both functions are asked again for what is left of a host. */
export interface PlacePlan {
  budget(host: Host): Budget;
  places(host: Host, budget: Budget): Cpuset[];
  /** the places are what they are, whatever is left: their CPUs are free, or they are refused */
  fixed?: boolean | undefined;
}

/** What a program gets: its places, and the host and the budget that they are chosen by. */
export interface PlaceChoice {
  host: Host;
  budget: Budget;
  places: Cpuset[];
  /** all CPUs of the places */
  cpus: Cpuset;
}

/** Why a program cannot have what it wants. */
export interface Shortage {
  /** of the CPUs that it may use, those that nobody has */
  free: Cpuset;
  /** how many it wants, or the very CPUs */
  wanted: number | Cpuset;
  /** who has the others */
  holders: ClaimRecord[];
}

/** The claims that stand in a program's way: all but those that it is inside of. */
export function othersClaims(claims: readonly ClaimRecord[], environment: Environment): ClaimRecord[] {
  const ours = new Set(environment[CLAIM]?.split(','));
  return claims.filter(claim => !ours.has(claim.name));
}

/** The host with only those allowed CPUs that nobody has claimed. */
export function withFreeCpus(host: Host, taken: Cpuset, source: string): Host {
  const value = subtract(allowedCpus(host), taken);
  return value.length === allowedCpus(host).length
    ? host
    : { ...narrowed(host, value), limits: { ...host.limits, free: { value, source } } };
}

/**
 * Places on CPUs that nobody has claimed; where there are more of those than it takes, on such as strangers leave alone.
 * @param claims of others
 * @param source where the claims stand, for people
 */
export function choosePlaces(
  host: Host,
  plan: PlacePlan,
  claims: readonly ClaimRecord[],
  surroundings: Surroundings,
  source: string,
): PlaceChoice | Shortage {
  const taken = union(claims.map(claim => claim.cpus));
  const left = withFreeCpus(host, taken, source);
  const free = allowedCpus(left);
  const short = (wanted: Shortage['wanted']): Shortage => ({
    free,
    wanted,
    holders: claims.filter(claim => intersect(claim.cpus, allowedCpus(host)).length > 0),
  });
  if (free.length === 0) return short(1);
  const budget = plan.budget(left);
  if (!plan.fixed && left !== host && room(budget) < Math.min(wantedUnits(budget), room(plan.budget(host))))
    return short(wantedUnits(budget));
  const first = plan.places(left, budget);
  const chosen = plan.fixed
    ? left
    : withoutDisliked(left, dislikes(host, surroundings, taken), budget, union(first).length);
  const places = chosen === left ? first : plan.places(chosen, budget);
  const cpus = union(places);
  return intersect(cpus, taken).length > 0 ? short(cpus) : { host: left, budget, places, cpus };
}

/** Whether more CPUs are allowed than the places and the reserve take. */
export function leavesChoice(host: Host, plan: PlacePlan): boolean {
  const budget = plan.budget(host);
  return neededUnits(host, budget, union(plan.places(host, budget)).length) < groupsOf(host, budget.physical).length;
}

/** Leaves out the CPUs that are disliked most, as many as can be spared. */
function withoutDisliked(host: Host, disliked: ReadonlyMap<number, number>, budget: Budget, cpus: number): Host {
  const groups = groupsOf(host, budget.physical);
  const spare = groups.length - neededUnits(host, budget, cpus);
  const scored = groups.map(group => ({ group, score: group.reduce((sum, cpu) => sum + (disliked.get(cpu) ?? 0), 0) }));
  const least = Math.min(...scored.map(({ score }) => score));
  const worst = scored
    .filter(({ score }) => score > least)
    .sort((a, b) => b.score - a.score)
    .slice(0, Math.max(0, spare));
  return worst.length === 0
    ? host
    : narrowed(host, subtract(allowedCpus(host), union(worst.map(({ group }) => group))));
}

/** What is counted: CPUs, or the CPUs of a core together. */
function groupsOf(host: Host, physical: boolean): Cpuset[] {
  const allowed = host.cpus.filter(cpu => cpu.allowed);
  return physical ? coresOf(allowed).map(core => core.map(({ cpu }) => cpu)) : allowed.map(({ cpu }) => [cpu]);
}

function neededUnits(host: Host, budget: Budget, cpus: number): number {
  return cpus + reservedCpus(host, budget).length;
}

function wantedUnits({ workers, threadsPerWorker }: Budget): number {
  return workers * threadsPerWorker;
}

function room({ usable, reserve }: Budget): number {
  return Math.max(1, usable - reserve.cpus);
}

function narrowed(host: Host, to: Cpuset): Host {
  const left = new Set(to);
  return { ...host, cpus: host.cpus.map(cpu => ({ ...cpu, allowed: left.has(cpu.cpu) })) };
}
