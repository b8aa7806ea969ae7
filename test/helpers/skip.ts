import type { Context } from 'mocha';

const printed = new Set<string>();

/** Skips the test, which CI forbids. Each reason is printed once in a run. */
export function skip(test: Context, reason: string): never {
  if (!printed.has(reason)) process.stderr.write(`skipped: ${reason}\n`);
  printed.add(reason);
  return test.skip();
}

/** Skips the test if we are not root. `what`: what only root can do */
export function requireRoot(test: Context, what: string): void {
  if (process.getuid!() !== 0) skip(test, `only root can ${what}`);
}
