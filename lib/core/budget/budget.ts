import { adviceOf, type BatchAdvice } from './advice.js';
import { CHOSEN_CPUS, withChosenCpus } from '../machine/chosen-cpus.js';
import { badInput } from '../../errors.js';
import { formatCpulist } from '../cpuset.js';
import { allowedCpus, coresOf, effectiveCpus, onlineCpus, type Host } from '../machine/host.js';
import { AFFINITY_SOURCE, allowedOf } from '../machine/limits.js';
import { count, plural } from '../text.js';
import type { Environment } from '../environment.js';
import { libraryThreads, threadEnvironment, type LibraryThreads } from './thread-variables.js';

export interface BudgetOptions {
  /** number of workers, whatever the CPUs; default: as many as the limits allow */
  workers?: number | undefined;
  /** threads of each worker; default 1, or, if `workers` is set, the CPUs divided among them */
  threadsPerWorker?: number | undefined;
  /** CPUs kept for the OS and the parent; default 1, or 0 if a limit leaves a CPU to others anyway */
  reserve?: number | undefined;
  /** count cores, not SMT siblings; default false */
  physical?: boolean | undefined;
  /** bytes that one worker needs; default: memory does not limit */
  memoryPerWorker?: number | undefined;
}

export type LimitName = 'online' | 'allowed' | 'quota' | 'GOVERNOR_CPUS' | 'claims' | 'memory' | 'pids' | 'workers';

/** A limit, and the number of workers that it would allow by itself. */
export interface BudgetLimit {
  name: LimitName;
  workers: number;
  /** what was found, as text */
  found: string;
  source: string;
}

export interface Budget {
  /** how many workers to start */
  workers: number;
  threadsPerWorker: number;
  /** CPUs that workers may use: min(allowed, floor of the quota), at least 1 */
  usable: number;
  reserve: {
    cpus: number;
    reason: string;
    /** CPUs of the default reserve that a given number of workers uses up; default 0 */
    spent?: number;
  };
  /** workers that the CPUs allow, ignoring memory and pids */
  cpuWorkers: number;
  /** workers that the CPUs and the memory allow */
  memoryWorkers: number;
  /** every limit that applies */
  limits: BudgetLimit[];
  /** the limit that decided */
  winner: LimitName;
  physical: boolean;
  /** the control group's CPU weight as text; null: the kernel's default */
  weight: string | null;
  /** a batch system's number of CPUs, if it differs from the usable ones; not obeyed */
  advice: BatchAdvice[];
  /** threads of the whole program: computing threads, and with 5 to 10 more for parents, helpers and runtimes */
  expected: { threadsPerWorker: number; compute: number; low: number; high: number };
  /** what the same number of workers would start without the governor, in this environment */
  ungoverned: { threads: number; threadsPerWorker: number; libraries: LibraryThreads[] };
}

/** The largest number of workers, threads or reserved CPUs that an option accepts. */
export const MOST_WORKERS = 65_536;
/** Threads of parents, helpers and runtimes. */
const OVERHEAD_THREADS = { low: 5, high: 10 };

/**
 * Computes how many workers to start, how many threads each, and why.
 * @param environment the current variables: the user's own values count, and GOVERNOR_CPUS restricts the host
 * @throws GovernorError BAD_INPUT
 */
export function computeBudget(given: Host, options: BudgetOptions = {}, environment: Environment = {}): Budget {
  validate(options);
  const host = withChosenCpus(given, environment);
  const physical = options.physical ?? false;
  const online = unitsOf(host, onlineCpus(host), physical);
  const allowed = unitsOf(host, allowedCpus(host), physical);
  const { quota } = host.limits;
  const usable = Math.max(1, Math.min(allowed, quota ? Math.floor(quota.value) : allowed));
  const reserve = reserveOf(options, host);
  const compute = Math.max(1, usable - reserve.cpus);
  const threadsPerWorker =
    options.threadsPerWorker ?? (options.workers ? Math.max(1, Math.floor(compute / options.workers)) : 1);
  const fitting = (cpus: number) => Math.max(1, Math.floor((cpus - reserve.cpus) / threadsPerWorker));
  const cpuWorkers = options.workers ?? fitting(usable);

  const limits: BudgetLimit[] = [];
  const consider = (name: LimitName, workers: number, found: string, source: string) =>
    limits.push({ name, workers: Math.max(1, workers), found, source });
  consider('online', fitting(online), `${count(online, physical ? 'core' : 'CPU')} online`, 'sysfs cpu/online');
  const { chosen, free } = host.limits;
  const before = chosen || free ? unitsOf(host, allowedOf(onlineCpus(host), host.limits), physical) : allowed;
  if (before < online) consider('allowed', fitting(before), `${before} of ${online} allowed`, allowedSource(host));
  const left = free && chosen ? unitsOf(host, chosen.value, physical) : allowed;
  if (chosen) consider(CHOSEN_CPUS, fitting(left), `${left} chosen (${formatCpulist(chosen.value)})`, chosen.source);
  if (free) consider('claims', fitting(allowed), `${allowed} free (${formatCpulist(free.value)})`, free.source);
  if (quota) consider('quota', fitting(Math.floor(quota.value)), `${quotaWords(quota.value)} of time`, quota.source);
  const memory = memoryLimit(host, options.memoryPerWorker);
  if (memory) consider('memory', memory.workers, memory.found, memory.source);
  const pids = host.limits.pids;
  if (pids) {
    const left = pids.left ?? pids.value;
    const found = pids.left === null ? `${count(left, 'thread')} in total` : `${count(left, 'more thread')} can start`;
    consider('pids', Math.floor((left - OVERHEAD_THREADS.high) / threadsPerWorker), found, pids.source);
  }
  const memoryWorkers = Math.max(1, Math.min(cpuWorkers, memory?.workers ?? cpuWorkers));

  if (options.workers)
    limits.push({
      name: 'workers',
      workers: options.workers,
      found: `${options.workers} requested`,
      source: 'options',
    });
  const winner = options.workers
    ? limits.at(-1)!
    : limits.reduce((best, limit) => (limit.workers < best.workers ? limit : best));
  const workers = winner.workers;
  const governed = threadEnvironment({ workers, threads: threadsPerWorker }, environment).set;
  const visible = Math.max(1, allowedCpus(host).length);
  const blas = libraryThreads({ ...environment, ...governed }, visible)[0]!.threads;
  const libraries = libraryThreads(environment, visible);
  return {
    workers,
    threadsPerWorker,
    usable,
    reserve,
    cpuWorkers,
    memoryWorkers,
    limits,
    winner: winner.name,
    physical,
    weight: weightText(host.limits.weight),
    advice: adviceOf(environment, Math.max(1, Math.floor(effectiveCpus(visible, quota?.value ?? null)))),
    expected: {
      threadsPerWorker: blas,
      compute: workers * blas,
      low: workers * blas + OVERHEAD_THREADS.low,
      high: workers * blas + OVERHEAD_THREADS.high,
    },
    ungoverned: { threads: workers * libraries[0]!.threads + 1, threadsPerWorker: libraries[0]!.threads, libraries },
  };
}

function validate(options: BudgetOptions): void {
  const whole = (name: string, value: number | undefined, least: number) => {
    if (value !== undefined && !(Number.isInteger(value) && value >= least && value <= MOST_WORKERS)) {
      throw badInput(name, value, `an integer from ${least} to ${MOST_WORKERS}`);
    }
  };
  whole('workers', options.workers, 1);
  whole('threadsPerWorker', options.threadsPerWorker, 1);
  whole('reserve', options.reserve, 0);
  const bytes = options.memoryPerWorker;
  if (bytes !== undefined && !(Number.isFinite(bytes) && bytes >= 1))
    throw badInput('memoryPerWorker', bytes, 'bytes, at least 1');
}

function unitsOf(host: Host, cpus: readonly number[], physical: boolean): number {
  const chosen = new Set(cpus);
  return physical ? coresOf(host.cpus.filter(cpu => chosen.has(cpu.cpu))).length : cpus.length;
}

/**
 * 0 if a quota or cpuset already leaves an online CPU to others, even an SMT sibling; else 1. CPUs that other programs
 * have claimed do not count as left to the OS.
 */
function reserveOf(options: BudgetOptions, host: Host): Budget['reserve'] {
  if (options.reserve !== undefined) return { cpus: options.reserve, reason: 'as requested' };
  const online = onlineCpus(host).length;
  const { chosen, free } = host.limits;
  const allowed = free
    ? (chosen?.value.length ?? allowedOf(onlineCpus(host), host.limits).length)
    : allowedCpus(host).length;
  const usable = Math.max(1, Math.min(allowed, Math.floor(host.limits.quota?.value ?? allowed)));
  if (usable < online)
    return { cpus: 0, reason: `${online - usable} of ${online} online CPUs are left to others anyway` };
  return { cpus: 1, reason: 'for the OS and the parent' };
}

function allowedSource(host: Host): string {
  const { cpuset, affinity } = host.limits;
  const online = onlineCpus(host).length;
  if (cpuset && cpuset.value.length < online && cpuset.value.length <= (affinity?.value.length ?? online))
    return cpuset.source;
  return affinity?.source ?? AFFINITY_SOURCE;
}

/** Workers that fit into the memory left in the machine or in the control group, whichever is less. */
function memoryLimit(
  host: Host,
  perWorker: number | undefined,
): { workers: number; found: string; source: string } | null {
  if (perWorker === undefined) return null;
  const machine = host.memory.available ?? host.memory.total;
  const group = host.limits.memory;
  const inGroup = group ? (group.left ?? group.value) : null;
  if (machine === null && inGroup === null) return null;
  const byGroup = inGroup !== null && inGroup < (machine ?? Infinity);
  const left = byGroup ? inGroup : machine!;
  return {
    workers: Math.floor(left / perWorker),
    found: `${gibibytes(left)} available, ${gibibytes(perWorker)} per worker`,
    source: byGroup ? group!.source : '/proc/meminfo MemAvailable',
  };
}

/** `39 (default 100, FILE)` */
export function weightText(weight: Host['limits']['weight']): string | null {
  return weight && `${weight.value} (default ${weight.usual}, ${weight.source})`;
}

/** `26.5GB`. The banner's text is contractual: its GB and MB are GiB and MiB. */
export function gibibytes(bytes: number): string {
  return bytes < 2 ** 30 / 10 ? `${(bytes / 2 ** 20).toFixed(1)}MB` : `${(bytes / 2 ** 30).toFixed(1)}GB`;
}

/** `1.5 CPUs`, with three decimals at most. */
export function quotaWords(cpus: number): string {
  const rounded = Math.round(cpus * 1000) / 1000;
  return `${rounded} ${plural(rounded, 'CPU')}`;
}
