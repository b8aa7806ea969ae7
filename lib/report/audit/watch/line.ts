import stringWidth from 'string-width';
import type { Paint, Style } from '../../paint.js';

export interface Piece {
  text: string;
  style?: Style;
}

/** A line of a screen, before it is cut to the screen's width and painted. Its text contains no control characters. */
export type Line = readonly Piece[];

/** Text whose characters take one column each: most text, recognised without the Unicode tables. */
const NARROW = /^[ -~·×÷▁-█▒]*$/;

const graphemes = new Intl.Segmenter();

/** Columns that a text takes on a terminal. */
export function widthOf(text: string): number {
  return NARROW.test(text) ? text.length : stringWidth(text);
}

/** The line as text of at most `width` columns; `…` stands for the part that is cut off. */
export function fitted(line: Line, width: number, paint: Paint): string {
  const cut = widthOf(line.map(piece => piece.text).join('')) > width;
  let left = cut ? width - 1 : width;
  const shown = line.map(({ text, style }) => {
    const part = headOf(text, left);
    left = part === text ? left - widthOf(text) : 0;
    return style && part ? paint(style, part) : part;
  });
  return shown.join('') + (cut && width > 0 ? '…' : '');
}

/** The longest start of a text that fits into `width` columns. */
function headOf(text: string, width: number): string {
  if (widthOf(text) <= width) return text;
  let head = '';
  let left = width;
  for (const { segment } of graphemes.segment(text)) {
    left -= widthOf(segment);
    if (left < 0) break;
    head += segment;
  }
  return head;
}

export function clippedTo(text: string, width: number): string {
  return fitted([{ text }], width, (_, part) => part);
}

/** Aligns rows in columns two spaces apart; the columns whose index is in `right` align to the right. */
export function inColumns(rows: readonly (readonly string[])[], right: readonly number[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map(row => widthOf(row[column]!))));
  return rows.map(row =>
    row
      .map((text, column) => {
        const gap = ' '.repeat(widths[column]! - widthOf(text));
        return right.includes(column) ? gap + text : text + gap;
      })
      .join('  ')
      .trimEnd(),
  );
}

/** At most `rows` lines; if some are left out, the last line counts them. */
export function shortened(lines: readonly Line[], rows: number, all = lines.length): Line[] {
  if (all <= rows) return [...lines];
  return [...lines.slice(0, Math.max(0, rows - 1)), [{ text: `… and ${all - rows + 1} more`, style: 'dim' }]];
}
