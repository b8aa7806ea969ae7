import { formatCpulist, type Cpuset } from './cpuset.js';

/** Plurals and lists in what people read. */

/** `1 rank`, `3 ranks`, `1.5 CPUs`: a number, rounded to two decimals, and the word in its form. */
export function count(number: number, one: string, many = `${one}s`): string {
  const rounded = Number(number.toFixed(2));
  return `${rounded} ${plural(rounded, one, many)}`;
}

/** `CPU` or `CPUs`. */
export function plural(number: number, one: string, many = `${one}s`): string {
  return number === 1 ? one : many;
}

/** `0`, `0 and 2`, `0, 2 and 5`. */
export function joinAnd(items: readonly (string | number)[]): string {
  return items.length < 2 ? items.join('') : `${items.slice(0, -1).join(', ')} and ${items.at(-1)}`;
}

/** `a, b, c`; for a list longer than `most` + 1 the first `most` items, then `7 more`. */
export function listed(items: readonly (string | number)[], most = 4): string {
  const shown = items.length > most + 1 ? [...items.slice(0, most), `${items.length - most} more`] : items;
  return shown.join(', ');
}

/** `CPU 3`, `CPUs 0-3,8`. */
export function cpuWords(cpus: Cpuset): string {
  return `${plural(cpus.length, 'CPU')} ${formatCpulist(cpus)}`;
}

/** The name that differs from a word by the fewest letters, if that is at most a third of them; else null. */
export function nearest(word: string, names: readonly string[]): string | null {
  const ranked = names.map(name => ({ name, away: distance(word.toUpperCase(), name.toUpperCase()) }));
  const best = ranked.reduce((a, b) => (b.away < a.away ? b : a), { name: '', away: Infinity });
  return best.away <= best.name.length / 3 ? best.name : null;
}

/** How many letters to insert, remove or replace to get one word from the other (Levenshtein). */
function distance(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, i) => i);
  for (const [i, letter] of [...one].entries()) {
    const next = [i + 1];
    for (const [j, against] of [...other].entries())
      next.push(Math.min(row[j + 1]! + 1, next[j]! + 1, row[j]! + (letter === against ? 0 : 1)));
    row = next;
  }
  return row.at(-1)!;
}
