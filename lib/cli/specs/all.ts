import { auditSpec } from './audit.js';
import { bannerSpec } from './banner.js';
import { budgetSpec } from './budget.js';
import { completionSpec } from './completion.js';
import { envSpec } from './env.js';
import { execSpec } from './exec.js';
import { launchSpec } from './launch.js';
import { pinSpec } from './pin.js';
import { psSpec } from './ps.js';
import { resizeSpec } from './resize.js';
import { runSpec } from './run.js';
import type { CommandSpec } from './spec.js';
import { statusSpec } from './status.js';
import { topologySpec } from './topology.js';
import { watchSpec } from './watch.js';

/** Every command, in the order of the help. */
export const SPECS: readonly CommandSpec[] = [
  runSpec,
  launchSpec,
  execSpec,
  auditSpec,
  watchSpec,
  pinSpec,
  resizeSpec,
  psSpec,
  budgetSpec,
  envSpec,
  statusSpec,
  topologySpec,
  bannerSpec,
  completionSpec,
];
