import type { AuditedPool, AuditedProcess, AuditFinding } from '../audited.js';
import { askedOf, isGoverned, READERS, variablesOf } from '../../budget/library-variables.js';
import type { Environment } from '../../environment.js';
import { threadCount } from '../../budget/thread-variables.js';
import { optionOf } from './library-options.js';
import { grouped, librariesOf, severityOf, type Audited } from './common/input.js';
import { count, joinAnd, plural } from '../../text.js';
import { settingLine } from '../settings.js';
import { pidWords } from './common/words.js';

/**
 * A variable meant to limit threads that no loaded library reads, while a library starts more threads than it says.
 * The governor sets the variables of every library, so its own do not count.
 */
export function variableNotRead(audited: Audited): AuditFinding[] {
  // If a process's modules are unknown, so is which variables it reads.
  if (audited.processes.some(process => process.modules.length === 0)) return [];
  const loaded = new Set(audited.processes.flatMap(process => [...librariesOf(process)]));
  const found = audited.pools
    .filter(pool => pool.computes && isKnown(pool.library))
    .flatMap(pool => {
      const environment = environmentOf(pool, audited);
      if (
        isGoverned(environment) ||
        askedOf(pool.library, environment).length > 0 ||
        workedFor(pool, audited).some(library => askedOf(library, environment).length > 0)
      )
        return [];
      const unread = unreadVariables(environment, loaded).filter(({ threads }) => pool.threadsPerProcess > threads);
      return unread.length > 0 ? [{ pool, unread }] : [];
    });
  return grouped(found, ({ pool, unread }) => JSON.stringify([pool.library, unread])).map((alike): AuditFinding => {
    const { pool, unread } = alike[0]!;
    const settings = joinAnd(unread.map(({ variable, threads }) => `${variable}=${threads}`));
    const names = unread.map(({ variable }) => variable).join(', ');
    const file = pool.module ? ` (${pool.module})` : '';
    const pids = alike.flatMap(one => one.pool.pids);
    return {
      id: 'variable-not-read',
      severity: severityOf(alike.map(one => one.pool)),
      text:
        `${settings} ${plural(unread.length, 'has', 'have')} no effect: ` +
        `${pool.library} created the threads and does not read ${plural(unread.length, 'it', 'them')}.`,
      evidence:
        `${count(pool.threadsPerProcess, `${pool.library} thread`)}${file} in ` +
        `${pids.length === 1 ? '' : 'each of '}${pidWords(pids)}; no loaded library reads ${names}`,
      fix: settingLine(
        fixFor(pool.library, Math.min(...unread.map(({ threads }) => threads))),
        unread.map(({ variable }) => variable),
        processOf(pool, audited)!,
        audited.processes,
      ),
      pids,
    };
  });
}

/** Whether we know which variables a library reads, if any. */
function isKnown(library: string): boolean {
  return variablesOf(library).length > 0 || optionOf(library, 1) !== null;
}

function fixFor(library: string, threads: number): string {
  const [variable] = variablesOf(library);
  return variable ? `export ${variable}=${threads}` : (optionOf(library, threads) ?? '');
}

function processOf(pool: AuditedPool, audited: Audited): AuditedProcess | undefined {
  return audited.processes.find(process => pool.pids.includes(process.pid));
}

function environmentOf(pool: AuditedPool, audited: Audited): Environment {
  return processOf(pool, audited)?.environment ?? {};
}

/** Libraries that use the pool's threads: torch sets how many threads libgomp starts for it. */
function workedFor(pool: AuditedPool, audited: Audited): string[] {
  return audited.processes
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
