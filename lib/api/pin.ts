import { union, type Cpuset } from '../core/cpuset.js';
import { onlineInCpuset } from '../core/machine/host.js';
import { identity } from '../core/processes/process-tree.js';
import type { RunWarning } from '../core/launch/run-warning.js';
import type { ProcessRecord } from '../core/processes/records.js';
import {
  hostOfTree,
  placeOf,
  planPin,
  type PinResult,
  type PinResultProcess,
  type RepinPlacement,
  type PinPlan,
} from '../core/processes/pin.js';
import { affinitiesOf, planRestore, type Wanted } from '../core/processes/saved-affinities.js';
import { badInput, GovernorError } from '../errors.js';
import { holdAffinities, readAffinities, readTreeOf, requireRights } from '../system/processes/hold-affinities.js';
import { readHost } from '../system/machine/host.js';
import { withOwnErrors } from '../system/os-errors.js';
import { readEnvironment, readThreads, requireProcess, type TreeProcess } from '../system/processes/processes.js';
import { forgetAffinities, loadAffinities, saveAffinities } from '../system/processes/saved-affinities.js';
import { hostNear } from '../runtime/near-gpus.js';

/** How `pin` divides the CPUs among the workers of a tree, or whether it undoes that. */
export interface PinOptions extends RepinPlacement {
  /**
   * give all threads back what they were allowed before the first pin; cannot be used together with options that choose
   * places; default false
   */
  restore?: boolean | undefined;
  /** return what would be done, but change nothing; default false */
  dryRun?: boolean | undefined;
  /** called if it is unknown which GPUs the tree can use, so that `near` counts all of them */
  onWarning?: ((warning: RunWarning) => void) | undefined;
  /** aborts: all threads get back what they were allowed, and the promise rejects with its reason */
  signal?: AbortSignal | undefined;
}

/**
 * Spreads a running process tree over the CPUs that it may use. Each worker, with all its threads, gets a place; a tree
 * without workers counts as one worker. Parents and helpers may use all of those CPUs. The calling process is left out
 * if it is a descendant; as the root it is pinned too. What the threads were allowed before is saved, and `restore`
 * gives it back.
 * @param pid the root of the tree
 * @param options default: the workers that exist divide the CPUs among them
 * @throws GovernorError NO_SUCH_PROCESS, also for a zombie or a kernel thread; NOT_PERMITTED, PIN_NOT_HELD, NOT_SAVED,
 * BAD_INPUT, HOST_UNREADABLE. All threads keep the affinity that they had before, or get it back.
 * @throws the signal's reason if `signal` is aborted
 */
export function pin(pid: number, options: PinOptions = {}): Promise<PinResult> {
  return withOwnErrors(pinTree(pid, options));
}

async function pinTree(pid: number, options: PinOptions): Promise<PinResult> {
  options.signal?.throwIfAborted();
  const root = requireProcess(pid);
  const tree = readTreeOf(root);
  if (tree.length === 0)
    throw new GovernorError('NO_SUCH_PROCESS', `pid ${pid} (${root.comm}) has ended, or is a thread: pin its process`, {
      pid,
    });
  if (!options.restore) return spread(root, tree, options);
  const other = Object.entries(options).find(
    ([name, value]) => value !== undefined && !['restore', 'dryRun', 'signal', 'onWarning'].includes(name),
  );
  if (other) throw badInput(other[0], other[1], 'either restore or places');
  return restore(root, tree, options);
}

async function spread(root: ProcessRecord, first: readonly TreeProcess[], options: PinOptions): Promise<PinResult> {
  const before = readAffinities(first);
  const saved = loadAffinities(root);
  const host = hostOfTree(
    hostNear(readHost({ pid: root.pid }), options.near, readEnvironment(root.pid) ?? {}, options.onWarning),
    [before, ...(saved ? [saved] : [])].flatMap(affinitiesOf),
    process.env,
  );
  let tree = first;
  let plan = planPin(host, tree, options, process.env);
  requireRights(tree);
  if (options.dryRun) return pinned(root, tree, plan, true, true);
  if (!saved) saveAffinities(root, before);
  try {
    const settled = await holdAffinities(
      root,
      before,
      () => {
        const now = readTreeOf(root);
        if (now.length === 0) return [];
        tree = now;
        plan = planPin(host, tree, options, process.env, plan);
        return tree.map((process): Wanted => ({ ...process, affinityOf: () => placeOf(plan, process) }));
      },
      options.signal,
    );
    return pinned(root, tree, plan, false, settled);
  } catch (error) {
    if (!saved) forgetAffinities(root);
    throw error;
  }
}

function pinned(
  root: ProcessRecord,
  tree: readonly TreeProcess[],
  plan: PinPlan,
  dryRun: boolean,
  settled: boolean,
): PinResult {
  const processes = tree.map(
    (process): PinResultProcess =>
      processResult(process, plan.held.has(process.identity) ? 'worker' : 'floating', placeOf(plan, process)),
  );
  const places = [...new Set(plan.held.values())].sort((a, b) => a - b).map(place => plan.places[place]!);
  return { ...summary(root, processes, dryRun, settled), workers: plan.held.size, places };
}

async function restore(
  root: ProcessRecord,
  tree: readonly TreeProcess[],
  { dryRun, signal }: PinOptions,
): Promise<PinResult> {
  const saved = loadAffinities(root);
  if (!saved)
    throw new GovernorError(
      'NOT_SAVED',
      `pid ${root.pid} (${root.comm}): nothing to restore: ` +
        'this user has not pinned it by governor pin, or it has been restored since',
      { pid: root.pid },
    );
  requireRights(tree);
  const inCpuset = onlineInCpuset(readHost({ pid: root.pid }));
  const look = (now: readonly TreeProcess[]) => planRestore(saved, now, inCpuset);
  if (dryRun) return restored(root, tree, look(tree), true, true);
  const settled = await holdAffinities(root, readAffinities(look(tree)), () => look(readTreeOf(root)), signal);
  if (settled) forgetAffinities(root);
  return restored(root, tree, look(tree), false, settled);
}

function restored(
  root: ProcessRecord,
  tree: readonly TreeProcess[],
  wanted: readonly Wanted[],
  dryRun: boolean,
  settled: boolean,
): PinResult {
  const byIdentity = new Map(tree.map(process => [process.identity, process]));
  const processes = wanted.flatMap((one): PinResultProcess[] => {
    const process = byIdentity.get(identity(one));
    return process ? [processResult(process, 'restored', union(readThreads(one.pid).map(one.affinityOf)))] : [];
  });
  return { ...summary(root, processes, dryRun, settled), workers: 0, places: [] };
}

function processResult(
  { pid, startTime, comm, commandLine, threads }: TreeProcess,
  role: PinResultProcess['role'],
  cpus: Cpuset,
): PinResultProcess {
  return { pid, startTime, command: comm, commandLine, role, cpus, threads };
}

function summary(
  root: ProcessRecord,
  processes: readonly PinResultProcess[],
  dryRun: boolean,
  settled: boolean,
): Omit<PinResult, 'workers' | 'places'> {
  const threads = processes.reduce((sum, process) => sum + process.threads, 0);
  return { pid: root.pid, command: root.comm, dryRun, threads, processes, settled };
}
