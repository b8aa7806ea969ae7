/** Boxes within boxes, laid out in grids. All lengths are in pixels. */
export interface Box {
  /** what it is drawn as, and how much room it leaves around what is inside */
  style: BoxStyle;
  label: string;
  inside: readonly Box[];
  /** a CPU's own, for boxes that are CPUs */
  cpu?: number;
}

export interface BoxStyle {
  name: 'machine' | 'package' | 'numa' | 'l3' | 'core' | 'cpu';
  padding: number;
  gap: number;
  /** size of the label's letters; 0 = it has none */
  letters: number;
}

/** A box with its place: `x` and `y` are those of the whole picture. */
export interface PlacedBox {
  box: Box;
  x: number;
  y: number;
  width: number;
  height: number;
}

export const CELL = { width: 42, height: 34 };
/** width ÷ height that a grid comes as near to as it can */
const SHAPE = 1.7;
/** how much a picture that is half empty counts against one that is far from the shape */
const EMPTY_ROOM = 5;

/** Items row by row. */
interface Grid {
  rows: Sized[][];
  width: number;
  height: number;
}

interface Sized {
  box: Box;
  width: number;
  height: number;
  grid: Grid;
}

/** Places of a box and all inside of it, outer ones first. Rows are broken so that it is no wider than `widest`, if one column is not. */
export function layOut(box: Box, x: number, y: number, widest: number): PlacedBox[] {
  return placeAt(sizeOf(box, widest), x, y);
}

/** Near enough for deciding how much room a text needs, in the widest of the fonts that are asked for. */
export function textWidth(text: string, letters: number, bold = false): number {
  return Math.ceil(text.length * letters * (bold ? 0.64 : 0.55));
}

function sizeOf(box: Box, widest: number): Sized {
  if (box.inside.length === 0) return { box, ...CELL, grid: { rows: [], width: 0, height: 0 } };
  const { padding, letters } = box.style;
  const inside = box.inside.map(one => sizeOf(one, widest - 2 * padding));
  const grid = bestGrid(inside, box.style.gap, widest - 2 * padding);
  return {
    box,
    grid,
    width: Math.max(grid.width, textWidth(box.label, letters, box.style.name === 'package')) + 2 * padding,
    height: grid.height + 2 * padding + labelHeight(box.style),
  };
}

/** Of the widths of one item, two, three … the one that comes nearest to the shape, with little room left empty. */
function bestGrid(items: readonly Sized[], gap: number, widest: number): Grid {
  const needed = items.reduce((sum, item) => sum + item.width + gap, 0);
  const rank = ({ rows, width, height }: Grid) =>
    Math.abs(Math.log(width / height / SHAPE)) + EMPTY_ROOM * (1 - needed / (rows.length * (width + gap)));
  const column = Math.max(...items.map(item => item.width));
  let best = gridOf(items, column, gap);
  for (let columns = 2; columns <= items.length; columns++) {
    const grid = gridOf(items, columns * (column + gap) - gap, gap);
    if (grid.width > widest) break;
    if (rank(grid) < rank(best)) best = grid;
  }
  return best;
}

function gridOf(items: readonly Sized[], room: number, gap: number): Grid {
  const rows: Sized[][] = [];
  let left = 0;
  for (const item of items) {
    if (rows.length === 0 || item.width > left) {
      rows.push([]);
      left = room;
    }
    rows.at(-1)!.push(item);
    left -= item.width + gap;
  }
  const width = Math.max(...rows.map(row => row.reduce((sum, item) => sum + item.width + gap, -gap)));
  return { rows, width, height: rows.reduce((sum, row) => sum + tallest(row) + gap, -gap) };
}

function tallest(row: readonly Sized[]): number {
  return Math.max(...row.map(item => item.height));
}

function placeAt({ box, width, height, grid }: Sized, x: number, y: number): PlacedBox[] {
  const placed: PlacedBox[] = [{ box, x, y, width, height }];
  const { padding, gap } = box.style;
  let top = y + padding + labelHeight(box.style);
  for (const row of grid.rows) {
    let left = x + Math.floor((width - grid.width) / 2);
    for (const item of row) {
      placed.push(...placeAt(item, left, top));
      left += item.width + gap;
    }
    top += tallest(row) + gap;
  }
  return placed;
}

function labelHeight({ letters, gap }: BoxStyle): number {
  return letters === 0 ? 0 : letters + gap;
}
