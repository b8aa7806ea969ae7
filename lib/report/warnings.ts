import type { RunWarning } from '../core/launch/run-warning.js';
import { holderText } from '../core/claims/lock-holder.js';
import type { LeftProcess } from '../core/launch/left-process.js';
import type { BatchAdvice } from '../core/budget/advice.js';
import { cpuset } from '../core/cpuset.js';
import type { KeptVariable } from '../core/budget/thread-environment.js';
import type { GpuVariable } from '../core/machine/visible-gpus.js';
import type { SharedPlace } from '../core/launch/shared-place.js';
import { count, cpuWords, joinAnd, listed, plural } from '../core/text.js';
import { printable } from './printable.js';

/** The text of every warning: one line that says what happened and what to do. */

export function keptVariable({ name, value, instead }: KeptVariable): string {
  return `keeping your ${name}=${printable(value)}; the budget would set ${instead} (unset ${name} to use it)`;
}

export function pinningVariable({ name, value }: { name: string; value: string }): string {
  return printable(
    `keeping your ${name}=${value}, but it makes a library pin the main thread, ` +
      `and all workers inherit that (unset ${name})`,
  );
}

/** If the kernel refuses a memory policy. */
export function refusedMemory(who: 'ranks' | 'workers'): string {
  return (
    `${who} are pinned, but the kernel refused to prefer their NUMA node's memory ` +
    '(set_mempolicy; in a container allow it, or give CAP_SYS_NICE)'
  );
}

/** A tree whose processes come and go faster than they are pinned. */
export const UNSETTLED =
  'the program kept starting processes or moving its threads; some may not be pinned: ' +
  'pin it again, or start it with governor run';

export function notClaimed(reason: string): string {
  return (
    `${printable(reason)}; running without a claim: other runs may take the same CPUs ` +
    '(GOVERNOR_LEDGER names another directory)'
  );
}

export function unresolvedGpus({ name, value }: GpuVariable): string {
  return printable(
    `${name}=${value}: /sys does not report GPU UUIDs, so --near gpu uses all GPUs in the order of their addresses ` +
      '(give indices instead)',
  );
}

/** A control group's weight that differs from the default; by itself it takes no CPU away. */
export function weightLine(weight: string): string {
  return `CPU weight: ${weight}; matters only under contention; ignored`;
}

export function adviceLine({ name, cpus }: BatchAdvice): string {
  return (
    `advice: ${name} says ${count(cpus, 'CPU')}, but nothing enforces it here; ignored ` +
    '(set --workers or GOVERNOR_CPUS to follow it)'
  );
}

/** @param ended `all ranks were` */
export function timeIsOver(timeout: number, ended: string, left: readonly LeftProcess[]): string {
  const except = left.length === 0 ? '' : ` except ${plural(left.length, 'pid')} ${listed(left.map(({ pid }) => pid))}`;
  return `the time limit of ${timeout} s is over: ${ended} ended${except}`;
}

/** @param program as its user wrote it */
export function teamGiven(program: string, threads: number): string {
  return printable(
    `${program.replace(/^.*\//, '')} works with threads in one process: it gets ${threads}, not those of a worker; ` +
      '--threads-per-worker changes that',
  );
}

type WarningOf<Kind extends RunWarning['kind']> = Extract<RunWarning, { kind: Kind }>;

export function runWarning(warning: RunWarning): string {
  if (warning.kind === 'pin-failed') return `a worker could not be pinned: ${warning.reason}`;
  if (warning.kind === 'not-claimed') return notClaimed(warning.reason);
  if (warning.kind === 'not-verified') return `pins are no longer verified: ${printable(warning.reason)}`;
  if (warning.kind === 'memory-refused') return refusedMemory('ranks');
  if (warning.kind === 'gpus-unresolved') return unresolvedGpus(warning);
  if (warning.kind === 'reserve-used') return reserveUsed(warning);
  if (warning.kind === 'computes-alone') return computesAlone(warning);
  if (warning.kind === 'nproc-limited') return nprocLimited(warning);
  if (warning.kind === 'nproc-freed') return nprocFreed(warning);
  if (warning.kind === 'ledger-locked') {
    const who = printable(holderText(warning.holder));
    return `waiting for the ledger, which ${who} keeps locked; --share goes on without`;
  }
  if (warning.kind === 'warden-silent') return wardenSilent(warning);
  if (warning.kind === 'ends-late')
    return `killed, but not ended yet: ${processList(warning.processes)}; waiting up to 30 s`;
  if (warning.kind === 'not-ended') return `not ended, and still there: ${processList(warning.processes)}`;
  const { workers, places } = warning;
  return (
    `more workers than places: ${count(workers, 'worker')} share ${count(places.length, 'place')} ` +
    `(${cpuWords(cpuset(places.flat()))}); start fewer workers, or set --reserve 0`
  );
}

function wardenSilent({ pid, state }: WarningOf<'warden-silent'>): string {
  const who = pid === null ? 'the process that ends programs' : `thread-warden (pid ${pid}), which ends programs,`;
  const why = state === 't' ? 'a debugger holds it' : state === 'T' ? 'it is stopped' : 'it hangs, or has ended';
  return `${who} does not answer: ${why}; a second signal, or --timeout, ends everything without it`;
}

/** `sleep (pid 123, of root: governor may not end it)` */
function processList(processes: readonly LeftProcess[]): string {
  const one = ({ program, pid, uid, user, state, refused }: LeftProcess) => {
    const owner = uid === null ? '' : `, of ${user ?? `uid ${uid}`}`;
    const why = refused ? ': governor may not signal it' : `: the kernel has not ended it, state ${state}`;
    return `${program} (pid ${pid}${owner}${why})`;
  };
  return printable(listed(processes.map(one)));
}

function computesAlone({ pid, program, libraries, cpus, threads }: WarningOf<'computes-alone'>): string {
  // Two teams in one process displace each other: lib/core/audit/levers/thread-levers.ts.
  const one = libraries.includes('torch') && libraries.includes('OpenBLAS') ? 'OMP_NUM_THREADS=1 ' : '';
  return printable(
    `${program} (pid ${pid}) computes with one thread while other CPUs idle; if it can use more threads ` +
      `(${listed(libraries)} can), start it with ${one}governor run --workers 1, which gives it ` +
      `${threads === cpus ? `all ${threads}` : threads}; a program in Python also gets them by governor run --lend`,
  );
}

function nprocLimited({ program, nproc, cpus }: WarningOf<'nproc-limited'>): string {
  const whose = program === 'nproc' ? 'nproc runs inside' : `${program} runs inside`;
  return printable(
    `${whose}: nproc prints ${nproc} because OMP_NUM_THREADS=${nproc} is set, so that make -j$(nproc) starts ` +
      `${count(nproc, 'job')}; give make -j${cpus}, or governor run --except OMP_NUM_THREADS`,
  );
}

function nprocFreed({ program, cpus }: WarningOf<'nproc-freed'>): string {
  return printable(
    `OMP_NUM_THREADS is left out: nproc obeys it, and ${program} in this script would run too few jobs; ` +
      `each OpenMP program inside starts ${count(cpus, 'thread')}`,
  );
}

function reserveUsed({ workers, places, cpus }: WarningOf<'reserve-used'>): string {
  const [are, them] = cpus.length === 1 ? ['is a place', 'it'] : ['are places', 'them'];
  return (
    `${count(workers, 'worker')} working on ${count(places, 'place')}: ${cpuWords(cpus)}, kept free until now, ` +
    `${are} now; --reserve ${cpus.length} keeps ${them} free`
  );
}

/** What a launch or a run says if the workers that the user counted need CPUs of the default reserve. */
export function spentReserve(workers: number, spent: number): string {
  return (
    `${count(workers, 'worker')} ${plural(workers, 'uses', 'use')} ${count(spent, 'CPU')} that would be kept free; ` +
    `--reserve ${spent} keeps ${plural(spent, 'it', 'them')} free`
  );
}

/** What `exec` says if its rank shares CPUs with other ranks. */
export function sharedPlace({ cpus, ranks, strangers, boundBy }: SharedPlace): string {
  const pids = `${plural(strangers.length, 'pid')} ${listed(strangers)}`;
  const others = `${count(strangers.length, 'rank')} of another launch (${pids})`;
  const who =
    ranks.length > 1
      ? `ranks ${joinAnd(ranks)} share ${cpuWords(cpus)}${strangers.length > 0 ? ` with ${others}` : ''}`
      : `rank ${ranks[0]} shares ${cpuWords(cpus)} with ${others}`;
  return `${who}: ${SHARED_BY[boundBy ?? (strangers.length > 0 ? 'launches' : 'nobody')]}`;
}

const SHARED_BY = {
  'Open MPI': 'mpirun bound them there (start it with --bind-to none)',
  Slurm: 'Slurm bound them there (use srun --cpu-bind=none, or no --overcommit and --cpus-per-task=1)',
  torchrun: 'torchrun was started on so few CPUs',
  launches: 'each launch begins at the same CPU (give them different ones by GOVERNOR_CPUS)',
  nobody: 'there are more ranks than CPUs (start fewer)',
} as const;
