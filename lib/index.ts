// Running programs
export { run, type RunOptions, type RunPlan } from './api/run.js';
export { launch, type LaunchOptions } from './api/launch.js';
export {
  pinWorkers,
  type PinnedProcess,
  type PinnedThread,
  type PinnedWorkers,
  type PinWorkersOptions,
  type WorkerPlace,
} from './api/pin-workers.js';
export { replaceProcess, type ReplaceProcessOptions } from './api/replace-process.js';
export type { PlaceOptions } from './core/claims/place-request.js';
export type { ExportValue, VariableExport } from './core/budget/exports.js';
export type { NearDevice } from './core/machine/gpu.js';
export type { GpuVariable } from './core/machine/visible-gpus.js';
export type { WorkerMemory } from './core/machine/memory-node.js';
export type { SharedPlace } from './core/launch/shared-place.js';
export type { LaunchPlan, LaunchPlanOptions, LaunchRendezvous, PlannedRank } from './core/launch/launch-plan.js';
export type { RankExit, RankFailure, RankLife } from './core/launch/lifecycle.js';
export type { LentTime } from './core/lend/lent-time.js';
export type { RunMeasurement } from './core/launch/measured.js';
export type { LockHolder } from './core/claims/lock-holder.js';
export type { LeftProcess } from './core/launch/left-process.js';
export type { RunWarning } from './core/launch/run-warning.js';
export type { PinDrift, PinVerification } from './core/launch/verification.js';
export type { LaunchResult, RankEvent, SupervisionOptions } from './runtime/supervision.js';
export type { VerifyOptions } from './runtime/pin-verifier.js';
export type { WorkerCallbacks, WorkerEvent } from './runtime/watch-workers.js';
export type { RankOutputOptions, RankStream } from './system/launch/rank-output.js';
export type { StartedProcess } from './system/launch/start-processes.js';
export type { StartedThread } from './system/launch/start-threads.js';

// Looking at running programs, and changing them
export { audit, type AuditOptions } from './api/audit.js';
export { applyFix, type ApplyFixOptions } from './api/apply-fix.js';
export { watch, type WatchOptions } from './api/watch.js';
export { ps, type PsOptions } from './api/ps.js';
export { pin, type PinOptions } from './api/pin.js';
export { resize, type ResizeOptions } from './api/resize.js';
export type { Audit } from './core/audit/audit.js';
export type {
  AuditedPool,
  AuditedProcess,
  AuditedThread,
  AuditFinding,
  FindingId,
  FindingSeverity,
  LoadedModule,
  ThreadOwner,
} from './core/audit/audited.js';
export type { AuditFix } from './core/audit/fix.js';
export type { AuditLever, LeverKind } from './core/audit/levers/lever.js';
export type { ProgramRecord } from './core/audit/program-demand.js';
export type { AuditVerdict, MeasuredDemand, QuotaRefusal } from './core/audit/verdict.js';
export type { LeftOutGovernor } from './core/processes/governor-inside.js';
export type { PinResult, PinResultProcess } from './core/processes/pin.js';
export type { AppliedFix } from './core/resize/applied-fix.js';
export type { FixedPool, ResizedPool, ResizedProcess, ResizeResult } from './core/resize/result.js';
export type { StartedCommand } from './core/processes/start-facts.js';
export { FIX_FORMATS, formatFix, type FixFormat } from './report/audit/fix.js';

// Who uses which CPUs
export { claims, status, type ClaimsOptions } from './api/claims.js';
export type { ClaimRecord, WaitRecord } from './core/claims/claim.js';
export type { Shortage } from './core/claims/choose-places.js';
export type { CpuLoan } from './core/claims/cpu-loan.js';
export type { WaitingClaim } from './core/claims/queue.js';
export type { CpuState, CpuStatus, LedgerStatus, QueuedClaim } from './core/claims/ledger-status.js';
export type { UnclaimedProgram } from './core/claims/surroundings.js';

// The machine, budgets and places
export { readHost, readHostFile, type HostOptions } from './system/machine/host.js';
export type { CacheName, Cpu, FoundLimit, Gpu, Host } from './core/machine/host.js';
export { budget, type HostBudgetOptions } from './api/budget.js';
export { banner, type BannerOptions } from './api/banner.js';
export type { BatchAdvice } from './core/budget/advice.js';
export type { Budget, BudgetLimit, BudgetOptions, LimitName } from './core/budget/budget.js';
export type { Runtime } from './core/budget/runtimes.js';
export { CORE_CHOICES, type CoreChoice, type KindsOfCores } from './core/budget/kinds-of-cores.js';
export {
  threadEnvironment,
  type KeptVariable,
  type ThreadEnvironment,
  type VariableChoice,
} from './core/budget/thread-environment.js';
export { THREAD_VARIABLES, type LibraryThreads, type ThreadVariable } from './core/budget/thread-variables.js';
export { places, reservedCpus, type PlacementBudget, type PlacementOptions } from './core/placement/places.js';
export { POLICIES, type PlacementPolicy } from './core/placement/policy.js';
export { formatCpulist, parseCpulist, type Cpuset } from './core/cpuset.js';
export type { Environment } from './core/environment.js';

export { GovernorError, type ErrorCode, type ErrorDetails } from './errors.js';
