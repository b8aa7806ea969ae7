import { constants } from 'node:os';
import { formatCpulist, type Cpuset } from '../../core/cpuset.js';
import type { StartRecord } from '../../core/records.js';
import type { Environment } from '../../core/environment.js';
import { GovernorError } from '../../errors.js';
import { findCommand, NOTED_LIMIT, notStarted, userOpenFilesLimit } from './command.js';
import { MPOL } from '../machine/memory-policy.js';
import { isOsError, native } from '../native.js';

/** Where bin/governor.js leaves the signals that were ignored when it started: the kernel's mask, as nohup makes one. */
const NOTED_IGNORED = 'GOVERNOR_IGNORED_SIGNALS';

/** Where it leaves the descriptors that were open then. */
const NOTED_DESCRIPTORS = 'GOVERNOR_DESCRIPTORS';

/** Where a program starts. */
export interface Where {
  cpus: Cpuset;
  memoryNode: number | null;
}

/**
 * How each rank of a program is to start: found as execvp finds it, and with the limit on open files, the ignored
 * signals and the descriptors that the user's shell would have given it. What is the same for all is asked once.
 * @param ranks where each starts, and its variables beside the environment that they have in common
 * @throws GovernorError COMMAND_NOT_FOUND, COMMAND_NOT_EXECUTABLE
 */
export function startsOf(
  command: readonly string[],
  environment: Environment,
  ranks: readonly (Where & { variables: Environment })[],
): StartRecord[] {
  const {
    [NOTED_LIMIT]: _limit,
    [NOTED_IGNORED]: _ignored,
    [NOTED_DESCRIPTORS]: _descriptors,
    ...common
  } = environment;
  const program = findCommand(command[0]!, common);
  const openFiles = userOpenFilesLimit(native.openFilesLimit(0));
  const ignored = ignoredSignals();
  const descriptors = notedDescriptors();
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

/** Each variable's name, and what stands for it in an environment. */
function settingsOf(variables: Environment): [name: string, text: string][] {
  return Object.entries(variables).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, `${name}=${value}`]],
  );
}

/** The same for one. */
export function startOf(command: readonly string[], environment: Environment, where: Where): StartRecord {
  return startsOf(command, environment, [{ ...where, variables: {} }])[0]!;
}

function ignoredSignals(): number[] {
  const mask = process.env[NOTED_IGNORED] ?? '';
  if (!/^[0-9a-f]{1,16}$/i.test(mask)) return [];
  const bits = BigInt(`0x${mask}`);
  const signals = Array.from({ length: 64 }, (_, i) => i + 1).filter(signal => (bits >> BigInt(signal - 1)) & 1n);
  return signals.filter(signal => signal !== constants.signals.SIGKILL && signal !== constants.signals.SIGSTOP);
}

/** Those of a process that was started otherwise are its own affair. */
function notedDescriptors(): number[] {
  const noted = (process.env[NOTED_DESCRIPTORS] ?? '')
    .split(' ')
    .filter(text => /^\d{1,7}$/.test(text))
    .map(Number);
  return noted.filter(descriptor => descriptor > 2);
}

/**
 * Becomes the program: the same process, no Node left. Returns by an error alone.
 * @throws GovernorError COMMAND_NOT_EXECUTABLE; PIN_NOT_HELD where the CPUs have gone meanwhile
 */
export function becomeProgram(start: StartRecord): never {
  try {
    native.become(start);
  } catch (error) {
    if (!isOsError(error)) throw error;
    if (error.syscall === 'execve') throw notStarted(start.program, error.errno);
    throw new GovernorError('PIN_NOT_HELD', `CPUs ${formatCpulist(start.cpus)}: ${error.message}`, {
      syscall: error.syscall,
      cause: error,
    });
  }
}
