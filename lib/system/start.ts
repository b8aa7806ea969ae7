import { constants } from 'node:os';
import type { Cpuset } from '../core/cpuset.js';
import type { StartRecord } from '../core/records.js';
import type { Environment } from '../core/thread-variables.js';
import { findCommand, NOTED_LIMIT, userOpenFilesLimit } from './command.js';
import { MPOL } from './memory-policy.js';
import { native } from './native.js';

/** Where bin/governor.js leaves the signals that were ignored when it started: the kernel's mask, as nohup makes one. */
const NOTED_IGNORED = 'GOVERNOR_IGNORED_SIGNALS';

/**
 * How a program is to start: found as execvp finds it, and with the limit on open files and the ignored signals that the
 * user's shell would have given it.
 * @throws GovernorError COMMAND_NOT_FOUND, COMMAND_NOT_EXECUTABLE
 */
export function startOf(command: readonly string[], environment: Environment, where: { cpus: Cpuset; memoryNode: number | null }): StartRecord {
  const program = findCommand(command[0]!, environment);
  const { [NOTED_LIMIT]: _limit, [NOTED_IGNORED]: _ignored, ...rest } = environment;
  return {
    program,
    arguments: command,
    environment: Object.entries(rest).flatMap(([name, value]) => (value === undefined ? [] : [`${name}=${value}`])),
    directory: '',
    cpus: where.cpus,
    memory: where.memoryNode === null ? null : { mode: MPOL.preferred, nodes: [where.memoryNode] },
    openFiles: userOpenFilesLimit(native.openFilesLimit(0)),
    ignoredSignals: ignoredSignals(),
  };
}

function ignoredSignals(): number[] {
  const mask = process.env[NOTED_IGNORED] ?? '';
  if (!/^[0-9a-f]{1,16}$/i.test(mask)) return [];
  const bits = BigInt(`0x${mask}`);
  const signals = Array.from({ length: 64 }, (_, i) => i + 1).filter(signal => (bits >> BigInt(signal - 1)) & 1n);
  return signals.filter(signal => signal !== constants.signals.SIGKILL && signal !== constants.signals.SIGSTOP);
}
