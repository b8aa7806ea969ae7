import { setTimeout as delay } from 'node:timers/promises';
import type { ClaimRecord } from '../../core/claims/claim.js';
import type { Cpuset } from '../../core/cpuset.js';
import { onlineInCpuset, type Host } from '../../core/machine/host.js';
import { loadBetween } from '../../core/machine/load.js';
import { processTree } from '../../core/processes/process-tree.js';
import type { ProcessRecord, ThreadSamplesRecord } from '../../core/processes/records.js';
import { isConfined, type UnclaimedProgram, type Surroundings } from '../../core/claims/surroundings.js';
import { readCpuTimes } from '../machine/load.js';
import { isOsError, native } from '../native.js';
import { ledgerDirectory } from './ledger.js';
import { listProcesses } from '../processes/processes.js';
import { readUid, userName } from '../processes/users.js';

/** The load of each CPU is measured for ten clock ticks. */
const LOAD_WINDOW_MS = 100;

/** Which programs are pinned where without a claim, ourselves aside, and how busy each CPU is. Takes 0.1 seconds. */
export async function lookAround(host: Host, claims: readonly ClaimRecord[]): Promise<Surroundings> {
  const strangers = await findStrangers(host, claims);
  const before = readCpuTimes();
  await delay(LOAD_WINDOW_MS); // we are idle ourselves meanwhile
  return { ledger: ledgerDirectory(), strangers, load: loadBetween(before, readCpuTimes()) };
}

async function findStrangers(host: Host, claims: readonly ClaimRecord[]): Promise<UnclaimedProgram[]> {
  const processes = await listProcesses();
  const known = knownPids(processes, claims);
  const others = processes.filter(
    ({ pid, kernel, state }) => !kernel && state !== 'Z' && state !== 'X' && !known.has(pid),
  );
  const samples = await native.sampleThreads(others.map(({ pid }) => pid));
  const common = onlineInCpuset(host);
  const confined = confinedSets(samples, common);
  return others.flatMap(({ pid, comm }) => {
    const affinities = confined.get(pid);
    if (!affinities) return [];
    const uid = readUid(pid);
    return [{ pid, uid, user: uid === null ? null : userName(uid), command: commandOf(pid) ?? comm, affinities }];
  });
}

/** This process, its ancestors and descendants, and the process trees of those that hold claims. */
function knownPids(processes: readonly ProcessRecord[], claims: readonly ClaimRecord[]): Set<number> {
  const byPid = new Map(processes.map(process => [process.pid, process]));
  const live = claims.filter(({ pid, startTime }) => byPid.get(pid ?? 0)?.startTime === startTime);
  const owners = new Map(live.map(({ pid, uid }) => [`${pid} ${uid}`, { pid: pid!, uid }]));
  const holders = [...owners.values()].filter(({ pid, uid }) => mayHold(pid, uid)).map(({ pid }) => pid);
  const known = new Set(
    [...new Set([process.pid, ...holders])].flatMap(root => processTree(processes, root).map(({ pid }) => pid)),
  );
  for (let pid = process.ppid; pid > 0 && !known.has(pid); pid = byPid.get(pid)?.ppid ?? 0) known.add(pid);
  return known;
}

/** Whether a user could have started a holder of a claim: a record may name any process. */
function mayHold(pid: number, uid: number): boolean {
  return uid === 0 || readUid(pid) === uid;
}

function confinedSets(samples: ThreadSamplesRecord, common: Cpuset): Map<number, Cpuset[]> {
  const narrow = samples.sets.map(set => isConfined(set, common));
  const found = new Map<number, Set<number>>();
  samples.affinity.forEach((set, i) => {
    if (set < 0 || !narrow[set]) return;
    const pid = samples.pid[i]!;
    found.set(pid, (found.get(pid) ?? new Set()).add(set));
  });
  return new Map([...found].map(([pid, sets]) => [pid, [...sets].map(set => samples.sets[set]!)]));
}

function commandOf(pid: number): string | null {
  try {
    return native.commandLine(pid).join(' ') || null;
  } catch (error) {
    if (isOsError(error)) return null;
    throw error;
  }
}
