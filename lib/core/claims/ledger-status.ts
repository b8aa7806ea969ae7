import type { ClaimRecord } from './claim.js';
import type { CpuLoan } from './cpu-loan.js';
import { subtract, type Cpuset } from '../cpuset.js';
import { allowedCpus, onlineCpus, type Host } from '../machine/host.js';
import { inTheWay, queuePositions, type WaitingClaim } from './queue.js';
import { BUSY_LOAD, type UnclaimedProgram, type Surroundings } from './surroundings.js';
import type { Environment } from '../environment.js';

/** Who uses a CPU: the first of these that applies. */
export type CpuState =
  /** a run, launch or pool has claimed it */
  | 'claimed'
  /** a program outside all claims is confined to some CPUs, and this is one of them */
  | 'pinned'
  /** it was not idle for more than half of 0.1 seconds */
  | 'busy'
  /** none of these */
  | 'idle';

/** Who uses a CPU that is online. */
export interface CpuStatus {
  /** the OS's number of it */
  cpu: number;
  /** whether it is claimed, or used otherwise */
  state: CpuState;
  /** whether this process may use it, whoever has claimed it */
  allowed: boolean;
  /** names of the claims on it, at most 100; several if a program runs inside another one's claim */
  claims: string[];
  /** pids of the programs in `LedgerStatus.strangers` that are pinned to it */
  strangers: number[];
  /** share of 0.1 seconds in which it was not idle, 0 to 1, from /proc/stat; null if unknown */
  load: number | null;
}

/** A claim that waits for its CPUs, and its place in the queue. */
export interface QueuedClaim extends WaitingClaim {
  /** from 1; those that wait for other CPUs do not count */
  position: number;
}

/** Who uses which CPUs of this machine. */
export interface LedgerStatus {
  /** the directory that holds the claims: GOVERNOR_LEDGER, or the default */
  ledger: string;
  /**
   * CPUs that this process could claim: those it may use that nobody has claimed or waits for, or only a claim in which
   * it runs
   */
  free: Cpuset;
  /** the CPUs that are online, by their number */
  cpus: CpuStatus[];
  /** all claims on CPUs, by their lowest CPU */
  claims: ClaimRecord[];
  /** those that wait for CPUs, in order of arrival */
  waiting: QueuedClaim[];
  /**
   * programs outside all claims that are confined to some of the machine's CPUs; never this process, its ancestors or
   * what it started
   */
  strangers: UnclaimedProgram[];
  /** CPUs that processes of this user have borrowed at the moment */
  loans: CpuLoan[];
}

/** Names that a CPU has at most: anybody may make any number of claims. */
const MOST_NAMES = 100;

function namesByCpu(claims: readonly ClaimRecord[]): Map<number, string[]> {
  const named = new Map<number, string[]>();
  for (const { name, cpus } of claims) {
    for (const cpu of cpus) {
      const names = named.get(cpu);
      if (!names) named.set(cpu, [name]);
      else if (names.length < MOST_NAMES) names.push(name);
    }
  }
  return named;
}

/** @param environment of the program that asks: the claims in which it runs are not in its way */
export function ledgerStatus(
  host: Host,
  claims: readonly ClaimRecord[],
  { ledger, strangers, load }: Surroundings,
  environment: Environment,
  loans: readonly CpuLoan[] = [],
): LedgerStatus {
  const allowed = new Set(allowedCpus(host));
  const named = namesByCpu(claims);
  const cpus = onlineCpus(host).map((cpu): CpuStatus => {
    const holders = named.get(cpu) ?? [];
    const pinned = strangers
      .filter(({ affinities }) => affinities.some(affinity => affinity.includes(cpu)))
      .map(({ pid }) => pid);
    const busy = (load.get(cpu) ?? 0) > BUSY_LOAD;
    const state = holders.length > 0 ? 'claimed' : pinned.length > 0 ? 'pinned' : busy ? 'busy' : 'idle';
    return { cpu, state, allowed: allowed.has(cpu), claims: holders, strangers: pinned, load: load.get(cpu) ?? null };
  });
  const free = subtract(allowedCpus(host), inTheWay(claims, environment, allowedCpus(host)).taken);
  const held = claims.filter(claim => claim.waiting === null);
  const waiting = queuePositions(claims).map(({ claim, position }) => ({ ...claim, position }));
  return { ledger, free, cpus, claims: held, waiting, strangers: [...strangers], loans: [...loans] };
}
