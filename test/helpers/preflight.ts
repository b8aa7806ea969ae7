// Loaded before any test: stops the run, with a line for each, if something is missing or wrong for most tests.
import { createRequire } from 'node:module';
import { isInstalled, toInstall, type DebianPackage } from './debian.js';
import { PROJECT } from './shared.js';

const ALWAYS: readonly DebianPackage[] = ['util-linux', 'procps', 'python3'];

const { resolve } = createRequire(import.meta.url)('node-gyp-build') as { resolve(directory: string): string };

function addonIsBuilt(): boolean {
  try {
    resolve(PROJECT);
    return true;
  } catch {
    return false;
  }
}

const problems = ALWAYS.filter(name => !isInstalled(name)).map(name => `${name} is missing: ${toInstall(name)}`);
if (!addonIsBuilt()) problems.push('the addon is not built: npm ci');
const times = process.env['GOVERNOR_TEST_TIMES'] ?? '1';
if (!(Number(times) > 0)) problems.push(`invalid GOVERNOR_TEST_TIMES "${times}": expected a number above 0`);
for (const line of problems) process.stderr.write(`npm test: ${line}\n`);
if (problems.length > 0) process.exit(2);
