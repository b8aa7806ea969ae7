import type { ClaimRecord } from '../../core/claims/claim.js';
import { formatCpulist } from '../../core/cpuset.js';
import { count, cpuWords, joinAnd, plural } from '../../core/text.js';
import type { Shortage } from '../../core/claims/choose-places.js';
import { clipped, printable } from '../printable.js';

/** Holders that one line names. */
const MOST_HOLDERS = 4;
/** Holders that a program names while it waits for them. */
const MOST_WAITED_FOR = 2;
const COMMAND_WIDTH = 60;

/** Why a program cannot have its CPUs, who holds them, and what to do: one line. */
export function shortage({ free, wanted, holders, ahead }: Omit<Shortage, 'among'>): string {
  const available = `${free.length} ${plural(free.length, 'is', 'are')} free (${formatCpulist(free)})`;
  const left = free.length === 0 ? 'no CPU is free' : `${wantedText(wanted)} wanted, ${available}`;
  const held = holders.map(claim => `${cpuWords(claim.cpus)} by ${holder(claim)}`);
  const waiting = ahead.map(claim => `${processText(claim.pid)} for ${wantedText(claim.waiting.wanted)}`);
  const parts = [left, ...named('held', held), ...named('waiting', waiting)];
  return `${parts.join('; ')}; wait for them (--wait), request fewer, or share them (--share)`;
}

/** `held: A; B; others by 3 more (governor status lists them)` */
function named(what: string, items: readonly string[]): string[] {
  if (items.length === 0) return [];
  const others = items.length - MOST_HOLDERS;
  const more = others > 0 ? [`others by ${others} more (governor status lists them)`] : [];
  return [`${what}: ${[...items.slice(0, MOST_HOLDERS), ...more].join('; ')}`];
}

/**
 * What a program that waits reports: `waiting for 2 CPUs: held by pid 123 (governor run -- ./train) for 12 min; 1 ahead
 * of us`.
 * @param now milliseconds since 1970
 */
export function waitLine({ wanted, holders, ahead }: Omit<Shortage, 'among' | 'free'>, now: number): string {
  const held = holders.slice(0, MOST_WAITED_FOR).map(({ pid, command, since }) => {
    const name = command === null ? '' : ` (${commandText(command)})`;
    const time = since === null ? '' : ` for ${durationText((now - Date.parse(since)) / 1000)}`;
    return `${processText(pid)}${name}${time}`;
  });
  const more = holders.length - held.length;
  const who = holders.length === 0 ? [] : [`held by ${joinAnd(more > 0 ? [...held, `${more} more`] : held)}`];
  const before = ahead.length === 0 ? [] : [`${ahead.length} ahead of us`];
  return `waiting for ${wantedText(wanted)}: ${[...who, ...before].join('; ')}`;
}

export function wantedText(wanted: Shortage['wanted']): string {
  return typeof wanted === 'number' ? count(wanted, 'CPU') : cpuWords(wanted);
}

/** `8 s`, `12 min`, `3 h`, `2 days`. */
function durationText(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 100) return `${whole} s`;
  if (whole < 100 * 60) return `${Math.round(whole / 60)} min`;
  if (whole < 48 * 3600) return `${Math.round(whole / 3600)} h`;
  return `${Math.round(whole / 86_400)} days`;
}

function processText(pid: number | null): string {
  return pid === null ? 'an unknown process' : `pid ${pid}`;
}

/** `pid 4242 (alice, since 2026-11-23 09:31:05Z): governor run -- …` */
export function holder(claim: Pick<ClaimRecord, 'pid' | 'uid' | 'user' | 'since' | 'command'>): string {
  const { pid, uid, user, since, command } = claim;
  const start = since === null ? '' : `, since ${moment(since)}`;
  const who = `${processText(pid)} (${printable(user ?? `uid ${uid}`)}${start})`;
  return command === null ? who : `${who}: ${commandText(command)}`;
}

export function commandText(command: string): string {
  return clipped(printable(command), COMMAND_WIDTH);
}

/** `2026-11-23 09:31:05Z` */
function moment(iso: string): string {
  return iso.replace('T', ' ').replace(/\.\d+/, '');
}
