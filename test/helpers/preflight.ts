// Loaded before any test: stops with a line for each thing that hardly a test can do without.
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

const missing = ALWAYS.filter(name => !isInstalled(name)).map(name => `${name} is missing: ${toInstall(name)}`);
if (!addonIsBuilt()) missing.push('the addon is not built: npm ci');
for (const line of missing) process.stderr.write(`npm test: ${line}\n`);
if (missing.length > 0) process.exit(2);
