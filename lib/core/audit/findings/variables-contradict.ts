import type { AuditedProcess, AuditedThread, AuditFinding } from '../audited.js';
import { askedOf, ownVariables, type Asked } from '../../budget/library-variables.js';
import type { Environment } from '../../environment.js';
import { threadCount } from '../../budget/thread-variables.js';
import { affinityOf, grouped, librariesOf, severityOf, type Audited } from './common/input.js';
import { count, cpuWords } from '../../text.js';
import { settingLine } from '../settings.js';
import { largerTeams } from '../teams.js';
import { named, pidsOf } from './common/words.js';

interface Contradiction {
  /** the variables to change */
  names: readonly string[];
  process: AuditedProcess;
  /** libraries that read the variables */
  libraries: readonly string[];
  text: string;
  evidence: string;
  fix: string;
}

/** Variables that a loaded library reads and that contradict each other, or the affinity. */
export function variablesContradict(audited: Audited): AuditFinding[] {
  const found = audited.processes.flatMap(process => {
    const environment = process.environment ?? {};
    const own = ownVariables(environment);
    return [
      ...againstEachOther(process, own),
      ...ofNumexpr(process, own, environment),
      ...againstAffinity(process, own, environment, audited),
    ];
  });
  return grouped(found, ({ text, fix }) => `${text} ${fix}`).map((alike): AuditFinding => {
    const processes = alike.map(one => one.process);
    return {
      id: 'variables-contradict',
      severity: severityOf(alike.flatMap(startedBy)),
      text: alike[0]!.text,
      evidence: `${alike[0]!.evidence}; ${named(processes)}`,
      fix: settingLine(alike[0]!.fix, alike[0]!.names, processes[0]!, audited.processes),
      pids: pidsOf(processes),
    };
  });
}

/** The threads that those libraries started. */
function startedBy({ process, libraries }: Contradiction): AuditedThread[] {
  return process.threads.filter(({ owner }) => libraries.includes(owner.library));
}

/** Of two variables a library takes the first. The second is no contradiction if another loaded library obeys it. */
function againstEachOther(process: AuditedProcess, own: Environment): Contradiction[] {
  const loaded = [...librariesOf(process)];
  const obeyed = new Set(loaded.map(library => askedOf(library, own)[0]?.variable));
  return loaded.flatMap(library => {
    const [winner, ...rest] = askedOf(library, own);
    const loser = rest.find(other => other.threads !== winner!.threads && !obeyed.has(other.variable));
    return loser
      ? [
          {
            process,
            libraries: [library],
            names: [loser.variable],
            text: `${library} reads ${setting(winner!)} and ${setting(loser)}: ${winner!.variable} wins.`,
            evidence: `${setting(winner!)} ${setting(loser)}`,
            fix: `unset ${loser.variable}`,
          },
        ]
      : [];
  });
}

function ofNumexpr(process: AuditedProcess, own: Environment, environment: Environment): Contradiction[] {
  if (!librariesOf(process).has('numexpr')) return [];
  const most = threadCount(environment['NUMEXPR_MAX_THREADS']);
  const threads = threadCount(environment['NUMEXPR_NUM_THREADS']);
  const openmp = own['OMP_NUM_THREADS'] ?? '';
  const found: Contradiction[] = [];
  if (most !== null && threads !== null && threads > most) {
    const evidence = `NUMEXPR_NUM_THREADS=${threads} NUMEXPR_MAX_THREADS=${most}`;
    found.push({
      process,
      libraries: ['numexpr'],
      names: ['NUMEXPR_NUM_THREADS'],
      text: `NUMEXPR_NUM_THREADS=${threads} exceeds NUMEXPR_MAX_THREADS=${most}, and numexpr rejects that.`,
      evidence,
      fix: `export NUMEXPR_NUM_THREADS=${most}`,
    });
  }
  if (openmp.includes(',') && !environment['NUMEXPR_NUM_THREADS']) {
    const fix = `export NUMEXPR_NUM_THREADS=${threadCount(openmp) ?? 1}`;
    found.push({
      process,
      libraries: ['numexpr'],
      names: ['OMP_NUM_THREADS'],
      text: 'OMP_NUM_THREADS is a list: OpenMP accepts it, numexpr fails on it. NUMEXPR_NUM_THREADS would override it.',
      evidence: `OMP_NUM_THREADS=${openmp}`,
      fix,
    });
  }
  return found;
}

/**
 * More threads requested than the process has CPUs, unless the library is known to use fewer, or the threads are at
 * work: then they are another finding.
 */
function againstAffinity(
  process: AuditedProcess,
  own: Environment,
  environment: Environment,
  audited: Audited,
): Contradiction[] {
  const cpus = affinityOf(process);
  if (cpus.length === 0) return [];
  const asked = [...librariesOf(process)].flatMap(library => {
    const winner = askedOf(library, environment)[0];
    return winner && winner.variable in own && winner.threads > cpus.length && !tookLess(process, library, cpus.length)
      ? [{ library, ...winner }]
      : [];
  });
  const atWork = largerTeams(process, audited).map(({ team }) => team.library);
  const groups = grouped(asked, ({ variable }) => variable);
  return groups
    .filter(alike => !alike.some(({ library }) => atWork.includes(library)))
    .map(alike => {
      const { variable, threads } = alike[0]!;
      return {
        process,
        libraries: alike.map(({ library }) => library),
        names: [variable],
        text:
          `${setting({ variable, threads })} makes ${alike.map(({ library }) => library).join(', ')} use ` +
          `${count(threads, 'thread')}, but the process may use only ${count(cpus.length, 'CPU')}.`,
        evidence: `affinity ${cpuWords(cpus)}`,
        fix: `export ${variable}=${cpus.length}`,
      };
    });
}

/** OpenBLAS uses at most as many threads as its affinity has CPUs, and exports that number. */
function tookLess(process: AuditedProcess, library: string, cpus: number): boolean {
  const sizes = process.modules.filter(module => module.library === library).flatMap(module => module.configured ?? []);
  return sizes.length > 0 && sizes.every(size => size <= cpus);
}

function setting({ variable, threads }: Asked): string {
  return `${variable}=${threads}`;
}
