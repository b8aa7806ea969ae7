import { othersClaims } from './choose-places.js';
import type { ClaimRecord } from './claim.js';
import { subtract, union, type Cpuset } from '../cpuset.js';
import { allowedCpus, onlineCpus, type Host } from '../machine/host.js';
import { BUSY_LOAD, type UnclaimedProgram, type Surroundings } from './surroundings.js';
import type { Environment } from '../environment.js';

/**
 * `claimed`: a run, launch or pool has claimed it; `pinned`: nobody has, but a program is confined to it; `busy`:
 * neither, but it was not idle for more than half of the moment; `idle`: none of these.
 */
export type CpuState = 'claimed' | 'pinned' | 'busy' | 'idle';

/** Who uses a CPU that is online. */
export interface CpuStatus {
  /** its number */
  cpu: number;
  /** the first of the states that applies */
  state: CpuState;
  /** whether this process may use it, claims aside */
  allowed: boolean;
  /** names of the claims on it; several if a program runs inside another one's claim */
  claims: string[];
  /** pids of programs that are pinned to it without a claim */
  strangers: number[];
  /** the part of 0.1 seconds in which it was not idle, 0 to 1; null if unknown */
  load: number | null;
}

/** Who uses which CPUs of this machine. */
export interface LedgerStatus {
  /** the directory that holds the claims */
  ledger: string;
  /** CPUs that this process could claim: allowed, and claimed by nobody but those it runs inside of */
  free: Cpuset;
  /** CPUs that are online */
  cpus: CpuStatus[];
  /** all claims, by their lowest CPU */
  claims: ClaimRecord[];
  /** programs that are pinned without a claim */
  strangers: UnclaimedProgram[];
}

/** @param environment of the program that asks: the claims that it runs inside of are not in its way */
export function ledgerStatus(
  host: Host,
  claims: readonly ClaimRecord[],
  { ledger, strangers, load }: Surroundings,
  environment: Environment,
): LedgerStatus {
  const allowed = new Set(allowedCpus(host));
  const cpus = onlineCpus(host).map((cpu): CpuStatus => {
    const holders = claims.filter(claim => claim.cpus.includes(cpu)).map(({ name }) => name);
    const pinned = strangers
      .filter(({ affinities }) => affinities.some(affinity => affinity.includes(cpu)))
      .map(({ pid }) => pid);
    const busy = (load.get(cpu) ?? 0) > BUSY_LOAD;
    const state = holders.length > 0 ? 'claimed' : pinned.length > 0 ? 'pinned' : busy ? 'busy' : 'idle';
    return { cpu, state, allowed: allowed.has(cpu), claims: holders, strangers: pinned, load: load.get(cpu) ?? null };
  });
  const free = subtract(allowedCpus(host), union(othersClaims(claims, environment).map(claim => claim.cpus)));
  return { ledger, free, cpus, claims: [...claims], strangers: [...strangers] };
}
