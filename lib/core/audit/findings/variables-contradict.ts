import type { AuditedProcess, AuditFinding } from '../audited.js';
import { askedOf, ownVariables, type Asked } from '../../budget/library-variables.js';
import type { Environment } from '../../environment.js';
import { threadCount } from '../../budget/thread-variables.js';
import { affinityOf, grouped, librariesOf, type Audited } from './seen.js';
import { counted, cpuWords, named, pidsOf } from './words.js';

interface Contradiction {
  process: AuditedProcess;
  text: string;
  evidence: string;
  fix: string;
}

/** Variables that a loaded library reads, and that cannot all hold. */
export function variablesContradict(seen: Audited): AuditFinding[] {
  const found = seen.processes.flatMap(process => {
    const environment = process.environment ?? {};
    const own = ownVariables(environment);
    return [
      ...againstEachOther(process, own),
      ...ofNumexpr(process, own, environment),
      ...againstAffinity(process, own, environment),
    ];
  });
  return grouped(found, ({ text, fix }) => `${text} ${fix}`).map((alike): AuditFinding => {
    const processes = alike.map(one => one.process);
    return {
      id: 'variables-contradict',
      text: alike[0]!.text,
      evidence: `${alike[0]!.evidence}; ${named(processes)}`,
      fix: alike[0]!.fix,
      pids: pidsOf(processes),
    };
  });
}

/** Of two variables one library takes the first. The other is no contradiction where it is meant for another library that is loaded. */
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
  const [most, count, openmp] = [
    threadCount(environment['NUMEXPR_MAX_THREADS']),
    threadCount(environment['NUMEXPR_NUM_THREADS']),
    own['OMP_NUM_THREADS'] ?? '',
  ];
  const found: Contradiction[] = [];
  if (most !== null && count !== null && count > most) {
    const evidence = `NUMEXPR_NUM_THREADS=${count} NUMEXPR_MAX_THREADS=${most}`;
    found.push({
      process,
      text: `NUMEXPR_NUM_THREADS=${count} is more than NUMEXPR_MAX_THREADS=${most}, which numexpr refuses.`,
      evidence,
      fix: `export NUMEXPR_NUM_THREADS=${most}`,
    });
  }
  if (openmp.includes(',') && !environment['NUMEXPR_NUM_THREADS']) {
    const fix = `export NUMEXPR_NUM_THREADS=${threadCount(openmp) ?? 1}`;
    found.push({
      process,
      text: 'OMP_NUM_THREADS is a list, which OpenMP reads and numexpr fails on; NUMEXPR_NUM_THREADS would win there.',
      evidence: `OMP_NUM_THREADS=${openmp}`,
      fix,
    });
  }
  return found;
}

/** More threads asked for than the process has CPUs, where the library is not known to have taken fewer. */
function againstAffinity(process: AuditedProcess, own: Environment, environment: Environment): Contradiction[] {
  const cpus = affinityOf(process);
  if (cpus.length === 0) return [];
  const asked = [...librariesOf(process)].flatMap(library => {
    const winner = askedOf(library, environment)[0];
    return winner && winner.variable in own && winner.threads > cpus.length && !tookLess(process, library, cpus.length)
      ? [{ library, ...winner }]
      : [];
  });
  return grouped(asked, ({ variable }) => variable).map(alike => {
    const { variable, threads } = alike[0]!;
    return {
      process,
      text: `${setting({ variable, threads })} asks ${alike.map(({ library }) => library).join(', ')} for ${counted(threads, 'thread')} where the process may use ${counted(cpus.length, 'CPU')}; the variable wins.`,
      evidence: `affinity ${cpuWords(cpus)}`,
      fix: `export ${variable}=${cpus.length}`,
    };
  });
}

/** OpenBLAS takes no more threads than it sees CPUs, and tells how many these are. */
function tookLess(process: AuditedProcess, library: string, cpus: number): boolean {
  const told = process.modules.filter(module => module.library === library).flatMap(module => module.configured ?? []);
  return told.length > 0 && told.every(configured => configured <= cpus);
}

function setting({ variable, threads }: Asked): string {
  return `${variable}=${threads}`;
}
