export { audit, type AuditOptions } from './api/audit.js';
export { banner, type BannerOptions } from './api/banner.js';
export { budget } from './api/budget.js';
export { claims, status, type ClaimsOptions } from './api/claims.js';
export {
  pinWorkers,
  type PinnedProcess,
  type PinnedThread,
  type PinnedWorkers,
  type PinWorkersOptions,
} from './api/pin-workers.js';
export { watch, type WatchOptions } from './api/watch.js';
export { pin, type PinOptions } from './api/pin.js';
export { ps, type PsOptions } from './api/ps.js';
export { replaceProcess, type ReplaceProcessOptions } from './api/replace-process.js';
export { launch, type LaunchOptions } from './api/launch.js';
export type { GuardOptions } from './runtime/rank-guard.js';
export type { LaunchResult, RankEvent, SupervisionOptions } from './runtime/supervision.js';
export type { WorkerEvent } from './runtime/worker-watch.js';
export { run, type RunPlan, type RunOptions } from './api/run.js';
export type { BatchAdvice } from './core/budget/advice.js';
export type { Audit } from './core/audit/audit.js';
export type {
  AuditedPool,
  AuditedProcess,
  AuditedThread,
  AuditFinding,
  FindingId,
  LoadedModule,
  ThreadOwner,
} from './core/audit/audited.js';
export type { PinResult, PinResultProcess } from './core/processes/pin.js';
export type { MeasuredDemand, QuotaRefusal, AuditVerdict } from './core/audit/verdict.js';
export type { RunMeasurement, RunWarning } from './core/launch/measured.js';
export type { Budget, BudgetLimit, BudgetOptions, LimitName } from './core/budget/budget.js';
export type { ClaimRecord } from './core/claims/claim.js';
export type { CpuState, CpuStatus, LedgerStatus } from './core/claims/ledger-status.js';
export type { UnclaimedProgram } from './core/claims/surroundings.js';
export type { VariableExport } from './core/budget/exports.js';
export type { AuditFix } from './core/audit/fix.js';
export type { NearDevice } from './core/machine/gpu.js';
export type { WorkerMemory } from './core/machine/memory-node.js';
export { formatCpulist, parseCpulist, type Cpuset } from './core/cpuset.js';
export type { Cpu, CacheName, FoundLimit, Gpu, Host } from './core/machine/host.js';
export type { ProgramRecord } from './core/audit/program-demand.js';
export { places, reservedCpus, type PlacementOptions } from './core/placement/places.js';
export { POLICIES, type PlacementPolicy } from './core/placement/policy.js';
export {
  THREAD_VARIABLES,
  threadEnvironment,
  type KeptVariable,
  type ThreadVariable,
} from './core/budget/thread-variables.js';
export { GovernorError, type ErrorCode } from './errors.js';
export { FIX_FORMATS, formatFix, type FixFormat } from './report/audit/fix.js';
export type { RankExit, RankFailure, RankLife } from './core/launch/lifecycle.js';
export type { LaunchPlan, PlannedRank } from './core/launch/launch-plan.js';
export type { PinDrift, PinVerification } from './core/launch/verification.js';
export { readHost, readHostFile, type HostOptions } from './system/machine/host.js';
