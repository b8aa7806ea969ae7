import type { AuditedProcess, AuditFinding } from '../audited.js';
import { CHOSEN_CPUS } from '../../machine/chosen-cpus.js';
import { formatCpulist, intersect, subtract, union, type Cpuset } from '../../cpuset.js';
import { shellLine } from '../../shell.js';
import { affinityOf, isNarrower, usableCpus, wanted, workersOf, type Audited } from './seen.js';
import { cpuWords, counted, listed, pidsOf } from './words.js';

/** Who wants less of a CPU than this is in nobody's way. */
const BUSY = 0.1;

/** Two launches that pin their workers, and neither knows of the other: both begin at CPU 0. */
export function launchesShareCpus(seen: Audited): AuditFinding[] {
  const usable = usableCpus(seen.host);
  const workers = workersOf(seen).filter(worker => isNarrower(affinityOf(worker), usable) && wanted(worker) >= BUSY);
  const held = union(workers.map(affinityOf));
  const strangers = seen.strangers.filter(({ affinity, run }) => {
    const own = subtract(affinity, held).length;
    return (
      isNarrower(affinity, usable) &&
      own < affinity.length &&
      run >= own &&
      run > 0 &&
      run >= Math.min(BUSY, leastRun(workers, affinity))
    );
  });
  if (strangers.length === 0) return [];
  const theirs = union(strangers.map(stranger => stranger.affinity));
  const sharing = workers.filter(worker => intersect(affinityOf(worker), theirs).length > 0);
  const free = subtract(usable, union(seen.strangers.map(stranger => stranger.affinity)));
  const command = `governor run -- ${shellLine(seen.processes[0]!.commandLine)}`;
  return [
    {
      id: 'launches-share-cpus',
      text: `${counted(sharing.length, 'worker')} and ${counted(strangers.length, 'process', 'processes')} of another program are confined to the same ${cpuWords(intersect(held, theirs))}.`,
      evidence: `there too: ${listed(strangers.map(({ pid, command: name, affinity }) => `${name} (pid ${pid}, ${cpuWords(affinity)})`))}`,
      fix:
        free.length > 0
          ? `${CHOSEN_CPUS}=${formatCpulist(free)} ${command}`
          : 'run the two programs one after the other: together they have no CPUs left',
      pids: pidsOf(sharing),
    },
  ];
}

/** What the worker gets that gets least on those CPUs: on a machine that others fill as well, nobody gets much. */
function leastRun(workers: readonly AuditedProcess[], cpus: Cpuset): number {
  return Math.min(
    ...workers.filter(worker => intersect(affinityOf(worker), cpus).length > 0).map(worker => worker.run),
  );
}
