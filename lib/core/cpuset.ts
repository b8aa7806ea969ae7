import { badInput } from '../errors.js';

/** A set of CPUs by the OS's numbers, ascending, each once. */
export type Cpuset = readonly number[];

/** The largest CPU number accepted from text. */
const LARGEST = 2 ** 20 - 1;

export function cpuset(cpus: Iterable<number>): Cpuset {
  return [...new Set(cpus)].sort((a, b) => a - b);
}

/**
 * Parses a cpulist as taskset and the kernel write it: `0-3,8` is `[0, 1, 2, 3, 8]`; `0-10:2` is every second CPU.
 * @param text the cpulist; CPU numbers may be up to 1,048,575
 * @param what the name of the value in the error's message
 * @throws GovernorError BAD_INPUT, also for an empty text
 */
export function parseCpulist(text: string, what = 'cpulist'): Cpuset {
  const cpus: number[] = [];
  for (const part of text.trim().split(',')) {
    const match = /^(\d{1,7})(?:-(\d{1,7})(?::(\d{1,7}))?)?$/.exec(part.trim());
    const first = Number(match?.[1]);
    const last = match?.[2] === undefined ? first : Number(match[2]);
    const stride = match?.[3] === undefined ? 1 : Number(match[3]);
    if (!match || last < first || last > LARGEST || stride < 1 || cpus.length > LARGEST)
      throw badInput(what, text, 'CPUs such as 0-3,8');
    for (let cpu = first; cpu <= last; cpu += stride) cpus.push(cpu);
  }
  return cpuset(cpus);
}

/**
 * Formats a set as a cpulist: `[0, 1, 2, 8]` as `0-2,8`.
 * @param cpus ascending, each once
 * @returns an empty string for the empty set
 */
export function formatCpulist(cpus: Cpuset): string {
  const ranges: string[] = [];
  for (let i = 0; i < cpus.length; ) {
    let end = i;
    while (cpus[end + 1] === cpus[end]! + 1) end++;
    ranges.push(end > i ? `${cpus[i]}-${cpus[end]}` : `${cpus[i]}`);
    i = end + 1;
  }
  return ranges.join(',');
}

export function intersect(a: Cpuset, b: Cpuset): Cpuset {
  const other = new Set(b);
  return a.filter(cpu => other.has(cpu));
}

export function subtract(a: Cpuset, b: Cpuset): Cpuset {
  const other = new Set(b);
  return a.filter(cpu => !other.has(cpu));
}

export function union(sets: Iterable<Cpuset>): Cpuset {
  const distinct = [...new Set(sets)]; // thousands of threads share a few sets
  return distinct.length === 1 ? distinct[0]! : cpuset(distinct.flat());
}

export function equal(a: Cpuset, b: Cpuset): boolean {
  return a.length === b.length && a.every((cpu, i) => cpu === b[i]);
}
