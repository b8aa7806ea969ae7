import { existsSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Context } from 'mocha';
import { skip } from './skip.js';

/** Debian's own Python: another one on PATH does not see Debian's numpy and torch. */
export const PYTHON = '/usr/bin/python3';
/** Debian's libraries: /usr/lib/x86_64-linux-gnu on x86-64. */
export const LIBRARIES = `/usr/lib/${process.arch === 'arm64' ? 'aarch64' : 'x86_64'}-linux-gnu`;
export const OPENBLAS_DIRECTORY = `${LIBRARIES}/openblas-pthread`;
export const LIBOMP = '/usr/lib/llvm-14/lib/libomp.so.5';

export const SYSTEMD = '/lib/systemd/systemd';

const PYTHON_PACKAGES = '/usr/lib/python3/dist-packages';

/** How to see that a package is there: the full path of a file, or the name of a program. */
const SIGNS = {
  binutils: 'readelf',
  bsdutils: 'script',
  clang: 'clang',
  'default-jdk-headless': 'javac',
  'g++': 'g++',
  gcc: 'gcc',
  gdb: 'gdb',
  git: 'git',
  'golang-go': 'go',
  hwloc: 'lstopo-no-graphics',
  'libblis4-openmp': `${LIBRARIES}/blis-openmp`,
  'libblis4-pthread': `${LIBRARIES}/blis-pthread`,
  'libglib2.0-dev': '/usr/include/glib-2.0',
  'libomp-dev': '/usr/lib/llvm-14/lib/libomp.so',
  'libopenblas0-openmp': `${LIBRARIES}/openblas-openmp`,
  'libopenblas0-pthread': OPENBLAS_DIRECTORY,
  'libtbb-dev': '/usr/include/tbb',
  munge: 'munged',
  'musl-tools': 'musl-gcc',
  numactl: 'numactl',
  'openmpi-bin': 'mpirun',
  procps: 'ps',
  python3: PYTHON,
  'python3-joblib': `${PYTHON_PACKAGES}/joblib`,
  'python3-numba': `${PYTHON_PACKAGES}/numba`,
  'python3-numpy': `${PYTHON_PACKAGES}/numpy`,
  'python3-sklearn': `${PYTHON_PACKAGES}/sklearn`,
  'python3-threadpoolctl': `${PYTHON_PACKAGES}/threadpoolctl.py`,
  'python3-torch': `${PYTHON_PACKAGES}/torch`,
  'r-base-core': 'Rscript',
  'qemu-system-x86': 'qemu-system-x86_64',
  rustc: 'rustc',
  'slurm-wlm': 'slurmctld',
  strace: 'strace',
  systemd: SYSTEMD,
  'util-linux': 'taskset',
} as const;

export type DebianPackage = keyof typeof SIGNS;

const LIST = fileURLToPath(new URL('../../../test/debian-packages.txt', import.meta.url));

/** The packages of test/debian-packages.txt. */
export function listedPackages(): string[] {
  return readFileSync(LIST, 'utf8')
    .split('\n')
    .map(line => line.replace(/#.*/, '').trim())
    .filter(Boolean);
}

/** Every package that a test can ask for. */
export const DEBIAN_PACKAGES = Object.keys(SIGNS) as DebianPackage[];

export function isInstalled(name: DebianPackage): boolean {
  const sign = SIGNS[name];
  if (sign.startsWith('/')) return existsSync(sign);
  const directories = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/sbin'];
  return directories.some(directory => existsSync(join(directory, sign)));
}

export function toInstall(name: DebianPackage): string {
  return `sudo apt-get install ${name} (test/debian-packages.txt)`;
}

/** Skips the test if one of these packages is missing. */
export function requirePackages(test: Context, ...packages: readonly DebianPackage[]): void {
  const missing = packages.find(name => !isInstalled(name));
  if (missing) skip(test, `tests that need ${missing}: ${toInstall(missing)}`);
}

/** Skips every test of this `describe` if one of these packages is missing. */
export function allRequirePackages(...packages: readonly DebianPackage[]): void {
  before(function () {
    requirePackages(this, ...packages);
  });
}
