import type { Context } from 'mocha';
import { finished, type Finished } from '../processes/run.js';
import { shared } from '../shared.js';

/**
 * Runs a command in a virtual machine of another shape (see vm-run --help). Emulated: slow, but true of topology and affinity.
 * `seconds` is for boot and command.
 */
export async function inMachine(
  test: Context,
  options: readonly string[],
  command: readonly string[],
  seconds = 300,
): Promise<Finished> {
  const run = shared(test, 'vm/vm-run');
  test.timeout((seconds + 100) * 1000);
  return finished([run, '--timeout', String(seconds), ...options, '--', ...command]);
}
