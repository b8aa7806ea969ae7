import type { Cpuset } from '../cpuset.js';
import type { CpuRecord } from '../records.js';

/** A number by which cores can be told apart, the more capable the higher; null where it is not told. */
type Measure = (cpu: CpuRecord) => number | null;

/** Names that Intel's performance counters have, the most efficient core first. */
const TYPES = ['cpu_lowpower', 'cpu_atom', 'cpu_core'];

/**
 * Values nearer to each other than this are one class. Turbo gives a few cores of one kind 4 to 6 % more than the
 * others (5.0 and 5.2 GHz of a Core i7-1370P), firmware rounds; cores of two kinds are 14 % apart or more (5.0 and
 * 3.9 GHz there; 855 and 1024 of a phone).
 */
const GAP = 1.1;

/** ARM's cores made to save energy (Cortex-A5, A7, A35, A53, A55, A510, A520), by part number. */
const LITTLE = new Set([0xc05, 0xc07, 0xd04, 0xd03, 0xd05, 0xd46, 0xd80]);

/**
 * The kind of each CPU, 0 = most efficient.
 *
 * 1. Intel names the types, and that decides alone: frequencies within a type are turbo.
 * 2. Else the scheduler's capacity, then the highest frequency, then the base frequency, since each may tell kinds
 *    apart that the one before does not: on x86 there is no capacity. A measure that not every CPU tells says nothing.
 * 3. Else ARM's model numbers: they tell kinds apart, and of which the small ones are. Where there is a measure they
 *    are not asked, since cores of two models may do the same (the A710 and A715 of one phone), and hwloc says so too.
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
  const told = measures.filter(measure => cpus.every(cpu => (measure(cpu) ?? 0) > 0));
  const classes = told.length > 0 ? told.map(measure => classesOf(cpus, measure, GAP)) : [classesOf(cpus, model, 1)];
  const keys = new Map(cpus.map((cpu, i) => [cpu.cpu, classes.map(of => of[i]!)]));
  const order = [...new Map([...keys.values()].map(key => [key.join(), key])).values()]
    .sort(compare)
    .map(key => key.join());
  return new Map([...keys].map(([cpu, key]) => [cpu, order.indexOf(key.join())]));
}

/** For each CPU the index of its class: a value begins a new one where it is more than `gap` times the next lower value. */
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

/** Implementer and part of MIDR_EL1, the little cores lowest; variant and revision are no other kind. */
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
