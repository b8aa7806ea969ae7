import { namesIn, type ProgramLever } from './program.js';
import { THREAD_PROGRAMS } from './thread-programs.js';
import { WORKER_PROGRAMS } from './worker-programs.js';

/** Every program whose workers or threads we know how to set. */
export const PROGRAM_LEVERS: readonly ProgramLever[] = [...WORKER_PROGRAMS, ...THREAD_PROGRAMS];

/** What is known about the program of a command line, for its workers or for its threads. */
export function programLever(
  commandLine: readonly string[],
  of: 'workers' | 'threads',
): { name: string; option: NonNullable<ProgramLever['workers']> } | null {
  for (const { name } of namesIn(commandLine).reverse()) {
    const option = PROGRAM_LEVERS.find(lever => lever.names.includes(name) && lever[of])?.[of];
    if (option) return { name, option };
  }
  return null;
}
