import { CLAIM, LARGEST_TICKET, type ClaimRecord, type WaitRecord } from './claim.js';
import { intersect, subtract, union, type Cpuset } from '../cpuset.js';
import type { Environment } from '../environment.js';

/** A claim that waits for its CPUs. */
export interface WaitingClaim extends ClaimRecord {
  /** what it waits for */
  waiting: WaitRecord;
}

/** The place of somebody who has not begun to wait: behind everybody. */
export const LAST = Infinity;

/** What is in a program's way. */
export interface InTheWay {
  /** claims on CPUs */
  holders: ClaimRecord[];
  /** those that wait for CPUs that it may use too, and came before it, in order of arrival */
  ahead: WaitingClaim[];
  /** the CPUs that it cannot have now */
  taken: Cpuset;
}

/** Those that wait, in order of arrival. */
export function waitingClaims(claims: readonly ClaimRecord[]): WaitingClaim[] {
  return claims
    .filter((claim): claim is WaitingClaim => claim.waiting !== null)
    .sort((a, b) => a.waiting.ticket - b.waiting.ticket || (a.name < b.name ? -1 : 1));
}

/** The claims that are in a program's way: all but those that it runs in. */
export function othersClaims(claims: readonly ClaimRecord[], environment: Environment): ClaimRecord[] {
  const ours = new Set(environment[CLAIM]?.split(','));
  return claims.filter(claim => !ours.has(claim.name));
}

/**
 * What is in the way of a program that may use these CPUs. CPUs of claims that it runs in are for it and its like only:
 * nobody outside can wait for them to its disadvantage.
 * @param ticket its place in the queue
 */
export function inTheWay(
  claims: readonly ClaimRecord[],
  environment: Environment,
  allowed: Cpuset,
  ticket: number = LAST,
): InTheWay {
  const { others, awaited } = ofOthers(claims, environment);
  const ahead = waitingClaims(others).filter(
    claim => claim.waiting.ticket < ticket && intersect(awaited(claim), allowed).length > 0,
  );
  return {
    holders: others.filter(({ cpus }) => intersect(cpus, allowed).length > 0),
    ahead,
    taken: union([...others.map(({ cpus }) => cpus), ...ahead.map(awaited)]),
  };
}

/** The CPUs that others have claimed, and those that others wait for. */
export function wantedByOthers(claims: readonly ClaimRecord[], environment: Environment) {
  const { others, awaited } = ofOthers(claims, environment);
  return { claimed: union(others.map(({ cpus }) => cpus)), awaited: union(waitingClaims(others).map(awaited)) };
}

function ofOthers(claims: readonly ClaimRecord[], environment: Environment) {
  const others = othersClaims(claims, environment);
  const outside = new Set(others);
  const inside = union(claims.filter(claim => !outside.has(claim)).map(({ cpus }) => cpus));
  return { others, awaited: ({ waiting }: WaitingClaim) => subtract(waiting.among, inside) };
}

/** The ticket of the next one that waits. */
export function nextTicket(claims: readonly ClaimRecord[]): number {
  return Math.min(LARGEST_TICKET, 1 + Math.max(0, ...waitingClaims(claims).map(({ waiting }) => waiting.ticket)));
}

/**
 * Those that wait, in order of arrival, and the place of each in the queue, from 1: behind those that came before and
 * may use one of the same CPUs.
 */
export function queuePositions(claims: readonly ClaimRecord[]): { claim: WaitingClaim; position: number }[] {
  /** how many have come, by the CPUs that they may use: most may use the same */
  const come = new Map<string, { among: Cpuset; count: number }>();
  const waiting = waitingClaims(claims);
  let counted = 0;
  return waiting.map(claim => {
    const { ticket, among } = claim.waiting;
    for (; waiting[counted]!.waiting.ticket < ticket; counted++) {
      const other = waiting[counted]!.waiting.among;
      const alike = come.get(other.join());
      if (alike) alike.count++;
      else come.set(other.join(), { among: other, count: 1 });
    }
    const before = [...come.values()].filter(other => intersect(other.among, among).length > 0);
    return { claim, position: before.reduce((sum, { count }) => sum + count, 1) };
  });
}
