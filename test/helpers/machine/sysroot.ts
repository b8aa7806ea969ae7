import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { temporaryDirectory } from '../processes/governed.js';

/** Files of a made sysroot: their text by path. A path that ends with / is an empty directory. */
export type Files = Record<string, string>;

/** Writes a small sysroot for one test. */
export function sysroot(...parts: Files[]): string {
  const root = temporaryDirectory();
  const made = new Set<string>();
  for (const [path, text] of Object.entries(Object.assign({}, ...parts) as Files)) {
    const whole = join(root, path);
    const directory = path.endsWith('/') ? join(whole, '.') : dirname(whole);
    if (!made.has(directory)) mkdirSync(directory, { recursive: true });
    made.add(directory);
    if (!path.endsWith('/')) writeFileSync(whole, `${text}\n`);
  }
  return root;
}

/** A CPU's files below topology/ by name, without `_list`; the values are cpulists or ids. */
export interface MadeCpu {
  core_id?: string | number;
  physical_package_id?: string | number;
  thread_siblings?: string;
  core_siblings?: string;
  [group: string]: string | number | undefined;
}

/** What the files of a CPU are called where they hold a cpulist. */
const LISTS =
  /^(thread_siblings|core_siblings|core_cpus|package_cpus|die_cpus|cluster_cpus|book_siblings|drawer_siblings)$/;

/**
 * /sys/devices/system/cpu and node of a machine.
 * @param cpus by number; a CPU of `{}` has no topology directory
 * @param caches for each CPU its caches: `L2: '0-3'` are those who share it
 */
export function machine({
  online,
  present,
  cpus,
  nodes = {},
  caches,
}: {
  online?: string;
  present?: string;
  cpus: Record<number, MadeCpu>;
  nodes?: Record<number, string>;
  caches?: (cpu: number) => Partial<Record<'L1d' | 'L1i' | 'L2' | 'L3', string>>;
}): Files {
  const top = 'sys/devices/system';
  const files: Files = { [`${top}/cpu/`]: '' };
  if (online !== undefined) files[`${top}/cpu/online`] = online;
  if (present !== undefined) files[`${top}/cpu/present`] = present;
  for (const [cpu, topology] of Object.entries(cpus)) {
    const directory = `${top}/cpu/cpu${cpu}`;
    files[`${directory}/`] = '';
    for (const [name, value] of Object.entries(topology))
      files[`${directory}/topology/${name}${LISTS.test(name) ? '_list' : ''}`] = String(value);
    for (const [i, [level, sharing]] of Object.entries(caches?.(Number(cpu)) ?? {}).entries()) {
      const cache = `${directory}/cache/index${i}`;
      files[`${cache}/level`] = level[1]!;
      files[`${cache}/type`] = { L1d: 'Data', L1i: 'Instruction' }[level] ?? 'Unified';
      files[`${cache}/shared_cpu_list`] = sharing;
    }
  }
  for (const [node, list] of Object.entries(nodes)) files[`${top}/node/node${node}/cpulist`] = list;
  return files;
}

/** So many CPUs from 0, each made by its number. */
export function manyCpus(count: number, make: (cpu: number) => MadeCpu): Record<number, MadeCpu> {
  return Object.fromEntries(Array.from({ length: count }, (_, cpu) => [cpu, make(cpu)]));
}

/** `count` CPUs from `first` as the kernel writes a mask: words of 32 bits in hexadecimal, the highest first. */
export function mask(first: number, count: number, width: number): string {
  const bits = ((1n << BigInt(count)) - 1n) << BigInt(first);
  return bits
    .toString(16)
    .padStart(Math.ceil(width / 32) * 8, '0')
    .match(/.{8}/g)!
    .join(',');
}

/** Eight CPUs without anything else, for tests of what is not the topology. */
export const CPUS_0_TO_7 = machine({
  online: '0-7',
  present: '0-7',
  cpus: manyCpus(8, cpu => ({ thread_siblings: String(cpu), core_siblings: '0-7' })),
});
