import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Context } from 'mocha';

export const PROJECT = fileURLToPath(new URL('../../../', import.meta.url));
/** The package's command. */
export const GOVERNOR = fileURLToPath(new URL('../../../bin/governor.js', import.meta.url));
/** Debian's Python, which has numpy. */
export const PYTHON = '/usr/bin/python3';

const SHARED = fileURLToPath(new URL('../../../../shared/', import.meta.url));

/** A file of ../shared, which is beside the project where it is developed. Without it the test is skipped, and says so. */
export function shared(test: Context, path: string): string {
  const found = SHARED + path;
  if (!existsSync(found)) {
    process.stderr.write(`skipped: ../shared/${path} is not there\n`);
    test.skip();
  }
  return found;
}
