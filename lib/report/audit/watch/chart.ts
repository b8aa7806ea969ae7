import { tooMuch, type AuditVerdict } from '../../../core/audit/verdict.js';
import type { Style } from '../../paint.js';
import type { Line, Piece } from './line.js';

/** What the screen keeps of an earlier audit. */
export interface Past {
  demand: number;
  verdict: AuditVerdict;
}

/** An empty column, and one to eight eighths of a full one. */
const BLOCKS = ' ▁▂▃▄▅▆▇█';
const LABEL_COLUMNS = 6;

export function colourOf(verdict: AuditVerdict): Style {
  return tooMuch(verdict) || verdict === 'starved by others' ? 'red' : 'green';
}

/** Demand over time as a bar chart `rows` lines high, the newest at the right; the scale starts at 0 and includes 1. */
export function chart(past: readonly Past[], rows: number, width: number): Line[] {
  const shown = past.slice(-Math.max(1, width - LABEL_COLUMNS));
  const top = Math.max(1, ...shown.map(({ demand }) => demand));
  return Array.from({ length: rows }, (_, row): Line => {
    const below = rows - 1 - row;
    const label = row === 0 ? top.toFixed(1) : below === 0 ? '0' : '';
    const columns = shown.map(
      ({ demand, verdict }): Piece => ({
        text: block((demand / top) * rows - below, below === 0),
        style: colourOf(verdict),
      }),
    );
    return [{ text: `${label.padStart(LABEL_COLUMNS - 2)}  `, style: 'dim' }, ...joined(columns)];
  });
}

/**
 * @param filled how much of the cell the column covers; 1 = all
 * @param ground whether the cell is in the bottom row, where a column always shows
 */
function block(filled: number, ground: boolean): string {
  return BLOCKS[Math.min(8, Math.max(ground ? 1 : 0, Math.round(filled * 8)))]!;
}

/** Joins neighbours of the same style. */
function joined(pieces: readonly Piece[]): Piece[] {
  const all: Piece[] = [];
  for (const piece of pieces) {
    const last = all.at(-1);
    if (last && last.style === piece.style) last.text += piece.text;
    else all.push({ ...piece });
  }
  return all;
}
