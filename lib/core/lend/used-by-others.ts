import type { Cpuset } from '../cpuset.js';
import type { LentCpuRecord } from './records.js';

/** A CPU that was busy for at least this part of the time may be in somebody's use. */
const BUSY = 0.5;

/**
 * The CPUs of this process that programs use which neither own nor borrow any: a worker's own children, or somebody
 * else's. Told from how busy the CPUs were in all, and how much of that owners and borrowers have used.
 * @param before the CPUs and uses a while ago
 * @param now the same now
 * @param seconds between both
 * @param load the share of that time, 0 to 1, in which each CPU was busy
 */
export function usedByOthers(
  before: readonly LentCpuRecord[],
  now: readonly LentCpuRecord[],
  seconds: number,
  load: ReadonlyMap<number, number>,
): Cpuset {
  const first = usesOf(before);
  const used = new Map(
    [...usesOf(now)].map(([pid, use]) => [pid, Math.max(0, use - (first.get(pid) ?? use)) / 1e9 / seconds]),
  );
  const busy = now.reduce((sum, { cpu }) => sum + (load.get(cpu) ?? 0), 0);
  const known = [...used.values()].reduce((sum, share) => sum + share, 0);
  const unknown = Math.round(busy - known);
  return now
    .filter(({ cpu, ours, owner }) => ours && (used.get(owner) ?? 0) < BUSY && (load.get(cpu) ?? 0) >= BUSY)
    .sort((a, b) => Math.sign(a.borrower) - Math.sign(b.borrower) || load.get(b.cpu)! - load.get(a.cpu)!)
    .slice(0, Math.max(0, unknown))
    .map(({ cpu }) => cpu)
    .sort((a, b) => a - b);
}

function usesOf(cpus: readonly LentCpuRecord[]): Map<number, number> {
  const uses = new Map<number, number>();
  for (const { owner, borrower, ownerUsed, borrowerUsed } of cpus) {
    if (owner !== 0) uses.set(owner, ownerUsed);
    if (borrower !== 0) uses.set(borrower, borrowerUsed);
  }
  return uses;
}
