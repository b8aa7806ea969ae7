// What the cases need, and what to install if it is missing.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const FOLDER = fileURLToPath(new URL('.', import.meta.url));
const require = createRequire(import.meta.url);

/** A file or program that shows that a Debian package is there, if it has another name than the package. */
const SIGNS = {
  'default-jdk-headless': 'javac',
  gcc: 'cc',
  'golang-go': 'go',
  'python3-joblib': '/usr/lib/python3/dist-packages/joblib',
  'python3-numpy': '/usr/lib/python3/dist-packages/numpy',
  'python3-pytest-xdist': '/usr/lib/python3/dist-packages/xdist',
  'python3-sklearn': '/usr/lib/python3/dist-packages/sklearn',
  'python3-torch': '/usr/lib/python3/dist-packages/torch',
  'r-base-core': 'Rscript',
  'r-cran-data.table': '/usr/lib/R/site-library/data.table',
  'redis-tools': 'redis-benchmark',
  'util-linux': 'taskset',
};

function isInstalled(name) {
  const sign = SIGNS[name] ?? name;
  if (sign.startsWith('/')) return existsSync(sign);
  return (process.env.PATH ?? '').split(delimiter).some(directory => existsSync(join(directory, sign)));
}

/** What to install so that the case runs; empty if nothing is missing. */
export function missing({ packages = [], modules = [] }) {
  const debian = packages.filter(name => !isInstalled(name));
  const npm = modules.filter(name => !isResolved(name));
  return [
    ...(debian.length > 0 ? [`apt-get install ${debian.join(' ')}`] : []),
    ...(npm.length > 0 ? ['npm ci --ignore-scripts in bench/cure'] : []),
  ];
}

function isResolved(name) {
  try {
    return Boolean(require.resolve(name)); // not loaded: some start threads
  } catch (error) {
    return error.code === 'ERR_PACKAGE_PATH_NOT_EXPORTED';
  }
}

/** Installs the npm packages of the bench in its own folder, if one that is needed is not there. */
export function installModules(names, say) {
  if (names.every(isResolved)) return;
  say(`npm ci --ignore-scripts in bench/cure: ${names.join(', ')}`);
  const words = ['ci', '--ignore-scripts', '--no-audit', '--no-fund'];
  const { status } = spawnSync('npm', words, { cwd: FOLDER, stdio: ['ignore', 'ignore', 'inherit'] });
  if (status !== 0) say('npm ci failed; the cases that need these packages are skipped');
}
