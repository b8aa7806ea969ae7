import { gibibytes, quotaWords } from '../../core/budget/budget.js';
import { formatCpulist } from '../../core/cpuset.js';
import { allowedCpus, coresOf, type Cpu, type Host } from '../../core/machine/host.js';
import { cpuUses, workerNames, type CpuUse, type PlacementPlan } from '../../core/placement/planned-use.js';
import { count, plural } from '../../core/text.js';
import { printable } from '../printable.js';
import { CELL, layOut, textWidth, type PlacedBox } from './svg/boxes.js';
import { machineBoxes } from './svg/machine.js';
import { BOX_APPEARANCES, appearanceOf, WORKER_COLOURS, type Appearance } from './svg/palette.js';

/** Greatest width of the picture; like all lengths here in pixels. */
const WIDEST = 1600;
const MARGIN = 16;
/** least width of the text above and below the machine */
const TEXT_WIDTH = 640;
const LINE = 18;
const FONTS = 'DejaVu Sans, Verdana, Arial, sans-serif';
/** workers that the legend names one by one */
const MOST_NAMED_WORKERS = 12;
const TITLE = 17;
const TEXT = 12;

/** A legend entry without a colour. */
const NO_SWATCH: Appearance = { fill: 'none', stroke: 'none', text: '' };

/** An entry of the legend. */
interface Swatch {
  look: Appearance;
  text: string;
}

/**
 * The machine as an SVG picture: packages, NUMA nodes, L3s, cores and CPUs as nested boxes, each CPU in the colour of
 * its worker. At most 1,600 pixels wide; a large machine makes a tall picture.
 */
export function formatSvgTopology(host: Host, plan: PlacementPlan): string {
  const useOf = cpuUses(plan);
  const cpus = new Map(host.cpus.map(cpu => [cpu.cpu, cpu]));
  const boxes = layOut(machineBoxes(host), MARGIN, 0, WIDEST - 2 * MARGIN);
  const machine = boxes[0]!;
  const lines = wrapped([titleOf(host)], TITLE, Math.max(machine.width, TEXT_WIDTH));
  const facts = wrapped(factsOf(host, plan), TEXT, Math.max(machine.width, TEXT_WIDTH));
  const head = MARGIN + lines.length * (TITLE + 4) + facts.length * LINE + 6;
  const rows = legendRows(legendOf(host, plan, useOf), Math.max(machine.width, TEXT_WIDTH));
  const foot = head + machine.height + MARGIN;
  const widths = [
    ...lines.map(line => textWidth(line, TITLE, true)),
    ...facts.map(line => textWidth(line, TEXT)),
    ...rows.map(row => row.width),
  ];
  const width = Math.min(WIDEST, Math.max(machine.width, ...widths) + 2 * MARGIN);
  const height = foot + rows.length * (LINE + 6) + MARGIN;
  return `${[
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" ` +
      `viewBox="0 0 ${width} ${height}" font-family="${FONTS}">`,
    `<title>${escaped(titleOf(host))}</title>`,
    '<defs><pattern id="hatch" width="7" height="7" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">' +
      '<rect width="7" height="7" fill="#FFFFFF"/><rect width="2" height="7" fill="#BBBBBB"/></pattern></defs>',
    `<rect width="${width}" height="${height}" fill="#FFFFFF"/>`,
    ...lines.map((line, i) => text(MARGIN, MARGIN + TITLE + i * (TITLE + 4) - 2, TITLE, line, { bold: true })),
    ...facts.map((line, i) =>
      text(MARGIN, MARGIN + lines.length * (TITLE + 4) + TEXT + i * LINE, TEXT, line, { colour: '#333333' }),
    ),
    `<g transform="translate(0 ${head})">`,
    ...boxes.map(box => (box.box.cpu === undefined ? drawBox(box) : drawCpu(box, cpus.get(box.box.cpu)!, useOf))),
    '</g>',
    ...rows.flatMap((row, i) =>
      row.swatches.map(({ swatch, x }) => drawSwatch(swatch, MARGIN + x, foot + i * (LINE + 6))),
    ),
    '</svg>',
  ]
    .filter(Boolean)
    .join('\n')}\n`;
}

function titleOf(host: Host): string {
  const online = host.cpus.filter(cpu => cpu.online);
  const several = (number: number, what: string) => (number > 0 ? [count(number, what)] : []);
  const known = (of: (cpu: Cpu) => number | null) => new Set(online.map(of).filter(id => id !== null)).size;
  return [
    ...several(
      known(cpu => cpu.package),
      'package',
    ),
    ...several(
      known(cpu => cpu.numa),
      'NUMA node',
    ),
    ...several(host.caches.L3.length, 'L3'),
    ...several(coresOf(online).length, 'core'),
    ...several(online.length, 'CPU'),
  ].join(', ');
}

function factsOf(host: Host, plan: PlacementPlan): string[] {
  const { quota, memory } = host.limits;
  const size = plan.places[0]?.length ?? 0;
  const bare = host.numaNodes.filter(node => node.cpus.length === 0).map(node => node.node);
  return [
    size > 0 ? `${count(plan.places.length, 'worker')} × ${count(size, 'CPU')} each, policy ${plan.policy}` : '',
    `reserve ${count(plan.reserved.length, 'CPU')}`,
    `${allowedCpus(host).length} of ${count(host.cpus.filter(cpu => cpu.online).length, 'CPU')} allowed`,
    quota ? `quota ${quotaWords(quota.value)}` : 'no quota',
    host.memory.total === null ? '' : `memory ${gibibytes(host.memory.total)}`,
    memory ? `memory limit ${gibibytes(memory.value)}` : '',
    bare.length > 0 ? `NUMA nodes without CPUs: ${formatCpulist(bare)}` : '',
    host.platform,
  ]
    .filter(Boolean)
    .map(printable);
}

function legendOf(host: Host, plan: PlacementPlan, useOf: (cpu: Cpu) => CpuUse): Swatch[] {
  const placed = plan.places.map(
    (place, worker): Swatch => ({
      look: appearanceOf({ state: 'place', workers: [worker] }),
      text: `worker ${worker}: ${plural(place.length, 'CPU')} ${shortened(formatCpulist(place))}`,
    }),
  );
  const workers =
    placed.length <= MOST_NAMED_WORKERS
      ? placed
      : [
          ...WORKER_COLOURS.map(
            (_, worker): Swatch => ({ look: appearanceOf({ state: 'place', workers: [worker] }), text: '' }),
          ),
          { look: NO_SWATCH, text: `${placed.length} workers: w and the number; colours repeat` },
        ];
  const uses = host.cpus.map(useOf);
  const states = new Set(uses.map(use => use.state));
  const sharing = uses.some(use => use.state === 'place' && use.workers.length > 1);
  const others = (['reserved', 'unused', 'not allowed', 'offline'] as const).filter(state => states.has(state));
  const shared: Swatch[] = sharing ? [{ look: NO_SWATCH, text: 'w0+2: worker 0 and two more share the CPU' }] : [];
  const words = (state: string) => (state === 'reserved' ? 'reserved for the OS and the parent' : state);
  return [
    ...workers,
    ...shared,
    ...others.map((state): Swatch => ({ look: appearanceOf({ state }), text: words(state) })),
  ];
}

interface LegendRow {
  width: number;
  swatches: { swatch: Swatch; x: number }[];
}

function legendRows(swatches: readonly Swatch[], widest: number): LegendRow[] {
  const rows: LegendRow[] = [];
  for (const swatch of swatches) {
    const room = swatch.look.fill === 'none' ? 0 : 26;
    const width = room + textWidth(swatch.text, TEXT) + (swatch.text ? 22 : 0);
    let row = rows.at(-1);
    if (!row || row.width + width > widest) rows.push((row = { width: 0, swatches: [] }));
    row.swatches.push({ swatch, x: row.width });
    row.width += width;
  }
  return rows;
}

function drawSwatch({ look, text: words }: Swatch, x: number, y: number): string {
  const bare = look.fill === 'none';
  return [
    bare ? '' : rect(x, y, 20, 16, look.fill, look.stroke, 3, look.dashed),
    words ? text(x + (bare ? 4 : 26), y + 12, TEXT, words) : '',
  ].join('');
}

function drawBox({ box, x, y, width, height }: PlacedBox): string {
  const look = BOX_APPEARANCES[box.style.name];
  if (!look) return '';
  const { padding, letters } = box.style;
  return (
    rect(x, y, width, height, look.fill, look.stroke, 4) +
    text(x + padding, y + padding + letters - 2, letters, box.label, {
      colour: '#222222',
      bold: box.style.name === 'package',
    })
  );
}

function drawCpu({ box, x, y }: PlacedBox, cpu: Cpu, useOf: (cpu: Cpu) => CpuUse): string {
  const use = useOf(cpu);
  const look = appearanceOf(use);
  const middle = x + CELL.width / 2;
  const halo = use.state === 'not allowed';
  return (
    `<g><title>${escaped(`CPU ${cpu.cpu}: ${use.state === 'place' ? workerNames(use.workers) : use.state}`)}</title>` +
    rect(x, y, CELL.width, CELL.height, look.fill, look.stroke, 3, look.dashed) +
    text(middle, y + 15, 12, box.label, { colour: look.text, bold: true, middle: true, halo }) +
    text(middle, y + 28, 9, shortUse(use), { colour: look.text, middle: true, halo }) +
    '</g>'
  );
}

/** The use of a CPU, short enough for its box. */
function shortUse(use: CpuUse): string {
  if (use.state === 'place') return `w${use.workers[0]}${use.workers.length > 1 ? `+${use.workers.length - 1}` : ''}`;
  return { reserved: 'reserve', unused: 'unused', 'not allowed': 'barred', offline: 'off' }[use.state];
}

function shortened(words: string): string {
  return words.length > 40 ? `${words.slice(0, 39)}…` : words;
}

/** Joins parts into lines of at most `widest` pixels. */
function wrapped(parts: readonly string[], letters: number, widest: number): string[] {
  const lines: string[] = [];
  for (const part of parts) {
    const longer = lines.length > 0 ? `${lines.at(-1)} · ${part}` : part;
    if (lines.length > 0 && textWidth(longer, letters) <= widest) lines[lines.length - 1] = longer;
    else lines.push(part);
  }
  return lines;
}

function rect(
  x: number,
  y: number,
  width: number,
  height: number,
  fill: string,
  stroke: string,
  radius: number,
  dashed = false,
): string {
  const dashes = dashed ? ' stroke-dasharray="4 3"' : '';
  const size = `x="${x}" y="${y}" width="${width}" height="${height}"`;
  return `<rect ${size} rx="${radius}" fill="${fill}" stroke="${stroke}"${dashes}/>`;
}

interface TextStyle {
  colour?: string;
  bold?: boolean;
  middle?: boolean;
  /** a white outline, for text over a pattern */
  halo?: boolean;
}

function text(
  x: number,
  y: number,
  letters: number,
  words: string,
  { colour = '#000000', bold, middle, halo }: TextStyle = {},
): string {
  const more = [
    bold ? ' font-weight="bold"' : '',
    middle ? ' text-anchor="middle"' : '',
    halo ? ' stroke="#FFFFFF" stroke-width="3" paint-order="stroke"' : '',
  ].join('');
  return `<text x="${x}" y="${y}" font-size="${letters}" fill="${colour}"${more}>${escaped(words)}</text>`;
}

function escaped(words: string): string {
  return printable(words).replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;').replace(/"/g, '&quot;');
}
