import { setTimeout as pause } from 'node:timers/promises';
import { DemandWindow } from '../../core/audit/demand.js';
import type { Cpuset } from '../../core/cpuset.js';
import { processTrees } from '../../core/processes/process-tree.js';
import type { SeenRank } from '../../core/launch/verification.js';
import { native } from '../native.js';
import { listProcesses } from '../processes/processes.js';

export interface RunningRank {
  rank: number;
  pid: number;
  place: Cpuset;
}

/** The threads of ranks are watched for this long. */
const LOOK_WINDOW_MS = 500;

/** Finds all threads of ranks and of everything they have started: where each may run, and how much CPU it wants. */
export async function lookAtRanks(
  ranks: readonly RunningRank[],
  signal?: AbortSignal,
): Promise<Omit<SeenRank, 'borrowed'>[]> {
  const window = new DemandWindow();
  const members = async () => {
    const all = await listProcesses();
    const trees = processTrees(
      all,
      ranks.map(({ pid }) => pid),
    ).map(tree => tree.map(({ pid }) => pid));
    window.add(await native.sampleThreads(trees.flat()));
    return trees;
  };
  await members();
  await pause(LOOK_WINDOW_MS, undefined, signal ? { signal } : {});
  const trees = await members();
  const uses = window.result().filter(use => use.alive);
  return ranks.map(({ rank, place }, i) => {
    const pids = new Set(trees[i]);
    const threads = uses
      .filter(use => pids.has(use.pid))
      .map(({ pid, tid, affinity, run, wait }) => ({ pid, tid, affinity, wanted: run + wait }));
    return { rank, place, threads };
  });
}
