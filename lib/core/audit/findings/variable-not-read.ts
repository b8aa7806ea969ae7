import type { AuditedPool, AuditFinding } from '../audited.js';
import { askedOf, isGoverned, READERS, variablesOf } from '../../budget/library-variables.js';
import type { Environment } from '../../environment.js';
import { threadCount } from '../../budget/thread-variables.js';
import { optionOf } from './library-options.js';
import { grouped, librariesOf, type Audited } from './seen.js';
import { counted, listed } from './words.js';

/**
 * A variable that was to limit threads, and no library that is loaded reads it, while one makes more threads than it says.
 * The governor sets the variables of all libraries, so none of its own is worth a word.
 */
export function variableNotRead(seen: Audited): AuditFinding[] {
  // Of a process whose modules are not told nobody knows what it reads.
  if (seen.processes.some(process => process.modules.length === 0)) return [];
  const loaded = new Set(seen.processes.flatMap(process => [...librariesOf(process)]));
  const found = seen.pools
    .filter(pool => pool.computes && isKnown(pool.library))
    .flatMap(pool => {
      const environment = environmentOf(pool, seen);
      if (
        isGoverned(environment) ||
        askedOf(pool.library, environment).length > 0 ||
        workedFor(pool, seen).some(library => askedOf(library, environment).length > 0)
      )
        return [];
      const unread = unreadVariables(environment, loaded).filter(({ threads }) => pool.threadsPerProcess > threads);
      return unread.length > 0 ? [{ pool, unread }] : [];
    });
  return grouped(found, ({ pool, unread }) => JSON.stringify([pool.library, unread])).map((alike): AuditFinding => {
    const { pool, unread } = alike[0]!;
    const settings = unread.map(({ variable, threads }) => `${variable}=${threads}`);
    const pids = alike.flatMap(one => one.pool.pids);
    return {
      id: 'variable-not-read',
      text: `${settings.join(' and ')} limit${unread.length === 1 ? 's' : ''} nothing here: ${pool.library} made the threads and does not read ${unread.length === 1 ? 'it' : 'them'}.`,
      evidence: `${counted(pool.threadsPerProcess, 'thread')} of ${pool.library}${pool.module ? ` (${pool.module})` : ''} in each of pid${pids.length === 1 ? '' : 's'} ${listed(pids)}; no library that is loaded reads ${unread.map(({ variable }) => variable).join(', ')}`,
      fix: fixFor(pool.library, Math.min(...unread.map(({ threads }) => threads))),
      pids,
    };
  });
}

/** Libraries whose variables, or whose lack of them, we know. */
function isKnown(library: string): boolean {
  return variablesOf(library).length > 0 || optionOf(library, 1) !== null;
}

function fixFor(library: string, threads: number): string {
  const [variable] = variablesOf(library);
  return variable ? `export ${variable}=${threads}` : (optionOf(library, threads) ?? '');
}

function environmentOf(pool: AuditedPool, seen: Audited): Environment {
  const own = seen.processes.find(process => pool.pids.includes(process.pid))?.environment;
  return own ?? seen.processes[0]?.environment ?? {};
}

/** libgomp's threads may be torch's, and torch has told it how many. */
function workedFor(pool: AuditedPool, seen: Audited): string[] {
  return seen.processes
    .filter(process => pool.pids.includes(process.pid))
    .flatMap(process =>
      process.threads
        .filter(thread => thread.owner.library === pool.library)
        .flatMap(thread => thread.owner.workingFor ?? []),
    );
}

function unreadVariables(
  environment: Environment,
  loaded: ReadonlySet<string>,
): { variable: string; threads: number }[] {
  return [...READERS].flatMap(([variable, readers]) => {
    const threads = threadCount(environment[variable]);
    return threads === null || readers.some(library => loaded.has(library)) ? [] : [{ variable, threads }];
  });
}
