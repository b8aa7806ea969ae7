import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { succeededIn } from './package.js';

/**
 * A directory with these packages in its node_modules. npm fetches them without running their scripts. The directory
 * stays in a cache, so a second run downloads nothing.
 */
export async function installedFromNpm(...packages: string[]): Promise<string> {
  const cache = ownCache();
  const installed = join(cache, packages.join('+').replaceAll('/', '_'));
  if (existsSync(installed)) return installed;
  const directory = mkdtempSync(join(cache, 'download-'));
  try {
    writeFileSync(join(directory, 'package.json'), '{}');
    await succeededIn(directory, [
      'npm',
      'install',
      '--ignore-scripts',
      '--no-audit',
      '--no-fund',
      '--no-package-lock',
      ...packages,
    ]);
    renameSync(directory, installed);
  } catch (error) {
    if (!existsSync(installed)) throw error;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
  return installed;
}

/** The cache is outside the project. Programs in it are run, so no other user may write to it. */
function ownCache(): string {
  const { uid } = userInfo();
  const cache = process.env['XDG_CACHE_HOME']
    ? join(process.env['XDG_CACHE_HOME'], 'thread-governor')
    : join(tmpdir(), `thread-governor-cache-${uid}`);
  mkdirSync(cache, { recursive: true, mode: 0o700 });
  const found = statSync(cache);
  if (found.uid !== uid || (found.mode & 0o022) !== 0) throw new Error(`other users may write to ${cache}: remove it`);
  return cache;
}
