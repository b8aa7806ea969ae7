import type { Budget } from '../../core/budget/budget.js';
import type { KeptVariable } from '../../core/budget/thread-environment.js';
import type { Cpuset } from '../../core/cpuset.js';
import type { LentTime } from '../../core/lend/lent-time.js';
import type { PlannedRank, LaunchRendezvous } from '../../core/launch/launch-plan.js';
import type { LeftProcess } from '../../core/launch/left-process.js';
import type { RankExit, RankFailure, RankLife } from '../../core/launch/lifecycle.js';
import type { RunMeasurement } from '../../core/launch/measured.js';
import type { RunWarning } from '../../core/launch/run-warning.js';
import type { PinVerification } from '../../core/launch/verification.js';
import { runWarning } from '../warnings.js';

/** Verifications that a report holds at most: the oldest go, so that a long run has a short report. */
const MOST_VERIFICATIONS = 1000;

interface ReportedPlan {
  budget: Budget;
  kept: readonly KeptVariable[];
  pinning: readonly { name: string; value: string }[];
}

/** What was planned: places for the workers of a run, ranks for a launch. */
export type ReportPlan =
  | (ReportedPlan & { places: readonly Cpuset[]; variables: Readonly<Record<string, string>> })
  | (ReportedPlan & { ranks: readonly PlannedRank[]; rendezvous: LaunchRendezvous | null; shared: boolean });

interface ReportResult {
  exit: RankExit;
  failures: readonly RankFailure[];
  ranks: readonly RankLife[];
  left: readonly LeftProcess[];
  timedOut: boolean;
  seconds: number;
}

/** Verifications as they come in: those that found drift, and the last. */
export class VerificationLog {
  count = 0;
  private readonly drifted: ReportedVerification[] = [];
  private last: ReportedVerification | null = null;

  add(time: string, verification: PinVerification): void {
    this.count++;
    if (this.last && this.last.drifts.length > 0) this.drifted.push(this.last);
    if (this.drifted.length >= MOST_VERIFICATIONS) this.drifted.shift();
    this.last = { time, ...verification };
  }

  kept(): readonly ReportedVerification[] {
    return this.last ? [...this.drifted, this.last] : [];
  }
}

type ReportedVerification = PinVerification & { time: string };

/** What happened in a run or a launch, as it is gathered. Times are in ISO 8601, UTC. */
export interface GatheredRun {
  verb: 'run' | 'launch';
  command: readonly string[];
  began: string;
  plan: ReportPlan;
  verifications: VerificationLog;
  /** of a run; null for a launch, or if nothing was measured */
  measured: RunMeasurement | null;
  /** null unless it was to lend CPUs */
  lent: LentTime | null;
  warnings: readonly RunWarning[];
  /** null if governor could not see it through; then `error` says why */
  result: ReportResult | null;
  error: { code: string; message: string } | null;
}

/** The document that `--report FILE` writes. */
export interface ReportFile extends Omit<GatheredRun, 'plan' | 'verifications' | 'warnings'> {
  /** of this format */
  version: 1;
  /** version of governor */
  governor: string;
  plan: ReportPlan;
  /** how often the pins were verified */
  verified: number;
  /** those that found drift, and the last */
  verifications: readonly ReportedVerification[];
  warnings: readonly { kind: RunWarning['kind']; text: string }[];
}

export function reportFile(gathered: GatheredRun, governor: string): ReportFile {
  const { verb, command, began, plan, verifications, measured, lent, warnings, result, error } = gathered;
  return {
    version: 1,
    governor,
    verb,
    command,
    began,
    plan: withoutHost(plan),
    verified: verifications.count,
    verifications: verifications.kept(),
    measured,
    lent,
    warnings: warnings.map(warning => ({ kind: warning.kind, text: runWarning(warning) })),
    result,
    error,
  };
}

/** The machine is large, and `governor topology --json` prints it. */
function withoutHost(plan: ReportPlan): ReportPlan {
  const { host: _, ...rest } = plan as ReportPlan & { host?: unknown };
  return rest as ReportPlan;
}
