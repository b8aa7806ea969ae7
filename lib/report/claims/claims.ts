import type { ClaimRecord } from '../../core/claims/claim.js';
import { formatCpulist, type Cpuset } from '../../core/cpuset.js';
import type { Shortage } from '../../core/claims/choose-places.js';
import { clipped, printable } from '../printable.js';

/** Holders that are named in one line. */
const NAMED = 4;
const COMMAND_WIDTH = 60;

/** Why a program cannot have its CPUs, who has them, and what to do: one line. */
export function shortage({ free, wanted, holders }: Shortage): string {
  const what = typeof wanted === 'number' ? `${wanted} CPU${wanted === 1 ? '' : 's'}` : `CPUs ${formatCpulist(wanted)}`;
  const left =
    free.length === 0
      ? 'no CPU is free'
      : `${what} wanted, ${free.length} ${free.length === 1 ? 'is' : 'are'} free (${formatCpulist(free)})`;
  const named = holders.slice(0, NAMED).map(claim => `${cpusOf(claim.cpus)} by ${holder(claim)}`);
  const more = holders.length > NAMED ? [`others by ${holders.length - NAMED} more (governor status tells)`] : [];
  return `${left}; held: ${[...named, ...more].join('; ')}; wait, ask for fewer, or share them (--share)`;
}

function cpusOf(cpus: Cpuset): string {
  return `CPU${cpus.length === 1 ? '' : 's'} ${formatCpulist(cpus)}`;
}

/** `pid 4242 (alice, since 2026-11-23 09:31:05Z): governor run -- …` */
export function holder(claim: Pick<ClaimRecord, 'pid' | 'uid' | 'user' | 'since' | 'command'>): string {
  const { pid, uid, user, since, command } = claim;
  const who = `${pid === null ? 'an unknown process' : `pid ${pid}`} (${printable(user ?? `uid ${uid}`)}${since === null ? '' : `, since ${moment(since)}`})`;
  return command === null ? who : `${who}: ${commandText(command)}`;
}

export function commandText(command: string): string {
  return clipped(printable(command), COMMAND_WIDTH);
}

/** `2026-11-23 09:31:05Z` */
function moment(iso: string): string {
  return iso.replace('T', ' ').replace(/\.\d+/, '');
}
