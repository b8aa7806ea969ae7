import { othersClaims } from './choose-places.js';
import type { ClaimRecord } from './claim.js';
import { subtract, union, type Cpuset } from '../cpuset.js';
import { allowedCpus, onlineCpus, type Host } from '../machine/host.js';
import { BUSY, type UnclaimedProgram, type Surroundings } from './surroundings.js';
import type { Environment } from '../environment.js';

/** What is told of a CPU that is online; `pinned`: strangers are; what is none of the others is `idle`. */
export type CpuState = 'claimed' | 'pinned' | 'busy' | 'idle';

export interface CpuStatus {
  cpu: number;
  state: CpuState;
  /** usable by us, claims aside */
  allowed: boolean;
  /** names of the claims that have it; more than one where a program runs inside of another's claim */
  claims: string[];
  /** pids of strangers that are pinned to it */
  strangers: number[];
  /** the part of the last moment in which it was not idle, 0 to 1; null where that is not told */
  load: number | null;
}

/** Who has which CPUs of a machine, and what is left. */
export interface LedgerStatus {
  /** where the claims stand */
  ledger: string;
  /** CPUs that a run could have: allowed, and claimed by nobody but those that we are inside of */
  free: Cpuset;
  cpus: CpuStatus[];
  claims: ClaimRecord[];
  strangers: UnclaimedProgram[];
}

export function statusOf(
  host: Host,
  claims: readonly ClaimRecord[],
  { strangers, load }: Surroundings,
  ledger: string,
  environment: Environment,
): LedgerStatus {
  const allowed = new Set(allowedCpus(host));
  const cpus = onlineCpus(host).map((cpu): CpuStatus => {
    const holders = claims.filter(claim => claim.cpus.includes(cpu)).map(({ name }) => name);
    const pinned = strangers
      .filter(({ affinities }) => affinities.some(affinity => affinity.includes(cpu)))
      .map(({ pid }) => pid);
    const busy = (load.get(cpu) ?? 0) > BUSY;
    const state = holders.length > 0 ? 'claimed' : pinned.length > 0 ? 'pinned' : busy ? 'busy' : 'idle';
    return { cpu, state, allowed: allowed.has(cpu), claims: holders, strangers: pinned, load: load.get(cpu) ?? null };
  });
  const free = subtract(allowedCpus(host), union(othersClaims(claims, environment).map(claim => claim.cpus)));
  return { ledger, free, cpus, claims: [...claims], strangers: [...strangers] };
}
