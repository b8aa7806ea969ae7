import type { AuditFinding } from './audited.js';
import { affinityOutsideCpuset } from './findings/affinity-outside-cpuset.js';
import { launchesShareCpus } from './findings/launches-share-cpus.js';
import { libraryTwice } from './findings/library-twice.js';
import { libraryWithoutVariable } from './findings/library-without-variable.js';
import { libuvPoolOnOneCpu } from './findings/libuv-pool-on-one-cpu.js';
import { mainThreadPinned } from './findings/main-thread-pinned.js';
import { pidsLimitNear } from './findings/pids-limit-near.js';
import { poolSpins } from './findings/pool-spins.js';
import type { Audited } from './findings/input.js';
import { twoOpenmpRuntimes } from './findings/two-openmp-runtimes.js';
import { variableNotRead } from './findings/variable-not-read.js';
import { variablesContradict } from './findings/variables-contradict.js';
import { workerAcrossNumaNodes } from './findings/worker-across-numa-nodes.js';
import { workersOnOneCpu } from './findings/workers-on-one-cpu.js';

export type { Audited, PidsUse, ConfinedProcess } from './findings/input.js';

/** In the order of the report: affinity, variables, limits, libraries. */
const FINDINGS: readonly ((audited: Audited) => AuditFinding[])[] = [
  mainThreadPinned,
  workersOnOneCpu,
  launchesShareCpus,
  libuvPoolOnOneCpu,
  workerAcrossNumaNodes,
  affinityOutsideCpuset,
  variableNotRead,
  variablesContradict,
  libraryWithoutVariable,
  pidsLimitNear,
  poolSpins,
  libraryTwice,
  twoOpenmpRuntimes,
];

/** Everything found about a program that costs it time. */
export function findFindings(audited: Audited): AuditFinding[] {
  return FINDINGS.flatMap(find => find(audited));
}
