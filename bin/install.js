// npm runs this when the package is installed: it builds the addon, unless one is there that loads. What is missing for
// that is one line here; node-gyp prints sixty. Node 16 must be able to read this file.
const { spawnSync } = require('node:child_process');
const { existsSync } = require('node:fs');
const { delimiter, join } = require('node:path');

const ROOT = join(__dirname, '..');
const IS_CLONE = existsSync(join(ROOT, 'tsconfig.json'));
/** A clone is compiled and tested by TypeScript and mocha, which need a later Node than the package. */
const OLDEST_NODE = IS_CLONE ? [20, 19] : [20, 0];

/** What node-gyp needs on Linux: the variable that names it, the programs of which one will do, Debian's package. */
const TOOLS = [
  { name: 'C++ compiler', variable: 'CXX', programs: ['c++', 'g++', 'clang++'], debian: 'g++' },
  { name: 'make', variable: 'MAKE', programs: ['make'], debian: 'make' },
  { name: 'Python 3', variable: 'PYTHON', programs: ['python3', 'python'], debian: 'python3' },
];

function fail(text) {
  process.stderr.write(`thread-governor: ${text}\n`);
  process.exit(1);
}

function isOnPath(program) {
  return (process.env.PATH || '').split(delimiter).some(directory => existsSync(join(directory, program)));
}

function addonLoads() {
  const test = [require.resolve('node-gyp-build/build-test.js')];
  return spawnSync(process.execPath, test, { cwd: ROOT, stdio: 'ignore' }).status === 0;
}

const [major, minor] = process.versions.node.split('.').map(Number);
if (major < OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor < OLDEST_NODE[1])) {
  const what = IS_CLONE ? 'a clone needs' : 'it needs';
  fail(`${what} Node ${OLDEST_NODE.join('.')} or later, and this is ${process.version}; see https://nodejs.org`);
}

if (process.env.npm_config_build_from_source || !addonLoads()) {
  const missing =
    process.platform === 'linux'
      ? TOOLS.filter(({ variable, programs }) => !process.env[variable] && !programs.some(isOnPath))
      : [];
  if (missing.length > 0) {
    const names = missing.map(({ name }) => name).join(', no ');
    const packages = missing.map(({ debian }) => debian).join(' ');
    fail(`no ${names} to build the addon with; on Debian: sudo apt-get install ${packages}`);
  }
  const build = [require.resolve('node-gyp-build/bin.js')];
  const { status } = spawnSync(process.execPath, build, { cwd: ROOT, stdio: 'inherit' });
  if (status !== 0) fail('the addon could not be built; the lines above say why');
}
