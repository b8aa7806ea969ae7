import { intersect, type Cpuset } from '../cpuset.js';
import type { Host } from '../machine/host.js';

/** A process outside all claims that is confined to some of the machine's CPUs, by mpirun, taskset or the like. */
export interface UnclaimedProgram {
  /** the process */
  pid: number;
  /** its effective user; null if it has just ended */
  uid: number | null;
  /** name of that user in /etc/passwd; null if it has none */
  user: string | null;
  /** its command line; its name if that cannot be read */
  command: string;
  /** the cpusets of its confined threads, each once */
  affinities: Cpuset[];
}

/** What other programs do on the machine. */
export interface Surroundings {
  /** the directory that claims were read from */
  ledger: string;
  strangers: readonly UnclaimedProgram[];
  /** for each CPU the share of 0.1 seconds in which it was not idle, 0 to 1 */
  load: ReadonlyMap<number, number>;
}

/** The surroundings if only the claims of other programs matter. */
export function unobserved(ledger: string): Surroundings {
  return { ledger, strangers: [], load: new Map() };
}

/** A CPU is busy if it was not idle for more than this part of the time. */
export const BUSY_LOAD = 0.5;
/** The part of a CPU's use that counts against the other CPUs of its core. */
const SIBLING_WEIGHT = 0.25;

/** Whether a thread may use only some of the CPUs that all processes may use. */
export function isConfined(affinity: Cpuset, common: Cpuset): boolean {
  const within = intersect(affinity, common).length;
  return within > 0 && within < common.length;
}

/**
 * How much other programs use each CPU; one that nobody uses is not in the map. It counts programs that are pinned
 * there, the CPU's load if it is busy, and a quarter of the use of the other CPUs of its core.
 */
export function dislikes(host: Host, { strangers, load }: Surroundings, taken: Cpuset): Map<number, number> {
  const own = new Map<number, number>();
  const add = (cpu: number, much: number) => own.set(cpu, (own.get(cpu) ?? 0) + much);
  for (const { affinities } of strangers) for (const [cpu, much] of pressure(affinities)) add(cpu, much);
  for (const [cpu, busy] of load) if (busy > BUSY_LOAD) add(cpu, busy);
  const used = new Map(own);
  for (const cpu of taken) used.set(cpu, 1);
  for (const [core, cpus] of coreMates(host)) {
    if (core === null || cpus.length < 2) continue;
    const sum = cpus.reduce((total, cpu) => total + (used.get(cpu) ?? 0), 0);
    for (const cpu of cpus) if (sum > (used.get(cpu) ?? 0)) add(cpu, SIBLING_WEIGHT * (sum - (used.get(cpu) ?? 0)));
  }
  return own;
}

/** A process counts on a CPU as its most confined thread there does: 1 ÷ the number of that thread's CPUs. */
function pressure(affinities: readonly Cpuset[]): Map<number, number> {
  const most = new Map<number, number>();
  for (const cpus of affinities) for (const cpu of cpus) most.set(cpu, Math.max(most.get(cpu) ?? 0, 1 / cpus.length));
  return most;
}

function coreMates(host: Host): Map<number | null, number[]> {
  const cores = new Map<number | null, number[]>();
  for (const { cpu, core } of host.cpus) cores.set(core, [...(cores.get(core) ?? []), cpu]);
  return cores;
}
