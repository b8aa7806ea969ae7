import { formatCpulist, type Cpuset } from '../../core/cpuset.js';
import type { StartRecord } from '../../core/launch/records.js';
import type { Environment } from '../../core/environment.js';
import { findCommand, notStarted } from './command.js';
import { MPOL } from '../machine/memory-policy.js';
import { exactEnvironment } from '../exact-text.js';
import { native } from '../native.js';
import { cannot, causedBy, onOsError } from '../os-errors.js';
import { ignoredSignals, inheritedDescriptors, userOpenFilesLimit, withoutNotes } from './shell-state.js';

/** The CPUs and the memory of a program. */
export interface StartPlace {
  cpus: Cpuset;
  /** NUMA node whose memory it prefers; null: no preference */
  memoryNode: number | null;
}

/**
 * How each rank of a program starts: from the file that execvp would find, with the limit on open files, the ignored
 * signals and the descriptors that the user's shell would have given it. What is the same for all ranks is read once.
 * @param environment variables of all ranks
 * @param ranks each rank's place, and variables only for that rank
 * @throws GovernorError COMMAND_NOT_FOUND, COMMAND_NOT_EXECUTABLE
 */
export function startsOf(
  command: readonly string[],
  environment: Environment,
  ranks: readonly (StartPlace & { variables: Environment })[],
): StartRecord[] {
  const common = exactEnvironment(withoutNotes(environment));
  const program = findCommand(command[0]!, common);
  const openFiles = userOpenFilesLimit(ownOpenFilesLimit());
  const ignored = ignoredSignals();
  const descriptors = inheritedDescriptors();
  const settings = settingsOf(common);
  return ranks.map(({ cpus, memoryNode, variables }) => ({
    program,
    arguments: command,
    environment: [...settings.filter(([name]) => !Object.hasOwn(variables, name)), ...settingsOf(variables)].map(
      ([, text]) => text,
    ),
    directory: '',
    cpus,
    memory: memoryNode === null ? null : { mode: MPOL.preferred, nodes: [memoryNode] },
    openFiles,
    ignoredSignals: ignored,
    descriptors,
  }));
}

function ownOpenFilesLimit(): number {
  return onOsError(
    () => native.openFilesLimit(0),
    error => {
      throw cannot('read the limit on open files', error);
    },
  );
}

/** The name of each variable, and its `NAME=VALUE`. */
function settingsOf(variables: Environment): [name: string, text: string][] {
  return Object.entries(variables).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, `${name}=${value}`]],
  );
}

/** The same for one program. */
export function startOf(command: readonly string[], environment: Environment, place: StartPlace): StartRecord {
  return startsOf(command, environment, [{ ...place, variables: {} }])[0]!;
}

/**
 * Replaces this process by the program. Never returns; throws on failure.
 * @throws GovernorError COMMAND_NOT_EXECUTABLE; PIN_NOT_HELD if the CPUs went offline or are no longer allowed
 */
export function becomeProgram(start: StartRecord): never {
  return onOsError(
    () => native.become(start),
    error => {
      if (!error.syscall.startsWith('sched_')) throw notStarted(start.program, error.errno, error.syscall);
      throw causedBy(error, 'PIN_NOT_HELD', `cannot pin to CPUs ${formatCpulist(start.cpus)}: ${error.message}`);
    },
  );
}
