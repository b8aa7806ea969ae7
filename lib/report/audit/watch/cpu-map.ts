import type { Audit } from '../../../core/audit/audit.js';
import type { AuditedThread } from '../../../core/audit/audited.js';
import { equal, formatCpulist, type Cpuset } from '../../../core/cpuset.js';
import { count } from '../../../core/text.js';
import { clippedTo, type Line, type Piece } from './line.js';

/** Share of the window that a thread must run or wait to count as running. */
const RUNNING_SHARE = 0.05;
/** Threads in a full bar: the longest of these lengths that keeps the bars within `few` lines. */
const BARS = { lengths: [32, 16, 8], few: 3 };
/** If the bars take more lines than this, each CPU is a digit instead. */
const MOST_BAR_LINES = 6;
/** CPUs in a group of digits. */
const GROUP = 8;

/** Running threads whose last CPU is this one. */
interface Use {
  cpu: number;
  free: number;
  /** threads that may not use all of the program's CPUs */
  confined: number;
}

function runningThreads({ processes }: Audit): AuditedThread[] {
  return processes.flatMap(process => process.threads.filter(thread => thread.run + thread.wait >= RUNNING_SHARE));
}

/** A bar for each CPU if there are few, a digit if there are many; and a legend. */
export function cpuMap(audit: Audit, width: number): { legend: string; lines: Line[] } {
  const uses = usesOf(audit);
  const bars = barLines(uses, width);
  return bars.length <= MOST_BAR_LINES
    ? { legend: '█ a running thread, ▒ one that may not use all of them', lines: bars }
    : { legend: 'running threads on each', lines: digitLines(uses, width) };
}

/** `8 running threads may use 0-3; 4 may use 4`: the most crowded CPUs first. */
export function confinement(audit: Audit): Line {
  const keys = new Map<Cpuset, string>(); // thousands of threads share a few sets
  const places = new Map<string, { cpus: Cpuset; threads: number }>();
  for (const { affinity } of runningThreads(audit)) {
    let key = keys.get(affinity);
    if (key === undefined) keys.set(affinity, (key = affinity.join()));
    const place = places.get(key);
    if (place) place.threads++;
    else places.set(key, { cpus: affinity, threads: 1 });
  }
  const crowded = [...places.values()].sort(
    (a, b) => b.threads / b.cpus.length - a.threads / a.cpus.length || a.cpus[0]! - b.cpus[0]!,
  );
  if (crowded.length === 0) return [{ text: 'no thread runs', style: 'dim' }];
  return crowded.map(({ cpus, threads }, i): Piece => {
    const who = i > 0 ? `; ${threads}` : count(threads, 'running thread');
    return {
      text: `${who} may use ${clippedTo(formatCpulist(cpus), 24)}`,
      ...(threads > cpus.length ? { style: 'red' } : {}),
    };
  });
}

function usesOf(audit: Audit): Use[] {
  const uses = new Map(audit.cpus.map((cpu): [number, Use] => [cpu, { cpu, free: 0, confined: 0 }]));
  const all = new Map<Cpuset, boolean>();
  for (const { affinity, lastCpu } of runningThreads(audit)) {
    let free = all.get(affinity);
    if (free === undefined) all.set(affinity, (free = equal(affinity, audit.cpus)));
    const use = uses.get(lastCpu);
    if (use) use[free ? 'free' : 'confined']++;
  }
  return [...uses.values()];
}

function barLines(uses: readonly Use[], width: number): Line[] {
  const tries = BARS.lengths.map(length => barsOf(uses, length, width));
  return tries.find(lines => lines.length <= BARS.few) ?? tries.at(-1)!;
}

/** `  3 ███▒▒     5`, several per line. */
function barsOf(uses: readonly Use[], length: number, width: number): Line[] {
  const label = String(uses.at(-1)?.cpu ?? 0).length;
  const cell = label + 1 + length + 1 + 4;
  const columns = Math.max(1, Math.floor((width + 2) / (cell + 2)));
  return chunks(uses, columns).map(row =>
    row.flatMap(({ cpu, free, confined }, i): Piece[] => {
      const threads = free + confined;
      const bar = ('█'.repeat(Math.min(length, free)) + '▒'.repeat(Math.min(length, confined))).slice(0, length);
      return [
        { text: `${i > 0 ? '  ' : ''}${String(cpu).padStart(label)} `, style: 'dim' },
        { text: bar.padEnd(length), style: threads > 1 ? 'red' : 'green' },
        { text: ` ${String(threads || '').padEnd(4)}` },
      ];
    }),
  );
}

/** ` 64 11121·1· 1111····`: a digit for each CPU, `+` for more than 9, `·` for none. */
function digitLines(uses: readonly Use[], width: number): Line[] {
  const label = String(uses.at(-1)?.cpu ?? 0).length;
  const groups = Math.max(1, Math.floor((width - label) / (GROUP + 1)));
  const even = 2 ** Math.floor(Math.log2(groups));
  return chunks(uses, even * GROUP).map(row => [
    { text: String(row[0]!.cpu).padStart(label), style: 'dim' },
    ...chunks(row, GROUP).flatMap((group): Piece[] => [
      { text: ' ' },
      ...group.map(({ free, confined }): Piece => digit(free + confined)),
    ]),
  ]);
}

function digit(threads: number): Piece {
  if (threads === 0) return { text: '·', style: 'dim' };
  return { text: threads > 9 ? '+' : String(threads), style: threads > 1 ? 'red' : 'green' };
}

function chunks<T>(list: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(list.length / size) }, (_, i) => list.slice(i * size, (i + 1) * size));
}
