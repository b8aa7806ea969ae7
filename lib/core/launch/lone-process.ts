/** How many CPUs a process of a program used between two looks, on average. */
export interface ProcessUse {
  /** (pid, start time) */
  identity: string;
  pid: number;
  cpus: number;
  /** whether it is a worker, which has its own place */
  worker: boolean;
}

/** A process computes with one thread if it uses so many CPUs, and waits if it uses less than WAITS_BELOW. */
const ONE_THREAD = { least: 0.8, most: 1.3 };
const WAITS_BELOW = 0.5;
/** So much must idle before more threads could help: CPUs, and a part of all CPUs. */
const IDLE_LEAST = { cpus: 0.5, part: 0.25 };

/**
 * The process that computes with one thread while all others wait most of the time and CPUs idle: a program that trains
 * in its first process, with or without workers that load data. A worker that computes is one of a pool, so it is none.
 * @param idle CPUs that nobody used, of those that the program may use
 * @param cpus that the program may use
 * @returns null if there is no such process
 */
export function loneProcess(uses: readonly ProcessUse[], idle: number, cpus: number): ProcessUse | null {
  if (idle < Math.max(IDLE_LEAST.cpus, cpus * IDLE_LEAST.part)) return null;
  const [first, second] = [...uses].sort((a, b) => b.cpus - a.cpus);
  if (!first || first.worker || first.cpus < ONE_THREAD.least || first.cpus > ONE_THREAD.most) return null;
  return (second?.cpus ?? 0) < WAITS_BELOW ? first : null;
}
