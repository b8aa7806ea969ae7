import type { Cpuset } from '../cpuset.js';
import type { CpuRecord } from '../records.js';

/** A number that distinguishes kinds of cores, higher = more capable; null if unknown. */
type Measure = (cpu: CpuRecord) => number | null;

/** Names of Intel's performance counters, the most efficient core first. */
const TYPES = ['cpu_lowpower', 'cpu_atom', 'cpu_core'];

/**
 * Values closer than this ratio are one class. Turbo gives a few cores of one kind 4 to 6 % more than the others (5.0
 * and 5.2 GHz of a Core i7-1370P), and firmware rounds; two kinds differ by 14 % or more (5.0 and 3.9 GHz there; 855
 * and 1024 of a phone).
 */
const GAP = 1.1;

/** Part numbers of ARM's energy-saving cores (Cortex-A5, A7, A35, A53, A55, A510, A520). */
const LITTLE = new Set([0xc05, 0xc07, 0xd04, 0xd03, 0xd05, 0xd46, 0xd80]);

/**
 * The kind of each CPU, 0 = most efficient.
 *
 * 1. Intel names the types, and only that decides: frequencies within a type differ by turbo.
 * 2. Otherwise the scheduler's capacity, then the highest frequency, then the base frequency, since each may
 *    distinguish kinds that the one before does not: x86 has no capacity. A measure counts only if every CPU has it.
 * 3. Otherwise ARM's model numbers: they distinguish kinds, and show which are small. A measure wins over them, since
 *    cores of two models may perform the same (the A710 and A715 of one phone); hwloc decides the same way.
 */
export function kindsOf(
  cpus: readonly CpuRecord[],
  types: readonly { name: string; cpus: Cpuset }[],
): Map<number, number> {
  const named = types.filter(type => type.cpus.length > 0);
  if (named.length > 1) {
    const present = TYPES.filter(name => named.some(type => type.name === name));
    return new Map(named.flatMap(type => type.cpus.map((cpu): [number, number] => [cpu, present.indexOf(type.name)])));
  }
  const measures: Measure[] = [cpu => cpu.capacity, cpu => cpu.maxFrequency, cpu => cpu.baseFrequency];
  const known = measures.filter(measure => cpus.every(cpu => (measure(cpu) ?? 0) > 0));
  const classes = known.length > 0 ? known.map(measure => classesOf(cpus, measure, GAP)) : [classesOf(cpus, model, 1)];
  const keys = new Map(cpus.map((cpu, i) => [cpu.cpu, classes.map(of => of[i]!)]));
  const order = [...new Map([...keys.values()].map(key => [key.join(), key])).values()]
    .sort(compare)
    .map(key => key.join());
  return new Map([...keys].map(([cpu, key]) => [cpu, order.indexOf(key.join())]));
}

/** The index of each CPU's class: a value starts a new class if it is more than `gap` times the next lower value. */
function classesOf(cpus: readonly CpuRecord[], measure: Measure, gap: number): number[] {
  const values = cpus.map(cpu => measure(cpu) ?? 0);
  const classes = new Map<number, number>();
  let [index, before] = [-1, -Infinity];
  for (const value of [...new Set(values)].sort((a, b) => a - b)) {
    if (index < 0 || value > before * gap) index++;
    classes.set(value, index);
    before = value;
  }
  return values.map(value => classes.get(value)!);
}

/** Implementer and part of MIDR_EL1, the little cores lowest; variant and revision do not make another kind. */
function model({ midr }: CpuRecord): number {
  if (midr === null) return 0;
  const [implementer, part] = [(midr >>> 24) & 0xff, (midr >>> 4) & 0xfff];
  const little = implementer === 0x41 && LITTLE.has(part);
  return (little ? 0 : 2 ** 20) + implementer * 2 ** 12 + part;
}

function compare(a: readonly number[], b: readonly number[]): number {
  const at = a.findIndex((value, i) => value !== b[i]);
  return at < 0 ? 0 : a[at]! - b[at]!;
}
