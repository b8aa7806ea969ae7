import { adviceOf, type BatchAdvice } from './advice.js';
import { CHOSEN_CPUS, withChosenCpus } from '../machine/chosen-cpus.js';
import { badInput } from '../../errors.js';
import { formatCpulist } from '../cpuset.js';
import { allowedCpus, coresOf, effectiveCpus, onlineCpus, type Host } from '../machine/host.js';
import { AFFINITY_SOURCE, allowedOf } from '../machine/limits.js';
import { count, plural } from '../text.js';
import type { Environment } from '../environment.js';
import { threadEnvironment } from './thread-environment.js';
import { libraryThreads, type LibraryThreads } from './thread-variables.js';
import { CORE_CHOICES, kindsOfCores, type CoreChoice, type KindsOfCores } from './kinds-of-cores.js';

/** What is known about the workers. The limits of the machine yield the rest. */
export interface BudgetOptions {
  /** number of workers, from 1 to 65,536, whatever the limits; default: as many as they allow */
  workers?: number | undefined;
  /** threads of each worker, from 1 to 65,536; default 1, or, if `workers` is set, the CPUs divided among them */
  threadsPerWorker?: number | undefined;
  /** CPUs kept for the OS and the parent, from 0 to 65,536; default 1, or 0 if a limit leaves others a CPU anyway */
  reserve?: number | undefined;
  /** count cores instead of CPUs; default false */
  physical?: boolean | undefined;
  /**
   * for workers of several threads, if they would be on cores of several kinds: `performance`: as many threads as fit
   * on cores of one kind, one for each core, the most capable cores first; `all`: an equal share of all CPUs; default
   * `performance`
   */
  cores?: CoreChoice | undefined;
  /** bytes that one worker needs, at least 1; default: memory does not limit the workers */
  memoryPerWorker?: number | undefined;
}

/** What limits the number of workers. */
export type LimitName =
  /** CPUs that are switched on */
  | 'online'
  /** CPUs in the control group's cpuset and in the affinity */
  | 'allowed'
  /** the control group's CPU time */
  | 'quota'
  /** CPUs that this variable names */
  | 'GOVERNOR_CPUS'
  /** CPUs that nobody else has claimed */
  | 'claims'
  /** memory that is available, if `memoryPerWorker` is given */
  | 'memory'
  /** processes and threads that may exist */
  | 'pids'
  /** the number that the user gave */
  | 'workers';

/** A limit, and the number of workers that it would allow by itself. */
export interface BudgetLimit {
  /** what limits */
  name: LimitName;
  /** the number of workers, at least 1 */
  workers: number;
  /** what was found, as text for people: `1.5 CPUs of time` */
  found: string;
  /** the file or variable that says so, or `options` */
  source: string;
}

/** How many workers to start, how many threads each, and why. */
export interface Budget {
  /** how many workers to start, at least 1 */
  workers: number;
  /** how many threads each worker should have, at least 1 */
  threadsPerWorker: number;
  /** CPUs (with `physical`, cores) that may be used: the allowed ones, or the quota rounded down if less; at least 1 */
  usable: number;
  /** CPUs (with `physical`, cores) kept for the OS and the parent */
  reserve: {
    /** how many */
    cpus: number;
    /** why so many, as text for people */
    reason: string;
    /** CPUs of the default reserve that a given number of workers uses up; default 0 */
    spent?: number;
  };
  /** workers that the CPUs allow, or those that were asked for; memory and `pids` do not count */
  cpuWorkers: number;
  /** how many of `cpuWorkers` fit into the memory, at least 1 */
  memoryWorkers: number;
  /** every limit that applies */
  limits: BudgetLimit[];
  /** the limit that decided */
  winner: LimitName;
  /** whether cores were counted instead of CPUs */
  physical: boolean;
  /** how workers of several threads fit the kinds of cores; null: each fits on cores of one kind anyway */
  kinds: KindsOfCores | null;
  /** the control group's CPU weight, as text for people; it decides nothing; null: the kernel's default */
  weight: string | null;
  /** a batch system's number of CPUs, if it differs from the usable ones; it decides nothing */
  advice: BatchAdvice[];
  /** the threads of the whole program to expect */
  expected: {
    /** threads that OpenBLAS would take in a worker, under the governed variables and the user's own */
    threadsPerWorker: number;
    /** computing threads of all workers */
    compute: number;
    /** the least: the computing threads and 5 more, for parents, helpers and runtimes; `run` knows the runtime */
    low: number;
    /** the most: the computing threads and 10 more; `run` knows the runtime */
    high: number;
  };
  /** what the same number of workers would start in this environment without governed variables */
  ungoverned: {
    /** threads of the whole program, if each worker uses OpenBLAS: all workers', and the parent; at least `high` */
    threads: number;
    /** threads that OpenBLAS would take in a worker */
    threadsPerWorker: number;
    /** the threads of each library, OpenBLAS first */
    libraries: LibraryThreads[];
  };
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
  const share = options.workers ? Math.max(1, Math.floor(compute / options.workers)) : 1;
  const asked = options.threadsPerWorker;
  const fitting = (cpus: number, threads = threadsPerWorker) =>
    Math.max(1, Math.floor((cpus - reserve.cpus) / threads));
  const kinds = kindsOfCores(
    host,
    options.workers ?? fitting(usable, asked ?? 1),
    { all: share, given: asked, choice: options.cores ?? 'performance' },
    { physical, reserve: reserve.cpus },
  );
  const threadsPerWorker = asked ?? (kinds && !kinds.spanned ? kinds.performance : share);
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
    kinds,
    weight: weightText(host.limits.weight),
    advice: adviceOf(environment, Math.max(1, Math.floor(effectiveCpus(visible, quota?.value ?? null)))),
    expected: {
      threadsPerWorker: blas,
      compute: workers * blas,
      low: workers * blas + OVERHEAD_THREADS.low,
      high: workers * blas + OVERHEAD_THREADS.high,
    },
    ungoverned: {
      threads: Math.max(workers * libraries[0]!.threads + 1, workers * blas + OVERHEAD_THREADS.high),
      threadsPerWorker: libraries[0]!.threads,
      libraries,
    },
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
  const { cores, memoryPerWorker: bytes } = options;
  if (cores !== undefined && !CORE_CHOICES.includes(cores)) throw badInput('cores', cores, CORE_CHOICES.join(' or '));
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
