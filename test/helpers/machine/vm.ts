import { join } from 'node:path';
import type { Context } from 'mocha';
import { requirePackages } from '../debian.js';
import { finished, type Finished } from '../processes/run.js';
import { PROJECT } from '../shared.js';

const VM_RUN = join(PROJECT, 'test/machines/vm-run');

/**
 * Runs a command in an emulated machine (test/machines/README.md). Slow, but its topology and affinities are real.
 * `seconds` is for boot and command.
 */
export function inMachine(
  test: Context,
  options: readonly string[],
  command: readonly string[],
  seconds = 300,
): Promise<Finished> {
  requirePackages(test, 'qemu-system-x86');
  test.timeout((seconds + 100) * 1000);
  return finished([VM_RUN, '--timeout', String(seconds), ...options, '--', ...command]);
}
