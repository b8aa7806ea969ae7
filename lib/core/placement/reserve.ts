import type { Host } from '../machine/host.js';
import { domains, type Unit } from './units.js';

/** A CPU serves clearly more interrupts than the others if it has served this many times their mean. */
const CLEARLY_MORE = 2;

/**
 * The units that the reserve takes, chosen to cost least: of the least capable kind, first the unit that clearly serves
 * the most interrupts, then from the end of the machine.
 * @param units in the order of the machine
 * @param wholeCores take core after core; otherwise the siblings of all cores before any core's first CPU
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

/** The unit that serves the interrupts; with one unit per core, the unit of that CPU's core. */
function servingUnit(host: Host, units: readonly Unit[]): Unit | undefined {
  const number = servingCpu(host);
  const serving = host.cpus.find(cpu => cpu.allowed && cpu.cpu === number);
  if (!serving) return undefined;
  const siblings = new Set(host.cpus.filter(cpu => cpu.core !== null && cpu.core === serving.core).map(cpu => cpu.cpu));
  return units.find(unit => unit.cpu === serving.cpu) ?? units.find(unit => siblings.has(unit.cpu));
}

/** The online CPU that has served clearly more interrupts than the others; null if none has, or it is unknown. */
export function servingCpu(host: Host): number | null {
  const online = new Set(host.cpus.filter(cpu => cpu.online).map(cpu => cpu.cpu));
  const served = (host.interrupts ?? []).filter(({ cpu }) => online.has(cpu));
  if (served.length < 2) return null;
  const most = served.reduce((best, one) => (one.count > best.count ? one : best));
  const others = served.reduce((sum, one) => sum + one.count, 0) - most.count;
  return most.count > 0 && most.count * (served.length - 1) >= CLEARLY_MORE * others ? most.cpu : null;
}
