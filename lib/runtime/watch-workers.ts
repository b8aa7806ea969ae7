import type { Cpuset } from '../core/cpuset.js';
import type { RunMeasurement } from '../core/launch/measured.js';
import type { RunWarning } from '../core/launch/run-warning.js';
import { readThreads } from '../system/processes/processes.js';
import { CrowdWarning } from './crowd-warning.js';
import type { HeldPlaces } from './held-places.js';
import { RunMeter } from './run-meter.js';
import { warnOnce } from './warn-once.js';
import { WorkerPinner } from './worker-pinner.js';

/** Something that happened to a worker of a run. */
export type WorkerEvent =
  /** it got its place, or another one */
  | { event: 'pinned'; pid: number; place: Cpuset }
  /** it has ended, or is no worker any more */
  | { event: 'gone'; pid: number };

/** What a run reports of its workers. */
export interface WorkerCallbacks {
  /** called for each worker when it gets its place or another one, and when it has ended or is no worker any more */
  onWorker?: ((event: WorkerEvent) => void) | undefined;
  /** called once, some seconds after the last worker got its place, or at the end */
  onMeasured?: ((measured: RunMeasurement) => void) | undefined;
  /** called at most once for each kind of thing that is not as planned */
  onWarning?: ((warning: RunWarning) => void) | undefined;
}

export interface WatchWorkersOptions extends WorkerCallbacks {
  /** pid of the program */
  root: number;
  places: HeldPlaces;
  /** verifies the workers, by their numbers */
  verifier: { started(worker: number, pid: number, place: number): void; ended(worker: number): void };
}

export interface WatchedWorkers {
  /** whether workers share places because there are too few */
  crowded(): boolean;
  stop(): void;
}

/** Pins the workers of a program as they appear, measures the run, and warns of what is not as planned. */
export function watchWorkers(options: WatchWorkersOptions): WatchedWorkers {
  const { root, places, verifier, onWorker, onMeasured } = options;
  const warn = warnOnce(options.onWarning);
  const crowd = new CrowdWarning(workers => warn({ kind: 'places-shared', workers, places: places.current }));
  const pinner = new WorkerPinner({
    root,
    places,
    onPinned: ({ number, pid }, place) => {
      verifier.started(number, pid, place);
      onWorker?.({ event: 'pinned', pid, place: places.current[place]! });
    },
    onGone: ({ number, pid }) => {
      verifier.ended(number);
      onWorker?.({ event: 'gone', pid });
    },
    onPinFailed: reason => warn({ kind: 'pin-failed', reason }),
    onChanged: (pinned, working) => {
      if (pinned) meter.placed();
      crowd.update(working);
    },
  });
  const meter = new RunMeter({
    look: () => ({ threads: pinner.tree.flatMap(member => readThreads(member.pid)), held: pinner.held }),
    onMeasured,
  });
  return {
    crowded: () => pinner.crowded,
    stop: () => {
      pinner.stop();
      crowd.stop();
      meter.stop();
    },
  };
}
