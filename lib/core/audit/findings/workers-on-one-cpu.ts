import type { AuditedProcess, AuditFinding } from '../audited.js';
import { subtract, union, type Cpuset } from '../../cpuset.js';
import { allowedCpus, coresOf } from '../../machine/host.js';
import { CHOSEN_CPUS } from '../../machine/chosen-cpus.js';
import { isGoverned } from '../../budget/library-variables.js';
import { pinningVariables } from '../../budget/thread-variables.js';
import { confinementOf, usableUnconfined } from '../confinement.js';
import { settingLine } from '../settings.js';
import { teamsOf } from '../teams.js';
import { affinityOf, BUSY_CPUS, grouped, isNarrower, wanted, workersOf, type Audited } from './common/input.js';
import { count, cpuWords, joinAnd } from '../../text.js';
import { named, pidsOf } from './common/words.js';

/** Workers that share few CPUs, and the others that they could use. */
interface Stack {
  workers: readonly AuditedProcess[];
  cpus: Cpuset;
  usable: Cpuset;
  text: string;
}

/** Workers stacked on few CPUs while others are unused, and who did that. */
export function workersOnOneCpu(audited: Audited): AuditFinding[] {
  const stacks = [...amongOthers(audited), ...wholeProgram(audited)];
  return [...stacks, ...narrowRanks(audited, stacks)].map(stack => findingOf(stack, audited));
}

/** More workers than CPUs on a few CPUs, while no worker may use the others. */
function amongOthers(audited: Audited): Stack[] {
  const usable = union([allowedCpus(audited.host), ...audited.processes.map(affinityOf)]);
  const workers = workersOf(audited);
  const confined = workers.filter(worker => isNarrower(affinityOf(worker), usable));
  const unused = subtract(usable, union(workers.map(affinityOf)));
  const places = grouped(confined, worker => affinityOf(worker).join());
  if (unused.length === 0 || isSharedOnPurpose(workers, places)) return [];
  return places.flatMap((sharing): Stack[] => {
    const cpus = affinityOf(sharing[0]!);
    const share = `${count(sharing.length, 'worker')} share ${cpuWords(cpus)}`;
    const text = `${share}, but no worker may use ${cpuWords(unused)}.`;
    return sharing.length > 1 && sharing.length > cpus.length ? [{ workers: sharing, cpus, usable, text }] : [];
  });
}

/** The governor assigns places in turn and keeps its reserve free, so the workers per place differ by 1 at most. */
function isSharedOnPurpose(workers: readonly AuditedProcess[], places: readonly AuditedProcess[][]): boolean {
  const counts = places.map(sharing => sharing.length);
  return (
    workers.some(worker => isGoverned(worker.environment ?? {})) &&
    counts.length > 1 &&
    Math.max(...counts) - Math.min(...counts) < 2
  );
}

/** Working processes that are all confined, to one core or by a launcher. A pin to more cores may be meant. */
function wholeProgram(audited: Audited): Stack[] {
  const usable = usableUnconfined(audited);
  const cpus = union(audited.processes.map(affinityOf));
  const workers = audited.processes.filter(process => wanted(process) >= BUSY_CPUS);
  const environment = audited.processes[0]?.environment ?? {};
  if (workers.length <= cpus.length || !isNarrower(cpus, usable)) return [];
  if (!isOneCore(cpus, audited) && !confinementOf(workers[0]!, cpus, audited).launcher) return [];
  if (waitOf(workers) < BUSY_CPUS || environment[CHOSEN_CPUS] !== undefined) return [];
  const text =
    `${count(workers.length, 'process', 'processes')} share ${cpuWords(cpus)}: ` +
    `the program may use no other of ${cpuWords(usable)}.`;
  return [{ workers, cpus, usable, text }];
}

/** A rank with more working threads than CPUs, because its launcher bound it. Teams have their own finding. */
function narrowRanks(audited: Audited, known: readonly Stack[]): Stack[] {
  const usable = usableUnconfined(audited);
  return audited.processes.flatMap((process): Stack[] => {
    const cpus = affinityOf(process);
    const threads = process.threads.filter(thread => wanted(thread) >= BUSY_CPUS).length;
    if (threads <= cpus.length || !isNarrower(cpus, usable) || waitOf([process]) < BUSY_CPUS) return [];
    if (known.some(({ workers }) => workers.includes(process)) || teamsOf(process).length > 0) return [];
    if (!confinementOf(process, cpus, audited).launcher) return [];
    const text =
      `${count(threads, 'working thread')} of ${named([process])} share ${cpuWords(cpus)}: ` +
      `it may use no other of ${cpuWords(usable)}.`;
    return [{ workers: [process], cpus, usable, text }];
  });
}

function isOneCore(cpus: Cpuset, { host }: Audited): boolean {
  const among = new Set(cpus);
  return coresOf(host.cpus.filter(({ cpu }) => among.has(cpu))).length === 1;
}

function waitOf(processes: readonly AuditedProcess[]): number {
  return processes.reduce((sum, process) => sum + process.wait, 0);
}

function findingOf({ workers, cpus, usable, text }: Stack, audited: Audited): AuditFinding {
  const variables = pinningVariables(workers[0]!.environment ?? {}).map(({ name }) => name);
  const cause = confinementOf(workers[0]!, cpus, audited);
  const working = workers.map(worker => worker.threads.filter(thread => wanted(thread) >= BUSY_CPUS).length);
  // Ranks are bound one by one; the workers of a rank have one affinity together.
  const isRank = workers.some(worker => worker.pid === cause.pid);
  const threads = isRank ? Math.max(...working) : working.reduce((sum, count) => sum + count, 0);
  return {
    id: 'workers-on-one-cpu',
    severity: waitOf(workers) >= BUSY_CPUS ? 'costs' : 'remark',
    text,
    evidence: [
      `${named(workers)} confined to ${cpuWords(cpus)}`,
      variables.length > 0 ? `${joinAnd(variables)} set` : cause.words,
    ].join('; '),
    fix:
      variables.length > 0
        ? settingLine(`unset ${variables.join(' ')}`, variables, workers[0]!, audited.processes)
        : cause.fix({ threads: Math.max(1, threads), usable }),
    pids: pidsOf(workers),
  };
}
