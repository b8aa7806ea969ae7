import type { Cpuset } from './cpuset.js';

/** What a run was seen to be, against what it was planned to be. */
export interface Measured {
  /** workers that have a place, and how many distinct places those are */
  workers: number;
  places: number;
  /** threads of the program's whole tree, the most that were seen at once */
  threads: number;
  /** of those the ones that worked at all since the workers have their places; the rest slept */
  working: number;
  /** running threads ÷ CPUs, on average since the workers have their places */
  ratio: number;
}

/** What of a run is not as planned. */
export type RunWarning =
  | { kind: 'places-shared'; workers: number; places: readonly Cpuset[] }
  | { kind: 'pin-failed'; reason: string };
