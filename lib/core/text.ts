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
