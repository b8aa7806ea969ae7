import type { Cpuset } from '../cpuset.js';
import type { LockHolder } from '../claims/lock-holder.js';
import type { LeftProcess } from './left-process.js';
import type { GpuVariable } from '../machine/visible-gpus.js';

/** Something in a run, a launch or a pin that is not as planned. */
export type RunWarning =
  /** more workers compute at once than there are places, so some share CPUs */
  | { kind: 'places-shared'; workers: number; places: readonly Cpuset[] }
  /** more workers worked than there were places, so that the reserve and other CPUs left over became places too */
  | { kind: 'reserve-used'; workers: number; places: number; cpus: Cpuset }
  /** a worker could not be pinned */
  | { kind: 'pin-failed'; reason: string }
  /** one process computes with one thread, nobody uses the other CPUs, and an option would give it more threads */
  | {
      kind: 'computes-alone';
      pid: number;
      /** its name, as the kernel shows it */
      program: string;
      /** libraries and runtimes in it that can use more threads */
      libraries: string[];
      /** CPUs that the program may use */
      cpus: number;
      /** threads that `--workers 1` would give it */
      threads: number;
    }
  /** a build tool runs no more jobs than nproc prints, and that obeys OMP_NUM_THREADS */
  | { kind: 'nproc-limited'; program: string; nproc: number; cpus: number }
  /** the kernel refuses ranks the memory of their NUMA node; they are pinned all the same */
  | { kind: 'memory-refused' }
  /** the ledger cannot be used, so the CPUs are used without a claim on them */
  | { kind: 'not-claimed'; reason: string }
  /** another process has kept the ledger locked for a second; null: nobody knows which */
  | { kind: 'ledger-locked'; holder: LockHolder | null }
  /** a verification failed, and there will be no more */
  | { kind: 'not-verified'; reason: string }
  /** the process that starts and ends the programs does not answer; `state` as proc_pid_stat(5) has it */
  | { kind: 'warden-silent'; pid: number | null; state: string | null }
  /** processes were killed two seconds ago, and have not ended yet */
  | { kind: 'ends-late'; processes: readonly LeftProcess[] }
  /** processes could not be ended, and go on */
  | { kind: 'not-ended'; processes: readonly LeftProcess[] }
  /** a variable names GPUs by their UUIDs, which /sys does not contain, so `near` counts all GPUs */
  | ({ kind: 'gpus-unresolved' } & GpuVariable);
