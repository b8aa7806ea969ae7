import type { AuditedProcess, AuditFinding } from '../audited.js';
import { subtract, union, type Cpuset } from '../../cpuset.js';
import { allowedCpus } from '../../machine/host.js';
import { isGoverned } from '../../budget/library-variables.js';
import { shellLine } from '../../shell.js';
import { pinningVariables } from '../../budget/thread-variables.js';
import { affinityOf, grouped, isNarrower, workersOf, type Audited } from './seen.js';
import { counted, cpuWords, named, pidsOf } from './words.js';

/** More workers on a few CPUs than these are, while others are left to nobody. */
export function workersOnOneCpu(seen: Audited): AuditFinding[] {
  const usable = union([allowedCpus(seen.host), ...seen.processes.map(affinityOf)]);
  const confined = workersOf(seen).filter(worker => isNarrower(affinityOf(worker), usable));
  const unused = subtract(usable, union(workersOf(seen).map(affinityOf)));
  const places = grouped(confined, worker => affinityOf(worker).join()).map(workers => ({
    workers,
    cpus: affinityOf(workers[0]!),
  }));
  const crowded = places.filter(({ workers, cpus }) => workers.length > 1 && workers.length > cpus.length);
  if (
    unused.length === 0 ||
    isSharedOnPurpose(
      seen,
      places.map(place => place.workers.length),
    )
  )
    return [];
  return crowded.map(place => findingOf(place.workers, place.cpus, unused, seen));
}

/** The governor gives places out in turn, and leaves its reserve free: with too many workers none has two more than another. */
function isSharedOnPurpose(seen: Audited, counts: readonly number[]): boolean {
  return (
    isGoverned(seen.processes[0]?.environment ?? {}) &&
    counts.length > 1 &&
    Math.max(...counts) - Math.min(...counts) < 2
  );
}

function findingOf(workers: readonly AuditedProcess[], cpus: Cpuset, unused: Cpuset, seen: Audited): AuditFinding {
  const variables = pinningVariables(workers[0]!.environment ?? {}).map(({ name }) => name);
  return {
    id: 'workers-on-one-cpu',
    text: `${counted(workers.length, 'worker')} share ${cpuWords(cpus)}, while no worker may use ${cpuWords(unused)}.`,
    evidence: `${named(workers)} confined to ${cpuWords(cpus)}${variables.length > 0 ? `; ${variables.join(' and ')} set` : ''}`,
    fix:
      variables.length > 0
        ? `unset ${variables.join(' ')}`
        : `governor run -- ${shellLine(seen.processes[0]!.commandLine)}`,
    pids: pidsOf(workers),
  };
}
