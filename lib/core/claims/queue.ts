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
  const inside = union(claims.filter(claim => !others.includes(claim)).map(({ cpus }) => cpus));
  return { others, awaited: ({ waiting }: WaitingClaim) => subtract(waiting.among, inside) };
}

/** The ticket of the next one that waits. */
export function nextTicket(claims: readonly ClaimRecord[]): number {
  return Math.min(LARGEST_TICKET, 1 + Math.max(0, ...waitingClaims(claims).map(({ waiting }) => waiting.ticket)));
}

/** Place in the queue, from 1: behind those that came before and may use one of the same CPUs. */
export function positionOf({ waiting }: WaitingClaim, claims: readonly ClaimRecord[]): number {
  const before = waitingClaims(claims).filter(
    other => other.waiting.ticket < waiting.ticket && intersect(other.waiting.among, waiting.among).length > 0,
  );
  return 1 + before.length;
}
