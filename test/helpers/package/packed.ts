import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { succeeded, succeededIn, Workbench } from './package.js';

/** The package as npm publishes it. */
export interface Packed {
  tarball: string;
  /** files of the tarball, by their paths in the package */
  files: string[];
  /** the prebuilt addon */
  addon: string;
}

let packed: Promise<Packed> | undefined;

/** Runs npm run prebuild and npm pack in a copy of the project, once for all test files; removed when mocha exits. */
export function packedProject(): Promise<Packed> {
  packed ??= pack();
  return packed;
}

async function pack(): Promise<Packed> {
  const bench = new Workbench();
  process.once('exit', () => bench.remove());
  const copy = await bench.copyOfProject();
  await succeededIn(copy, ['npm', 'run', 'prebuild']);
  await succeededIn(copy, ['npm', 'pack']);
  const tarball = join(copy, readdirSync(copy).find(name => name.endsWith('.tgz'))!);
  const { stdout } = await succeeded(['tar', '-tzf', tarball]);
  return {
    tarball,
    files: stdout
      .trim()
      .split('\n')
      .map(name => name.replace(/^package\//, '')),
    addon: join(copy, 'prebuilds/linux-x64/thread-governor.glibc.node'),
  };
}
