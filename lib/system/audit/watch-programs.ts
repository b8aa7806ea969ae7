import { setTimeout as pause } from 'node:timers/promises';
import { DemandWindow, groupedByPid } from '../../core/audit/demand.js';
import type { Host } from '../../core/machine/host.js';
import { interpretLimits } from '../../core/machine/limits.js';
import { programDemand, type ProgramRecord } from '../../core/audit/program-demand.js';
import { hasEnded } from '../../core/processes/has-ended.js';
import { programsOf, type Program } from '../../core/processes/programs.js';
import { identity } from '../../core/processes/process-tree.js';
import type { ProcessRecord } from '../../core/processes/records.js';
import type { QuotaRefusal } from '../../core/audit/verdict.js';
import { GovernorError } from '../../errors.js';
import { isOsError, native } from '../native.js';
import { ifReadable, unreadable } from '../os-errors.js';
import { listProcesses, readCommandLine } from '../processes/processes.js';
import { watchQuota } from '../machine/quota.js';
import { inTurns } from './in-turns.js';
import { readStatus, readUserNames } from '../processes/users.js';

/** Samples of all threads in a window after the first; fewer if sampling takes long. */
const MOST_SAMPLES = 4;
/** The share of the window that sampling may take. */
const SAMPLING_SHARE = 0.1;

const CANNOT_LIST = 'cannot list the processes';

/** The quota of a control group. */
interface GroupQuota {
  /** CPUs */
  value: number;
  /** what it has refused since the window began, `seconds` ago */
  refused: (seconds: number) => QuotaRefusal | null;
}

/**
 * Watches every process of the machine except kernel threads and the calling process.
 * @param window seconds
 * @throws GovernorError HOST_UNREADABLE, NOT_SUPPORTED; the signal's reason if it is aborted
 */
export async function watchPrograms(window: number, signal?: AbortSignal): Promise<ProgramRecord[]> {
  const demand = new DemandWindow();
  const began = performance.now();
  let alive = await sampleAll(demand);
  const affordable = Math.floor((window * 1000 * SAMPLING_SHARE) / (performance.now() - began));
  const samples = Math.max(1, Math.min(MOST_SAMPLES, affordable));
  const seen = new Map(alive.map(process => [process.pid, process]));
  const quotas = await quotasOf(grouped(alive), signal);
  for (let i = 1; i <= samples; i++) {
    await pause(
      Math.max(0, began + (window * 1000 * i) / samples - performance.now()),
      undefined,
      signal ? { signal } : {},
    );
    alive = await sampleAll(demand);
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

/** @returns the processes that are watched */
async function sampleAll(demand: DemandWindow): Promise<ProcessRecord[]> {
  try {
    const all = await listProcesses();
    if (!all.some(({ pid }) => pid === process.pid)) {
      const text = `${CANNOT_LIST}: this process is not among them; is /proc mounted?`;
      throw new GovernorError('HOST_UNREADABLE', text);
    }
    const ours = all.filter(one => !one.kernel && one.pid !== process.pid && !hasEnded(one));
    demand.add(await native.sampleThreads(ours.map(({ pid }) => pid)));
    return ours;
  } catch (error) {
    throw isOsError(error) ? unreadable(CANNOT_LIST, error) : error;
  }
}

function grouped(processes: readonly ProcessRecord[]): Program<ProcessRecord>[] {
  return programsOf(processes, ({ pid }) => ({ commandLine: readCommandLine(pid), session: readStatus(pid).session }));
}

/** Each program's quota, by the identity of its root. Each control group is read once. */
async function quotasOf(
  programs: readonly Program<ProcessRecord>[],
  signal?: AbortSignal,
): Promise<Map<string, GroupQuota>> {
  const groups = new Map<string, GroupQuota>();
  const quotas = new Map<string, GroupQuota>();
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
  return ifReadable(() => interpretLimits(native.readLimits('', pid)).quota, null);
}
