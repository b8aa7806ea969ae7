import type { AuditedProcess, AuditFinding } from '../audited.js';
import { onlineInCpuset } from '../../machine/host.js';
import { CHOSEN_CPUS } from '../../machine/chosen-cpus.js';
import { formatCpulist, intersect, subtract, union, type Cpuset } from '../../cpuset.js';
import { confinementOf } from '../confinement.js';
import { affinityOf, isNarrower, wanted, workersOf, type Audited } from './common/input.js';
import { count, cpuWords, listed } from '../../text.js';
import { pidsOf, runLine } from './common/words.js';

/** CPUs wanted below which a process disturbs nobody. */
const BUSY_CPUS = 0.1;

/** Two launches that pin their workers without knowing of each other: both start at CPU 0. */
export function launchesShareCpus(audited: Audited): AuditFinding[] {
  const usable = onlineInCpuset(audited.host);
  const pool = workersOf(audited);
  const workers = (pool.length > 0 ? pool : audited.processes).filter(
    worker => isNarrower(affinityOf(worker), usable) && wanted(worker) >= BUSY_CPUS,
  );
  const held = union(workers.map(affinityOf));
  const strangers = audited.strangers.filter(({ affinity, run }) => {
    const own = subtract(affinity, held).length;
    return (
      isNarrower(affinity, usable) &&
      own < affinity.length &&
      run >= own &&
      run > 0 &&
      run >= Math.min(BUSY_CPUS, leastRun(workers, affinity))
    );
  });
  if (strangers.length === 0) return [];
  const theirs = union(strangers.map(stranger => stranger.affinity));
  const sharing = workers.filter(worker => intersect(affinityOf(worker), theirs).length > 0);
  const free = subtract(usable, union(audited.strangers.map(stranger => stranger.affinity)));
  const others = strangers.map(({ pid, command: name, affinity }) => `${name} (pid ${pid}, ${cpuWords(affinity)})`);
  const cause = confinementOf(sharing[0]!, affinityOf(sharing[0]!), audited);
  return [
    {
      id: 'launches-share-cpus',
      severity: 'costs',
      text:
        `${pool.length > 0 ? count(sharing.length, 'worker') : count(sharing.length, 'process', 'processes')} and ` +
        `${count(strangers.length, 'process', 'processes')} ` +
        `of another program are confined to the same ${cpuWords(intersect(held, theirs))}.`,
      evidence: [`on the same CPUs: ${listed(others)}`, ...(cause.launcher ? [cause.words] : [])].join('; '),
      fix: cause.launcher
        ? cause.fix({ threads: 1, usable })
        : free.length > 0
          ? runLine(audited.start, `${CHOSEN_CPUS}=${formatCpulist(free)}`)
          : 'run the two programs one after the other: no CPU is free',
      pids: pidsOf(sharing),
    },
  ];
}

/** CPUs used by the worker that gets least on those CPUs; little if more programs fill the machine. */
function leastRun(workers: readonly AuditedProcess[], cpus: Cpuset): number {
  return Math.min(
    ...workers.filter(worker => intersect(affinityOf(worker), cpus).length > 0).map(worker => worker.run),
  );
}
