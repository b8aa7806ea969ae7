/** A box that contains boxes in a grid. All lengths are in pixels. */
export interface Box {
  /** how it is drawn, and the room around its contents */
  style: BoxStyle;
  label: string;
  inside: readonly Box[];
  /** the CPU's number, if the box is a CPU */
  cpu?: number;
}

export interface BoxStyle {
  name: 'machine' | 'package' | 'numa' | 'l3' | 'core' | 'cpu';
  padding: number;
  gap: number;
  /** font size of the label; 0 = no label */
  letters: number;
}

/** A box with its position in the whole picture. */
export interface PlacedBox {
  box: Box;
  x: number;
  y: number;
  width: number;
  height: number;
}

export const CELL = { width: 42, height: 34 };
/** width ÷ height that a grid aims for */
const SHAPE = 1.7;
/** weight of empty room against distance from SHAPE, when grids are compared */
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

/** Positions of a box and all its contents, outer boxes first; at most `widest` wide, unless one column is wider. */
export function layOut(box: Box, x: number, y: number, widest: number): PlacedBox[] {
  return placeAt(sizeOf(box, widest), x, y);
}

/** Approximate width of a text in the widest of the fonts that the picture names. */
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

/** Tries rows of one, two, three … items and takes the grid that is closest to SHAPE with little empty room. */
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
