import type { ClaimRecord } from '../../core/claims/claim.js';
import { formatCpulist } from '../../core/cpuset.js';
import { count, cpuWords, plural } from '../../core/text.js';
import type { Shortage } from '../../core/claims/choose-places.js';
import { clipped, printable } from '../printable.js';

/** Holders that one line names. */
const MOST_HOLDERS = 4;
const COMMAND_WIDTH = 60;

/** Why a program cannot have its CPUs, who holds them, and what to do: one line. */
export function shortage({ free, wanted, holders }: Shortage): string {
  const what = typeof wanted === 'number' ? count(wanted, 'CPU') : cpuWords(wanted);
  const available = `${free.length} ${plural(free.length, 'is', 'are')} free (${formatCpulist(free)})`;
  const named = holders.slice(0, MOST_HOLDERS).map(claim => `${cpuWords(claim.cpus)} by ${holder(claim)}`);
  const others = holders.length - MOST_HOLDERS;
  const more = others > 0 ? [`others by ${others} more (governor status lists them)`] : [];
  const left = free.length === 0 ? 'no CPU is free' : `${what} wanted, ${available}`;
  return `${left}; held: ${[...named, ...more].join('; ')}; wait, request fewer, or share them (--share)`;
}

/** `pid 4242 (alice, since 2026-11-23 09:31:05Z): governor run -- …` */
export function holder(claim: Pick<ClaimRecord, 'pid' | 'uid' | 'user' | 'since' | 'command'>): string {
  const { pid, uid, user, since, command } = claim;
  const process = pid === null ? 'an unknown process' : `pid ${pid}`;
  const who = `${process} (${printable(user ?? `uid ${uid}`)}${since === null ? '' : `, since ${moment(since)}`})`;
  return command === null ? who : `${who}: ${commandText(command)}`;
}

export function commandText(command: string): string {
  return clipped(printable(command), COMMAND_WIDTH);
}

/** `2026-11-23 09:31:05Z` */
function moment(iso: string): string {
  return iso.replace('T', ' ').replace(/\.\d+/, '');
}
