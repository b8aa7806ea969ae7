import type { Budget } from '../budget/budget.js';
import type { ClaimRecord } from './claim.js';
import { intersect, subtract, union, type Cpuset } from '../cpuset.js';
import { allowedCpus, coresOf, restrictTo, type Host } from '../machine/host.js';
import { reservedCpus } from '../placement/places.js';
import { domainsBy } from '../placement/units.js';
import { budgetFor, placesFor, roomOf, wantedCpus, type PlaceRequest } from './place-request.js';
import { inTheWay, LAST, type WaitingClaim } from './queue.js';
import { dislikes, type Surroundings } from './surroundings.js';

/** The places that a program gets, and the host and budget from which they were chosen. */
export interface PlaceChoice {
  /** without the CPUs that others have claimed */
  host: Host;
  budget: Budget;
  places: Cpuset[];
  /** all CPUs of the places */
  cpus: Cpuset;
}

/** Why a program cannot get the CPUs that it asks for. */
export interface Shortage {
  /** CPUs that it may use, and nobody has claimed or waits for */
  free: Cpuset;
  /** how many CPUs it wants, or which */
  wanted: number | Cpuset;
  /** the CPUs that it may use, whoever has claimed them */
  among: Cpuset;
  /** who has claimed the others */
  holders: ClaimRecord[];
  /** who waits for some of them and came before it, in order of arrival */
  ahead: WaitingClaim[];
}

/**
 * Chooses places on CPUs that nobody else has claimed or waits for. If more of those are free than are needed, it
 * avoids the ones that other programs use.
 * @param claims all claims on the machine but its own; those that the request's environment names do not count
 * @param ticket its place among those that wait; default: behind all of them
 * @throws GovernorError BAD_INPUT
 */
export function choosePlaces(
  host: Host,
  request: PlaceRequest,
  claims: readonly ClaimRecord[],
  surroundings: Surroundings,
  ticket: number = LAST,
): PlaceChoice | Shortage {
  const fixed = typeof request.places !== 'string';
  const among = fixed ? union(request.places as readonly Cpuset[]) : allowedCpus(host);
  const { holders, ahead, taken } = inTheWay(claims, request.environment, among, ticket);
  const left = withFreeCpus(host, taken, surroundings.ledger);
  const short = (wanted: Shortage['wanted']): Shortage => ({ free: allowedCpus(left), wanted, among, holders, ahead });
  if (!fixed && allowedCpus(left).length === 0) return short(leastWanted(host, request.budget));
  const budget = budgetFor(left, request);
  if (!fixed && left !== host && lacksRoom(budget, () => budgetFor(host, request))) return short(wantedCpus(budget));
  const chosen = fixed ? left : withoutDisliked(left, dislikes(host, surroundings, taken), request, budget);
  const places = placesFor(chosen, request, budget);
  const cpus = union(places);
  return intersect(cpus, taken).length > 0 ? short(cpus) : { host: left, budget, places, cpus };
}

/**
 * The places of a request on a host whose claims do not count.
 * @throws GovernorError BAD_INPUT
 */
export function placesIgnoringClaims(host: Host, request: PlaceRequest): PlaceChoice {
  const budget = budgetFor(host, request);
  const places = placesFor(host, request, budget);
  return { host, budget, places, cpus: union(places) };
}

/**
 * Whether it makes a difference which CPUs other programs use: more CPUs are free than the request needs.
 * @throws GovernorError BAD_INPUT
 */
export function leavesChoice(
  host: Host,
  request: PlaceRequest,
  claims: readonly ClaimRecord[],
  ticket: number = LAST,
): boolean {
  if (typeof request.places !== 'string' || request.near !== undefined) return false;
  const left = withFreeCpus(host, inTheWay(claims, request.environment, allowedCpus(host), ticket).taken, '');
  return allowedCpus(left).length > 0 && spareGroups(left, request, budgetFor(left, request)) > 0;
}

/** The host with only those allowed CPUs that nobody has claimed. */
function withFreeCpus(host: Host, taken: Cpuset, source: string): Host {
  const value = subtract(allowedCpus(host), taken);
  return value.length === allowedCpus(host).length
    ? host
    : { ...restrictTo(host, value), limits: { ...host.limits, free: { value, source } } };
}

/** The least number of CPUs that a request can do with; with `physical`, cores. */
function leastWanted(host: Host, { workers = 1, threadsPerWorker = 1 }: PlaceRequest['budget']): number {
  return Math.min(workers * threadsPerWorker, allowedCpus(host).length);
}

/** Whether claims leave too few CPUs. Workers that are too many for the whole host share its CPUs, claims or not. */
function lacksRoom(budget: Budget, ofWholeHost: () => Budget): boolean {
  const [wanted, room] = [wantedCpus(budget), roomOf(budget)];
  return room < wanted && room < roomOf(ofWholeHost());
}

/**
 * Leaves out the CPUs that other programs use most, as many as can be spared, as long as no place has to span more
 * domains for it: NUMA nodes, or what the policy keeps a worker in.
 */
function withoutDisliked(
  host: Host,
  disliked: ReadonlyMap<number, number>,
  request: PlaceRequest,
  budget: Budget,
): Host {
  const spare = spareGroups(host, request, budget);
  const worst = dislikedGroups(host, disliked, budget.physical);
  if (spare === 0 || worst.length === 0) return host;
  const without = (groups: readonly Cpuset[]) => restrictTo(host, subtract(allowedCpus(host), union(groups)));
  const domainOf = domainsBy(host, request.policy);
  if (new Set(allowedCpus(host).map(domainOf)).size === 1) return without(worst.slice(0, spare));
  const spanned = (one: Host) =>
    placesFor(one, request, budget).reduce((sum, place) => sum + new Set(place.map(domainOf)).size, 0);
  const least = spanned(host);
  const left: Cpuset[] = [];
  for (const group of worst) {
    if (left.length < spare && spanned(without([...left, group])) <= least) left.push(group);
  }
  return left.length === 0 ? host : without(left);
}

/** Groups of CPUs that are disliked more than others, those that are disliked most first. */
function dislikedGroups(host: Host, disliked: ReadonlyMap<number, number>, physical: boolean): Cpuset[] {
  const scored = groupsOf(host, physical).map(group => ({
    group,
    score: group.reduce((sum, cpu) => sum + (disliked.get(cpu) ?? 0), 0),
  }));
  const least = Math.min(...scored.map(({ score }) => score));
  const more = scored.filter(({ score }) => score > least);
  return more.sort((a, b) => b.score - a.score).map(({ group }) => group);
}

/** How many groups of CPUs neither the places nor the reserve take. */
function spareGroups(host: Host, request: PlaceRequest, budget: Budget): number {
  const needed = neededCpus(host, request, budget) + reservedCpus(host, budget).length;
  return Math.max(0, groupsOf(host, budget.physical).length - needed);
}

/** How many CPUs the places take together; with `physical`, cores. */
function neededCpus(host: Host, request: PlaceRequest, budget: Budget): number {
  const size = Math.min(budget.threadsPerWorker, roomOf(budget));
  const fitting = Math.floor(roomOf(budget) / size);
  if (request.places === 'distinct') return Math.min(budget.cpuWorkers, fitting) * size;
  if (budget.workers <= fitting) return budget.workers * size;
  return union(placesFor(host, request, budget)).length; // which CPUs workers share depends on their kinds and domains
}

/** What is counted: each CPU, or with `physical` the CPUs of each core together. */
function groupsOf(host: Host, physical: boolean): Cpuset[] {
  const allowed = host.cpus.filter(cpu => cpu.allowed);
  return physical ? coresOf(allowed).map(core => core.map(({ cpu }) => cpu)) : allowed.map(({ cpu }) => [cpu]);
}
