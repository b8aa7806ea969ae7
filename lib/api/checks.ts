import { badInput } from '../errors.js';
import { findCommand } from '../system/launch/command.js';

const LONGEST_WINDOW_SECONDS = 3600;

/** @throws GovernorError BAD_INPUT without a program; COMMAND_NOT_FOUND, COMMAND_NOT_EXECUTABLE */
export function requireProgram(command: readonly string[]): void {
  if (command.length === 0) throw badInput('command', '', 'a program and its arguments');
  const cut = command.find(word => word.includes('\0'));
  if (cut !== undefined) throw badInput('command', cut, 'words without NUL, which ends a word');
  findCommand(command[0]!, process.env);
}

/**
 * How long threads are watched.
 * @param option that the seconds were given as
 * @returns seconds; 1 if none are given
 * @throws GovernorError BAD_INPUT
 */
export function watchedSeconds(option: 'window' | 'interval', seconds = 1): number {
  if (!(seconds > 0 && seconds <= LONGEST_WINDOW_SECONDS))
    throw badInput(option, seconds, `seconds from above 0 to ${LONGEST_WINDOW_SECONDS}`);
  return seconds;
}
