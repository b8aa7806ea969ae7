import { libraryOfModule } from '../../core/audit/libraries.js';
import { ownersOf } from '../../core/audit/owner.js';
import { variablesOf } from '../../core/budget/library-variables.js';
import { readThreads } from '../processes/processes.js';
import { readOwners } from './read-owners.js';

/** Runtimes whose programs compute with several threads by themselves, and obey a variable or an option. */
const RUNTIMES = new Set(['Go runtime', 'JVM', '.NET', 'Julia']);
/** Their threads serve the one that runs the program. */
const HELPERS = new Set(['libuv pool', 'V8 platform']);

/**
 * Libraries and runtimes with which a process can compute by several threads: those that it has loaded, and those that
 * have made its threads; empty if it may not be read.
 */
export async function computingLibraries(pid: number): Promise<string[]> {
  const threads = readThreads(pid);
  const [record] = await readOwners([[pid, threads.map(thread => thread.tid)]], []);
  if (!record) return [];
  const owners = ownersOf(record, new Map(threads.map(({ tid, comm }) => [tid, comm])));
  const names = [
    ...record.modules.map(module => libraryOfModule(module.path)?.name),
    ...[...owners.values()].map(owner => owner.library),
  ].filter(name => name !== undefined);
  return [...new Set(names)].filter(name => RUNTIMES.has(name) || (variablesOf(name).length > 0 && !HELPERS.has(name)));
}
