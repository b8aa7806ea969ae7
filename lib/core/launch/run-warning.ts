import type { Cpuset } from '../cpuset.js';
import type { GpuVariable } from '../machine/visible-gpus.js';

/** What is not as planned of a run, a launch or a pin. */
export type RunWarning =
  /** more workers work than there are places */
  | { kind: 'places-shared'; workers: number; places: readonly Cpuset[] }
  /** more workers worked than there were places, so that the reserve and other CPUs left over became places too */
  | { kind: 'reserve-used'; workers: number; places: number; cpus: Cpuset }
  /** a worker could not be pinned */
  | { kind: 'pin-failed'; reason: string }
  /** the ledger cannot be used: CPUs are used without a claim on them */
  | { kind: 'not-claimed'; reason: string }
  /** pins are not verified any more */
  | { kind: 'not-verified'; reason: string }
  /** a variable names GPUs by what /sys does not show, so `near` goes by all GPUs */
  | ({ kind: 'gpus-unresolved' } & GpuVariable);
