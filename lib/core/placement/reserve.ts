import type { Host } from '../machine/host.js';
import { domains, type Unit } from './units.js';

/** One CPU serves clearly more interrupts than the others where it has served so many times their mean. */
const CLEARLY_MORE = 2;

/**
 * The units that the reserve takes, where it hurts least: of the least capable kind, there first the one that clearly
 * serves the most interrupts, then from the end of the machine.
 * @param units in the order of the machine
 * @param wholeCores take core after core; else the siblings of all cores before any core's first CPU
 */
export function reservedUnits(host: Host, units: readonly Unit[], count: number, wholeCores: boolean): Unit[] {
  const turn = new Map<Unit, number>();
  for (const core of domains(units, 'core')) core.forEach((unit, i) => turn.set(unit, wholeCores ? 0 : i));
  const serving = servingUnit(host, units);
  const order = [...units]
    .reverse()
    .sort((a, b) => a.kind - b.kind || Number(b === serving) - Number(a === serving) || turn.get(b)! - turn.get(a)!);
  return order.slice(0, count);
}

/** The unit that the interrupts go to. With one unit a core, that of the CPU's core. */
function servingUnit(host: Host, units: readonly Unit[]): Unit | undefined {
  const number = servingCpu(host);
  const serving = host.cpus.find(cpu => cpu.allowed && cpu.cpu === number);
  if (!serving) return undefined;
  const siblings = new Set(host.cpus.filter(cpu => cpu.core !== null && cpu.core === serving.core).map(cpu => cpu.cpu));
  return units.find(unit => unit.cpu === serving.cpu) ?? units.find(unit => siblings.has(unit.cpu));
}

/** The online CPU that has served clearly more interrupts than the others; null where none has, or it is not told. */
export function servingCpu(host: Host): number | null {
  const online = new Set(host.cpus.filter(cpu => cpu.online).map(cpu => cpu.cpu));
  const served = (host.interrupts ?? []).filter(({ cpu }) => online.has(cpu));
  if (served.length < 2) return null;
  const most = served.reduce((best, one) => (one.count > best.count ? one : best));
  const others = served.reduce((sum, one) => sum + one.count, 0) - most.count;
  return most.count > 0 && most.count * (served.length - 1) >= CLEARLY_MORE * others ? most.cpu : null;
}
