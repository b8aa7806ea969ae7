import type { Audit } from '../../../core/audit/audit.js';
import { formatCpulist } from '../../../core/cpuset.js';
import { shellJoin } from '../../../core/shell.js';
import { count } from '../../../core/text.js';
import { printable } from '../../printable.js';
import { chart, colourOf, type Past } from './chart.js';
import { confinement, cpuMap } from './cpu-map.js';
import { foundLines } from './found.js';
import type { Paint } from '../../paint.js';
import { clippedTo, fitted, shortened, type Line } from './line.js';
import { ownerLines } from './owner-lines.js';

/** The data of one screen. */
export interface View {
  pid: number;
  /** the newest audit; null before the first sample */
  audit: Audit | null;
  /** the newest last */
  past: readonly Past[];
  /** seconds between samples */
  interval: number;
}

/** A part of the screen: the fewest lines worth showing, the most it can fill, and its text in `rows` lines. */
interface Section {
  least: number;
  most: number;
  lines: (rows: number) => readonly Line[];
}

/** The screen as at most `height` lines of at most `width` columns. Less important sections shrink or go first. */
export function formatFrame(view: View, width: number, height: number, paint: Paint): string[] {
  const foot: Line = [{ text: `q quits; a sample every ${view.interval} s`, style: 'dim' }];
  const head = headLines(view);
  const body = view.audit ? arranged(sectionsOf(view.audit, view.past, width), height - head.length - 1) : [];
  const gap = Math.max(0, height - head.length - body.length - 1);
  const lines: readonly Line[] = [...head, ...body, ...Array.from({ length: gap }, () => []), foot];
  return lines.slice(0, Math.max(0, height)).map(line => fitted(line, width, paint));
}

function headLines({ pid, audit, interval }: View): Line[] {
  if (!audit)
    return [[{ text: `pid ${pid}`, style: 'bold' }], [{ text: `the first sample comes after ${interval} s` }]];
  const { commandLine, command } = audit.processes[0]!;
  return [
    [
      { text: `${pid} `, style: 'bold' },
      { text: printable(commandLine.length > 0 ? shellJoin(commandLine) : command), style: 'bold' },
    ],
    [
      { text: audit.verdict, style: colourOf(audit.verdict) },
      {
        text:
          `  demand ${audit.demand.toFixed(2)} = ${(audit.demand * audit.effectiveCpus).toFixed(1)} CPUs wanted ÷ ` +
          count(audit.effectiveCpus, 'CPU'),
      },
    ],
    [
      {
        text: [
          `ran ${audit.run.toFixed(1)}`,
          `waited ${audit.wait.toFixed(1)}`,
          `ratio ${audit.ratio.toFixed(1)}`,
          count(audit.threads.all, 'thread'),
          count(audit.processes.length, 'process', 'processes'),
          ...quotaTexts(audit),
        ].join('  '),
      },
    ],
  ];
}

function quotaTexts({ cpus, effectiveCpus, throttled }: Audit): string[] {
  if (effectiveCpus >= cpus.length) return [];
  const cut = throttled && throttled.periods > 0 ? ` cut ${(throttled.periods * 100).toFixed(0)} % of its periods` : '';
  return [`quota ${Number(effectiveCpus.toFixed(2))}${cut}`];
}

/** `order`: the most important first; `shown`: from top to bottom. */
function sectionsOf(audit: Audit, past: readonly Past[], width: number): { order: Section[]; shown: Section[] } {
  const found = foundLines(audit, width);
  const map = cpuMap(audit, width);
  const title = (text: string, more: string): Line => [
    { text, style: 'bold' },
    { text: `  ${more}`, style: 'dim' },
  ];
  const demand: Section = {
    least: 2,
    most: 6,
    lines: rows =>
      rows < 4
        ? [[], ...chart(past, rows - 1, width)]
        : [[], title('DEMAND', 'CPUs wanted ÷ CPUs'), ...chart(past, rows - 2, width)],
  };
  const finding: Section = { least: 2, most: found.length + 1, lines: rows => [[], ...found.slice(0, rows - 1)] };
  const owner: Section = {
    least: Math.min(4, audit.pools.length + 3),
    most: audit.pools.length + 3,
    lines: rows => [[], ...ownerLines(audit, rows - 1)],
  };
  const cpus: Section = {
    least: 4,
    most: map.lines.length + 3,
    lines: rows => [
      [],
      title(`CPUS ${clippedTo(formatCpulist(audit.cpus), 24)}`, map.legend),
      ...shortened(map.lines, rows - 3),
      confinement(audit),
    ],
  };
  return { order: [demand, owner, finding, cpus], shown: [demand, owner, cpus, finding] };
}

/** Each section gets its least while there is room, then the smallest section gets one more line, up to its most. */
function arranged({ order, shown }: { order: readonly Section[]; shown: readonly Section[] }, height: number): Line[] {
  let left = height;
  const rows = new Map<Section, number>();
  for (const section of order) {
    if (section.least > left) break;
    rows.set(section, section.least);
    left -= section.least;
  }
  const wanting = () => [...rows].filter(([section, given]) => given < section.most).sort((a, b) => a[1] - b[1])[0];
  for (let next = wanting(); next && left > 0; next = wanting()) {
    rows.set(next[0], next[1] + 1);
    left--;
  }
  return shown.flatMap(section => (rows.has(section) ? section.lines(rows.get(section)!) : []));
}
