import { union, type Cpuset } from '../core/cpuset.js';
import { limitedByNproc } from '../core/launch/build-tools.js';
import type { RunMeasurement } from '../core/launch/measured.js';
import type { RunWarning } from '../core/launch/run-warning.js';
import { readThreads } from '../system/processes/processes.js';
import { CrowdAlarm } from './crowd-alarm.js';
import type { HeldPlaces } from './held-places.js';
import { LoneWatch } from './lone-watch.js';
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

/** After this time, a line says that workers share places. */
const CROWD_WARNING_AFTER_MS = 1000;

export interface WatchWorkersOptions extends WorkerCallbacks {
  /** pid of the program */
  root: number;
  places: HeldPlaces;
  /** places to add if more workers work than there are places, such as the reserve */
  spare: readonly Cpuset[];
  /** CPUs that the program may use */
  cpus: Cpuset;
  /** threads that one worker would get by itself; null: no more than it has */
  teamThreads: number | null;
  /** what nproc prints in the program, if that is less than its CPUs; else null */
  nproc: number | null;
  /** verifies the workers, by their numbers */
  verifier: { started(worker: number, pid: number, place: number): void; ended(worker: number): void };
  /** lends the workers' CPUs; null: nobody does */
  lender: { pinned(pid: number, place: Cpuset): void; gone(pid: number): void } | null;
}

export interface WatchedWorkers {
  /** whether workers share places because there are too few */
  crowded(): boolean;
  stop(): void;
}

/** Pins the workers of a program as they appear, measures the run, and warns of what is not as planned. */
export function watchWorkers(options: WatchWorkersOptions): WatchedWorkers {
  const { root, places, cpus, nproc, verifier, lender, onWorker, onMeasured } = options;
  const spare = [...options.spare];
  let adding = 0;
  let stopped = false;
  const warn = warnOnce(options.onWarning);
  const warning = new CrowdAlarm(CROWD_WARNING_AFTER_MS, workers =>
    warn({ kind: 'places-shared', workers, places: places.current }),
  );
  const pinner = new WorkerPinner({
    root,
    places,
    onPinned: ({ number, pid }, place) => {
      verifier.started(number, pid, place);
      lender?.pinned(pid, places.current[place]!);
      onWorker?.({ event: 'pinned', pid, place: places.current[place]! });
    },
    onGone: ({ number, pid }) => {
      verifier.ended(number);
      lender?.gone(pid);
      onWorker?.({ event: 'gone', pid });
    },
    onPinFailed: reason => warn({ kind: 'pin-failed', reason }),
    onChanged: (pinned, working) => {
      if (pinned) meter.placed();
      if (working > places.current.length)
        grow(working).catch((error: Error) => warn({ kind: 'not-claimed', reason: error.message }));
      warning.update(working);
      warnOfNproc();
    },
  });
  const meter = new RunMeter({
    look: () => ({ threads: pinner.tree.flatMap(member => readThreads(member.pid)), held: pinner.held }),
    onMeasured,
  });

  const lone =
    options.teamThreads === null
      ? null
      : new LoneWatch({
          look: () => ({ tree: pinner.tree, isWorker: identity => pinner.held.has(identity) }),
          cpus,
          onFound: found =>
            warn({ kind: 'computes-alone', ...found, cpus: cpus.length, threads: options.teamThreads! }),
        });

  function warnOfNproc(): void {
    const program = nproc === null ? null : limitedByNproc(pinner.tree, nproc);
    if (program !== null) warn({ kind: 'nproc-limited', program, nproc: nproc!, cpus: cpus.length });
  }

  /**
   * Adds as many spare places as there are workers without their own. At once: jobs that live for a tenth of a second
   * would never be a crowd that lasts.
   */
  async function grow(workers: number): Promise<void> {
    const before = places.current.length;
    const more = spare.splice(0, Math.max(0, workers - before - adding));
    if (more.length === 0) return;
    adding += more.length;
    const added = await places.add(more);
    adding -= more.length;
    if (added.length === 0 || stopped) return;
    warn({ kind: 'reserve-used', workers, places: before, cpus: union(added) });
    pinner.assignAnew();
  }

  return {
    crowded: () => pinner.crowded,
    stop: () => {
      stopped = true;
      pinner.stop();
      warning.stop();
      lone?.stop();
      meter.stop();
    },
  };
}
