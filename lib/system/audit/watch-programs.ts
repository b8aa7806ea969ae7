import { setTimeout as pause } from 'node:timers/promises';
import { DemandWindow, groupedByPid } from '../../core/audit/demand.js';
import type { Host } from '../../core/machine/host.js';
import { interpretLimits } from '../../core/machine/limits.js';
import { programDemand, type ProgramRecord } from '../../core/audit/program-demand.js';
import { programsOf, type Program } from '../../core/processes/programs.js';
import { identity } from '../../core/processes/process-tree.js';
import type { ProcessRecord } from '../../core/records.js';
import type { QuotaRefusal } from '../../core/audit/verdict.js';
import { GovernorError } from '../../errors.js';
import { isOsError, native, notSupported } from '../native.js';
import { readCommandLine } from '../processes/processes.js';
import { watchQuota } from '../machine/quota.js';
import { inTurns } from './turns.js';
import { readStatus, readUserNames } from '../processes/users.js';

/** Looks at all threads within a window, besides the first; fewer where looking takes long. */
const LOOKS = 4;
/** Share of the window that looking may take. */
const EFFORT = 0.1;

/** What a control group's quota allows, and has refused in the window. */
interface Quota {
  value: number;
  refused: (seconds: number) => QuotaRefusal | null;
}

/**
 * Watches every process of the machine for a window of seconds, kernel threads and the calling process aside.
 * @throws GovernorError HOST_UNREADABLE, NOT_SUPPORTED; the signal's reason where that is aborted
 */
export async function watchPrograms(window: number, signal?: AbortSignal): Promise<ProgramRecord[]> {
  const demand = new DemandWindow();
  const began = performance.now();
  let alive = await look(demand);
  const looks = Math.max(1, Math.min(LOOKS, Math.floor((window * 1000 * EFFORT) / (performance.now() - began))));
  const seen = new Map(alive.map(process => [process.pid, process]));
  const quotas = await quotasOf(grouped(alive), signal);
  for (let i = 1; i <= looks; i++) {
    await pause(
      Math.max(0, began + (window * 1000 * i) / looks - performance.now()),
      undefined,
      signal ? { signal } : {},
    );
    alive = await look(demand);
    for (const process of alive) seen.set(process.pid, process);
  }
  const uses = groupedByPid(demand.result());
  const living = new Set(alive.map(identity));
  const names = readUserNames();
  const programs = grouped([...seen.values()]).filter(({ root }) => living.has(identity(root)));
  return inTurns(
    programs,
    ({ root, members }): ProgramRecord => {
      const quota = quotas.get(identity(root));
      const { uid } = readStatus(root.pid);
      return {
        pid: root.pid,
        startTime: root.startTime,
        uid,
        user: uid === null ? null : (names.get(uid) ?? null),
        command: root.comm,
        commandLine: readCommandLine(root.pid),
        processes: members.filter(member => living.has(identity(member))).length,
        ...programDemand(
          members.flatMap(member => uses.get(member.pid) ?? []),
          quota?.value ?? null,
          quota?.refused(demand.seconds) ?? null,
        ),
      };
    },
    signal,
  );
}

async function look(demand: DemandWindow): Promise<ProcessRecord[]> {
  try {
    const all = await native.listProcesses();
    if (!all.some(({ pid }) => pid === process.pid)) throw unreadable('not even this one is there; is /proc mounted?');
    const ours = all.filter(
      ({ kernel, state, threads, pid }) => !kernel && pid !== process.pid && !(ended(state) && threads <= 1),
    );
    demand.add(await native.sampleThreads(ours.map(({ pid }) => pid)));
    return ours;
  } catch (error) {
    if (!isOsError(error)) throw error;
    throw error.code === 'ENOTSUP' ? notSupported(error) : unreadable(error.message, error);
  }
}

function unreadable(why: string, cause?: unknown): GovernorError {
  return new GovernorError('HOST_UNREADABLE', `cannot list the processes: ${why}`, { cause });
}

/** A zombie's other threads may go on. */
function ended(state: string): boolean {
  return state === 'Z' || state === 'X';
}

function grouped(processes: readonly ProcessRecord[]): Program<ProcessRecord>[] {
  return programsOf(processes, ({ pid }) => ({ commandLine: readCommandLine(pid), session: readStatus(pid).session }));
}

/** Each program's quota, by the identity of its root. A control group is asked once for all that it holds. */
async function quotasOf(
  programs: readonly Program<ProcessRecord>[],
  signal?: AbortSignal,
): Promise<Map<string, Quota>> {
  const groups = new Map<string, Quota>();
  const quotas = new Map<string, Quota>();
  await inTurns(
    programs,
    ({ root }) => {
      const quota = readQuota(root.pid);
      if (!quota) return;
      const group = groups.get(quota.source) ?? { value: quota.value, refused: watchQuota({ limits: { quota } }) };
      groups.set(quota.source, group);
      quotas.set(identity(root), group);
    },
    signal,
  );
  return quotas;
}

function readQuota(pid: number): Host['limits']['quota'] {
  try {
    return interpretLimits(native.readLimits('', pid)).quota;
  } catch (error) {
    if (isOsError(error)) return null;
    throw error;
  }
}
