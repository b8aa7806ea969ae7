import { intersect, type Cpuset } from '../cpuset.js';
import { allowedOf } from '../machine/limits.js';
import { onlineCpus, type Host } from '../machine/host.js';

/** A process outside of every claim that is confined to some of the machine's CPUs: by mpirun, taskset or the like. */
export interface UnclaimedProgram {
  pid: number;
  uid: number | null;
  user: string | null;
  command: string;
  /** what its threads are confined to, each cpuset once */
  affinities: Cpuset[];
}

/** What goes on beside us. */
export interface Surroundings {
  strangers: readonly UnclaimedProgram[];
  /** of each CPU the part of the last moment in which it was not idle, 0 to 1 */
  load: ReadonlyMap<number, number>;
}

export const NO_SURROUNDINGS: Surroundings = { strangers: [], load: new Map() };

/** A CPU with more load than this is busy. */
export const BUSY = 0.5;
/** What goes on at a CPU counts for the others of its core by this. */
const SIBLING = 0.25;

/** The CPUs that a process has where nobody confines it: online, and in our control group's cpuset. */
export function commonCpus(host: Host): Cpuset {
  return allowedOf(onlineCpus(host), { affinity: null, cpuset: host.limits.cpuset });
}

/** Whether somebody has confined a thread to less than what all have. */
export function isConfined(affinity: Cpuset, common: Cpuset): boolean {
  const within = intersect(affinity, common).length;
  return within > 0 && within < common.length;
}

/**
 * How little a CPU is wanted, where it is not just as good as one that nobody uses: strangers that are pinned there,
 * its load where it is busy, and by a quarter what goes on at the other CPUs of its core.
 */
export function dislikes(host: Host, { strangers, load }: Surroundings, taken: Cpuset): Map<number, number> {
  const own = new Map<number, number>();
  const add = (cpu: number, much: number) => own.set(cpu, (own.get(cpu) ?? 0) + much);
  for (const { affinities } of strangers) for (const [cpu, much] of pressure(affinities)) add(cpu, much);
  for (const [cpu, busy] of load) if (busy > BUSY) add(cpu, busy);
  const used = new Map(own);
  for (const cpu of taken) used.set(cpu, 1);
  for (const [core, cpus] of coreMates(host)) {
    if (core === null || cpus.length < 2) continue;
    const sum = cpus.reduce((total, cpu) => total + (used.get(cpu) ?? 0), 0);
    for (const cpu of cpus) if (sum > (used.get(cpu) ?? 0)) add(cpu, SIBLING * (sum - (used.get(cpu) ?? 0)));
  }
  return own;
}

/** One process wants a CPU as much as its most confined thread there does. */
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
