import { formatCpulist } from '../../core/cpuset.js';
import type { CpuStatus, LedgerStatus } from '../../core/claims/ledger-status.js';
import type { UnclaimedProgram } from '../../core/claims/surroundings.js';
import { commandText, holder } from './claims.js';
import { printable } from '../printable.js';
import { formatTable } from '../table.js';

/** Strangers at one place that are named. */
const NAMED = 3;

/** For people: neighbouring CPUs of which the same is to be told in one row, and what is free below. */
export function formatStatus(status: LedgerStatus): string {
  const rows = groups(status.cpus).map(group => [
    formatCpulist(group.map(({ cpu }) => cpu)),
    group[0]!.state,
    loadText(group),
    ...holdersText(group[0]!, status),
  ]);
  const free =
    status.free.length === 0
      ? 'none'
      : `${formatCpulist(status.free)} (${status.free.length} of ${status.cpus.length} online)`;
  return [
    formatTable(['CPUS', 'STATE', 'LOAD', 'BY'], rows, [2]),
    '',
    `free: ${free}`,
    `ledger: ${printable(status.ledger)}`,
  ].join('\n');
}

function groups(cpus: readonly CpuStatus[]): CpuStatus[][] {
  const found: CpuStatus[][] = [];
  const told = ({ state, allowed, claims, strangers }: CpuStatus) =>
    JSON.stringify([state, allowed, claims, strangers]);
  for (const cpu of cpus) {
    const last = found.at(-1);
    if (last && told(last[0]!) === told(cpu)) last.push(cpu);
    else found.push([cpu]);
  }
  return found;
}

/** `12%`, or from the least to the most of several CPUs. */
function loadText(cpus: readonly CpuStatus[]): string {
  const loads = cpus.flatMap(({ load }) => (load === null ? [] : [Math.round(100 * load)]));
  const [least, most] = [Math.min(...loads), Math.max(...loads)];
  return loads.length === 0 ? '' : least === most ? `${most}%` : `${least}-${most}%`;
}

function holdersText({ claims, strangers, allowed }: CpuStatus, status: LedgerStatus): string[] {
  const holders = status.claims.filter(({ name }) => claims.includes(name)).map(holder);
  const pinned = status.strangers.filter(({ pid }) => strangers.includes(pid));
  const named = pinned.slice(0, NAMED).map(strangerText);
  const more = pinned.length > NAMED ? [`${pinned.length - NAMED} more pinned there`] : [];
  return [[...holders, ...named, ...more, ...(allowed || holders.length > 0 ? [] : ['not allowed here'])].join('; ')];
}

function strangerText({ pid, uid, user, command }: UnclaimedProgram): string {
  const who = user ?? (uid === null ? null : `uid ${uid}`);
  return `pid ${pid}${who === null ? '' : ` (${printable(who)})`}: ${commandText(command)}`;
}
