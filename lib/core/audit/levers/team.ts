import type { AuditedProcess } from '../audited.js';
import { libraryNamed } from '../libraries.js';
import { PTHREAD_BLAS } from '../teams.js';
import { numberIn } from './lever.js';
import { libraryLever } from './library-levers.js';
import { loneNeedOf, needOf } from './need.js';
import { byCode, byFirstVariable, byVariable, type PulledLever } from './pull.js';

const TORCH: ReadonlySet<string> = new Set(['torch']);
/** Share of the window that a thread wants a CPU from which it computes all the time. */
const COMPUTES = 0.9;
/** Share of the window spent waiting from which there is no idle CPU. */
const WAITS = 0.25;
/** CPUs that a process's other threads may need beside the one that computes. */
const HELPERS_NEED = 0.5;

/** A process that computes alone although CPUs are idle, and what gives it a team. */
export interface MissingTeam {
  process: AuditedProcess;
  /** threads for it: the CPUs that the program's other processes leave */
  threads: number;
  /** empty if no library that could share the work is limited to one thread */
  levers: PulledLever[];
}

/**
 * The process that computes on exactly one thread while CPUs are idle and no other process of the program computes.
 * Workers that feed it may work part of the time. A library that could share its work counts if it is loaded, and a
 * variable or the program's code has limited it to one thread.
 */
export function missingTeam(processes: readonly AuditedProcess[], cpus: number): MissingTeam | null {
  const computing = processes.filter(process => process.threads.some(computes));
  const [process] = computing;
  if (!process || computing.length > 1) return null;
  const thread = process.threads.find(computes)!;
  const rest = process.threads.filter(other => other !== thread).reduce((sum, other) => sum + needOf(other), 0);
  const taken = processes.filter(other => other !== process).reduce((sum, other) => sum + loneNeedOf(other), 0);
  const threads = Math.floor(cpus - Math.round(taken));
  if (thread.wait > WAITS || rest >= HELPERS_NEED || threads < 2) return null;
  const levers = (torchLevers(process, threads) ?? limitedLibraries(process, threads)).filter(
    (lever, i, all) => all.findIndex(other => other.set === lever.set) === i,
  );
  return levers.length > 0 ? { process, threads, levers } : null;
}

function limitedLibraries(process: AuditedProcess, threads: number): PulledLever[] {
  return process.modules.flatMap(({ library, configured }) =>
    library ? limited(process, library, configured, threads) : [],
  );
}

/** Of torch with a BLAS that has its own threads: the BLAS gets the team, OpenMP one thread. Null: it is not that. */
function torchLevers(process: AuditedProcess, threads: number): PulledLever[] | null {
  const loaded = (names: ReadonlySet<string>) => process.modules.find(({ library }) => library && names.has(library));
  const blas = loaded(PTHREAD_BLAS);
  if (!blas || !loaded(TORCH) || limited(process, blas.library!, blas.configured, threads).length === 0) return null;
  const environment = process.environment ?? {};
  const team = (owner: string, value: number) =>
    byFirstVariable({ owner, of: 'threads', value, now: 1 }, libraryLever(owner), environment);
  return [...team(blas.library!, threads), ...team('libgomp', 1)];
}

function computes({ run, wait }: { run: number; wait: number }): boolean {
  return run + wait >= COMPUTES;
}

function limited(process: AuditedProcess, library: string, configured: number | null, value: number): PulledLever[] {
  const lever = libraryLever(library);
  if (!lever || !libraryNamed(library)?.computes) return [];
  const environment = process.environment ?? {};
  const winner = (lever.variables ?? []).find(setting => numberIn(setting, environment[setting.name]) !== null);
  const aim = { owner: library, of: 'threads', value, now: 1 } as const;
  if (winner && numberIn(winner, environment[winner.name]) === 1)
    return [byVariable(aim, winner, environment, lever.source)];
  return !winner && configured === 1 && lever.code ? [byCode(aim, lever.code, lever.source)] : [];
}
