/** A CPU's time since the machine started, in clock ticks. */
export interface CpuTime {
  busy: number;
  total: number;
}

/** Parses proc_stat(5): user nice system idle iowait irq softirq steal; user and nice already include guest time. */
export function parseCpuTimes(text: string): Map<number, CpuTime> {
  const found = new Map<number, CpuTime>();
  for (const [, cpu, figures] of text.matchAll(/^cpu(\d{1,7})((?: \d+)+)/gm)) {
    const ticks = figures!.trim().split(' ').map(Number).slice(0, 8);
    const total = ticks.reduce((sum, one) => sum + one, 0);
    found.set(Number(cpu), { busy: total - (ticks[3] ?? 0) - (ticks[4] ?? 0), total });
  }
  return found;
}

/** The share of time, 0 to 1, that each CPU was busy between two readings; omits CPUs without a tick in between. */
export function loadBetween(
  before: ReadonlyMap<number, CpuTime>,
  after: ReadonlyMap<number, CpuTime>,
): Map<number, number> {
  const load = new Map<number, number>();
  for (const [cpu, { busy, total }] of after) {
    const first = before.get(cpu);
    const ticks = total - (first?.total ?? total);
    if (first && ticks > 0) load.set(cpu, Math.min(1, Math.max(0, (busy - first.busy) / ticks)));
  }
  return load;
}
