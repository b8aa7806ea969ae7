import type { AuditFinding, FindingSeverity } from './audited.js';
import { affinityOutsideCpuset } from './findings/affinity-outside-cpuset.js';
import { launchesShareCpus } from './findings/launches-share-cpus.js';
import { isolatedCpus } from './findings/isolated-cpus.js';
import { libraryTwice } from './findings/library-twice.js';
import { libraryWithoutVariable } from './findings/library-without-variable.js';
import { libuvPoolOnOneCpu } from './findings/libuv-pool-on-one-cpu.js';
import { mainThreadPinned } from './findings/main-thread-pinned.js';
import { pidsLimitNear } from './findings/pids-limit-near.js';
import { poolSpins } from './findings/pool-spins.js';
import { wanted, type Audited } from './findings/common/input.js';
import { teamLargerThanCpus } from './findings/team-larger-than-cpus.js';
import { teamWaitsForOthers } from './findings/team-waits-for-others.js';
import { twoOpenmpRuntimes } from './findings/two-openmp-runtimes.js';
import { variableNotRead } from './findings/variable-not-read.js';
import { variablesContradict } from './findings/variables-contradict.js';
import { workerAcrossNumaNodes } from './findings/worker-across-numa-nodes.js';
import { workersOnOneCpu } from './findings/workers-on-one-cpu.js';

export type { Ancestor, Audited, PidsUse, ConfinedProcess } from './findings/common/input.js';

/** In the order of the report if they cost the same: affinity, teams, variables, limits, libraries. */
const FINDINGS: readonly ((audited: Audited) => AuditFinding[])[] = [
  mainThreadPinned,
  workersOnOneCpu,
  isolatedCpus,
  teamLargerThanCpus,
  teamWaitsForOthers,
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

const SEVERITIES: readonly FindingSeverity[] = ['costs', 'threatens', 'remark'];

/** Everything found about a program, remarks last; before them, what is about more CPU time comes first. */
export function findFindings(audited: Audited): AuditFinding[] {
  const byPid = new Map(audited.processes.map(process => [process.pid, process]));
  const rank = ({ severity }: AuditFinding) => SEVERITIES.indexOf(severity);
  const cpus = ({ pids }: AuditFinding) =>
    Math.round(pids.reduce((sum, pid) => sum + wanted(byPid.get(pid) ?? { run: 0, wait: 0 }), 0));
  return FINDINGS.flatMap(find => find(audited)).sort((a, b) => rank(a) - rank(b) || cpus(b) - cpus(a));
}
