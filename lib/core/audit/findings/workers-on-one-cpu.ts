import type { AuditedProcess, AuditFinding } from '../audited.js';
import { subtract, union, type Cpuset } from '../../cpuset.js';
import { allowedCpus } from '../../machine/host.js';
import { isGoverned } from '../../budget/library-variables.js';
import { pinningVariables } from '../../budget/thread-variables.js';
import { affinityOf, grouped, isNarrower, workersOf, type Audited } from './input.js';
import { count, cpuWords, joinAnd } from '../../text.js';
import { named, pidsOf, runLine } from './words.js';

/** More workers than CPUs on a few CPUs, while no worker may use the others. */
export function workersOnOneCpu(audited: Audited): AuditFinding[] {
  const usable = union([allowedCpus(audited.host), ...audited.processes.map(affinityOf)]);
  const confined = workersOf(audited).filter(worker => isNarrower(affinityOf(worker), usable));
  const unused = subtract(usable, union(workersOf(audited).map(affinityOf)));
  const places = grouped(confined, worker => affinityOf(worker).join()).map(workers => ({
    workers,
    cpus: affinityOf(workers[0]!),
  }));
  const crowded = places.filter(({ workers, cpus }) => workers.length > 1 && workers.length > cpus.length);
  if (
    unused.length === 0 ||
    isSharedOnPurpose(
      audited,
      places.map(place => place.workers.length),
    )
  )
    return [];
  return crowded.map(place => findingOf(place.workers, place.cpus, unused, audited));
}

/** The governor assigns places in turn and keeps its reserve free, so the workers per place differ by 1 at most. */
function isSharedOnPurpose(audited: Audited, counts: readonly number[]): boolean {
  return (
    isGoverned(audited.processes[0]?.environment ?? {}) &&
    counts.length > 1 &&
    Math.max(...counts) - Math.min(...counts) < 2
  );
}

function findingOf(workers: readonly AuditedProcess[], cpus: Cpuset, unused: Cpuset, audited: Audited): AuditFinding {
  const variables = pinningVariables(workers[0]!.environment ?? {}).map(({ name }) => name);
  return {
    id: 'workers-on-one-cpu',
    text: `${count(workers.length, 'worker')} share ${cpuWords(cpus)}, but no worker may use ${cpuWords(unused)}.`,
    evidence: [
      `${named(workers)} confined to ${cpuWords(cpus)}`,
      ...(variables.length > 0 ? [`${joinAnd(variables)} set`] : []),
    ].join('; '),
    fix: variables.length > 0 ? `unset ${variables.join(' ')}` : runLine(audited.start),
    pids: pidsOf(workers),
  };
}
