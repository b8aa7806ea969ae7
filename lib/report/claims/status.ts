import type { CpuLoan } from '../../core/claims/cpu-loan.js';
import { formatCpulist } from '../../core/cpuset.js';
import type { CpuStatus, LedgerStatus } from '../../core/claims/ledger-status.js';
import type { UnclaimedProgram } from '../../core/claims/surroundings.js';
import { commandText, holder, wantedText } from './claims.js';
import { printable } from '../printable.js';
import { formatTable } from '../table.js';

/** Unclaimed programs that one row names. */
const MOST_STRANGERS = 3;
/** Claims that one row names. */
const MOST_HOLDERS = 4;
/** Borrowers that have a line. */
const MOST_BORROWERS = 20;
/** Claims that wait and have a row. */
const MOST_QUEUED = 20;

/** The ledger as text: one row for neighbouring CPUs with the same state, who waits, then the free CPUs. */
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
    ...loanLines(status),
    ...queueLines(status),
    '',
    `free: ${free}`,
    `ledger: ${printable(status.ledger)}`,
  ].join('\n');
}

/** A line for each borrower. */
function loanLines({ loans }: LedgerStatus): string[] {
  const borrowers = new Map<number, CpuLoan[]>();
  for (const loan of loans) borrowers.set(loan.borrower, [...(borrowers.get(loan.borrower) ?? []), loan]);
  const lines = [...borrowers].slice(0, MOST_BORROWERS).map(([borrower, borrowed]) => {
    const owners = [...new Set(borrowed.flatMap(({ owner }) => owner ?? []))];
    const from = owners.length === 0 ? '' : ` from pid ${owners.join(', ')}`;
    return `lent: CPU ${formatCpulist(borrowed.map(({ cpu }) => cpu))}${from} to pid ${borrower}`;
  });
  const more = borrowers.size - lines.length;
  return lines.length === 0 ? [] : ['', ...lines, ...(more > 0 ? [`and ${more} more (--json lists them)`] : [])];
}

/** A table of those that wait. Two of them may have the same position: they wait for different CPUs. */
function queueLines({ waiting }: LedgerStatus): string[] {
  if (waiting.length === 0) return [];
  const rows = waiting
    .slice(0, MOST_QUEUED)
    .map(claim => [
      String(claim.position),
      wantedText(claim.waiting.wanted),
      formatCpulist(claim.waiting.among),
      holder(claim),
    ]);
  const more = waiting.length - rows.length;
  return [
    '',
    formatTable(['POSITION', 'WAITS FOR', 'AMONG', 'BY'], rows, [0]),
    ...(more > 0 ? [`and ${more} more (--json lists them)`] : []),
  ];
}

function groups(cpus: readonly CpuStatus[]): CpuStatus[][] {
  const found: CpuStatus[][] = [];
  const keyOf = ({ state, allowed, claims, strangers }: CpuStatus) =>
    JSON.stringify([state, allowed, claims, strangers]);
  for (const cpu of cpus) {
    const last = found.at(-1);
    if (last && keyOf(last[0]!) === keyOf(cpu)) last.push(cpu);
    else found.push([cpu]);
  }
  return found;
}

/** `12%`, or `3-12%` from the least to the most loaded CPU. */
function loadText(cpus: readonly CpuStatus[]): string {
  const loads = cpus.flatMap(({ load }) => (load === null ? [] : [Math.round(100 * load)]));
  const [least, most] = [Math.min(...loads), Math.max(...loads)];
  return loads.length === 0 ? '' : least === most ? `${most}%` : `${least}-${most}%`;
}

function holdersText({ cpu, claims, strangers, allowed }: CpuStatus, status: LedgerStatus): string[] {
  const holding = claims.slice(0, MOST_HOLDERS);
  const holders = status.claims.filter(({ name }) => holding.includes(name)).map(holder);
  const all = claims.length > MOST_HOLDERS ? status.claims.filter(({ cpus }) => cpus.includes(cpu)).length : 0;
  const others = all > MOST_HOLDERS ? [`and ${all - MOST_HOLDERS} more (--json lists them)`] : [];
  const pinned = status.strangers.filter(({ pid }) => strangers.includes(pid));
  const named = pinned.slice(0, MOST_STRANGERS).map(strangerText);
  const more = pinned.length > MOST_STRANGERS ? [`${pinned.length - MOST_STRANGERS} more pinned there`] : [];
  return [
    [...holders, ...others, ...named, ...more, ...(allowed || holders.length > 0 ? [] : ['not allowed here'])].join(
      '; ',
    ),
  ];
}

function strangerText({ pid, uid, user, command }: UnclaimedProgram): string {
  const who = user ?? (uid === null ? null : `uid ${uid}`);
  return `pid ${pid}${who === null ? '' : ` (${printable(who)})`}: ${commandText(command)}`;
}
