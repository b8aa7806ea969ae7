import type { FixedPool, ResizedPool, ResizedProcess, ResizeResult } from '../../core/resize/result.js';
import { count } from '../../core/text.js';
import { printable } from '../printable.js';
import { formatTable } from '../table.js';

/** A table of the pools, a line for what could not be done, and one line that sums up. */
export function formatResize(result: ResizeResult): string {
  const rows = result.processes.flatMap(process => process.pools.map(pool => rowOf(process, pool)));
  const table = rows.length > 0 ? [formatTable(['PID', 'PROGRAM', 'POOL', 'THREADS'], rows, [0])] : [];
  return [...table, ...result.processes.flatMap(remarksOf), summary(result)].join('\n');
}

function rowOf({ pid, command }: ResizedProcess, pool: ResizedPool): (string | number)[] {
  const { library, thread, before, after } = pool;
  const own = thread === null || thread === pid ? '' : `, thread ${thread}`;
  return [pid, printable(command), `${library}${own}`, before === after ? String(before) : `${before} → ${after}`];
}

function remarksOf({ pid, pools, fixed, problem }: ResizedProcess): string[] {
  return [
    ...(problem === null ? [] : [`pid ${pid}: ${problem}`]),
    ...pools.flatMap(pool => shortfall(pid, pool)),
    ...fixed.map(one => fixedLine(pid, one)),
  ];
}

function shortfall(pid: number, { library, wanted, after, most }: ResizedPool): string[] {
  if (wanted === null || wanted === after) return [];
  const why =
    most !== null && wanted > most
      ? `it has started ${count(most, 'thread')} and cannot start more`
      : `it has ${count(after, 'thread')}, because the program has set that, or the pool is gone`;
  return [`pid ${pid}: ${library} cannot have ${count(wanted, 'thread')}: ${why}`];
}

function fixedLine(pid: number, { library, threads, why }: FixedPool): string {
  return `pid ${pid}: ${printable(library)} stays at ${count(threads, 'thread')}: ${why}`;
}

function summary({ pid, command, dryRun, undo, processes }: ResizeResult): string {
  const name = `${printable(command)} (pid ${pid})`;
  const pools = processes.flatMap(process => process.pools);
  const changed = pools.filter(({ before, after }) => before !== after).length;
  if (pools.length === 0) return `${name}: no pool that can be resized`;
  const found = `${name}: ${count(pools.length, 'pool')} that can be resized`;
  if (!pools.some(({ wanted }) => wanted !== null)) return found;
  if (dryRun) return `dry run, nothing was changed: ${found}, ${changed} of them would be`;
  if (undo) return `${name}: ${count(changed, 'pool')} back at the size from before`;
  if (changed === 0) return `${name}: nothing to change, of ${count(pools.length, 'pool')}`;
  return `${name}: ${count(changed, 'pool')} resized; governor resize --undo ${pid} takes it back`;
}
