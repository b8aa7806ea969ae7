import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { succeededIn } from './package.js';

/**
 * A directory with these packages in its node_modules, which npm fetched without running their scripts. It stays in a
 * cache: a second run downloads nothing.
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

/** Outside of the project. What lies there is run, so nobody else may have put it there. */
function ownCache(): string {
  const { uid } = userInfo();
  const cache = process.env['XDG_CACHE_HOME']
    ? join(process.env['XDG_CACHE_HOME'], 'thread-governor')
    : join(tmpdir(), `thread-governor-cache-${uid}`);
  mkdirSync(cache, { recursive: true, mode: 0o700 });
  const found = statSync(cache);
  if (found.uid !== uid || (found.mode & 0o022) !== 0) throw new Error(`${cache} can be written by others: remove it`);
  return cache;
}
