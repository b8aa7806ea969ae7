import { coresOf, type Host } from '../machine/host.js';

/** Which cores a worker of several threads may have on a machine with several kinds of cores. */
export const CORE_CHOICES = ['performance', 'all'] as const;
/** One of CORE_CHOICES. */
export type CoreChoice = (typeof CORE_CHOICES)[number];

/** How workers of several threads fit a machine with several kinds of cores. */
export interface KindsOfCores {
  /** kinds of cores among the allowed CPUs, at least 2 */
  kinds: number;
  /** whether some worker's threads are on cores of several kinds, so that the slower ones hold the others up */
  spanned: boolean;
  /** threads of each worker on cores of one kind, one thread for each core, the most capable cores first */
  performance: number;
  /** threads of each worker if all CPUs are shared out */
  all: number;
}

/** Allowed cores of one kind, and their CPUs, without the reserve. */
interface Kind {
  cores: number;
  cpus: number;
}

/**
 * @param workers how many workers there are
 * @param all threads of each if all CPUs are shared out
 * @param given threads of each that the user gave; default: `choice` decides
 * @param reserve CPUs that are kept free; with `physical`, cores
 * @returns null if no worker would be on cores of several kinds, however the CPUs are shared out
 */
export function kindsOfCores(
  host: Host,
  workers: number,
  { all, given, choice }: { all: number; given: number | undefined; choice: CoreChoice },
  { physical, reserve }: { physical: boolean; reserve: number },
): KindsOfCores | null {
  const kinds = allowedKinds(host, physical, reserve);
  if (kinds.length < 2 || !spans(kinds, workers, given ?? all)) return null;
  const performance = onOneKind(kinds, workers);
  const spanned = given !== undefined || choice === 'all' || performance >= all;
  return { kinds: kinds.length, spanned, performance: Math.min(performance, all), all };
}

/** The most capable kind first. The reserve takes CPUs of the least capable one. */
function allowedKinds(host: Host, physical: boolean, reserve: number): Kind[] {
  const found = new Map<number, Kind>();
  for (const core of coresOf(host.cpus.filter(cpu => cpu.allowed))) {
    const kind = core[0]!.kind ?? 0;
    const { cores, cpus } = found.get(kind) ?? { cores: 0, cpus: 0 };
    found.set(kind, { cores: cores + 1, cpus: cpus + (physical ? 1 : core.length) });
  }
  let left = reserve;
  const fromLeast = [...found]
    .sort(([a], [b]) => a - b)
    .map(([, { cores, cpus }]) => {
      const taken = Math.min(left, cpus);
      left -= taken;
      return { cores: Math.min(cores, cpus - taken), cpus: cpus - taken };
    });
  return fromLeast.reverse().filter(({ cpus }) => cpus > 0);
}

/** Whether some worker gets CPUs of several kinds, as places are chosen. */
function spans(kinds: readonly Kind[], workers: number, threads: number): boolean {
  const inside = kinds.reduce((sum, { cpus }) => sum + Math.floor(cpus / threads), 0);
  return (
    threads > 1 && inside < Math.min(workers, Math.floor(kinds.reduce((sum, { cpus }) => sum + cpus, 0) / threads))
  );
}

/** The most threads that each worker can have on its own cores of one kind; the first on the most capable kind. */
function onOneKind(kinds: readonly Kind[], workers: number): number {
  for (let threads = kinds[0]!.cores; threads > 1; threads--) {
    if (kinds.reduce((sum, { cores }) => sum + Math.floor(cores / threads), 0) >= workers) return threads;
  }
  return 1;
}
