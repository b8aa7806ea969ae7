// Keeps what V8 compiles of the command line as it runs, for load.js: npm runs this when the package is installed or
// built. What cannot be kept is compiled each time.
const { spawnSync } = require('node:child_process');
const { existsSync, renameSync, writeFileSync } = require('node:fs');
const { join } = require('node:path');

/** What each of the two files runs meanwhile; nothing of it changes anything. */
const RUNS = {
  starting: [
    ['launch', '--share', '--quiet', '-n', '1', '--', 'true'],
    ['run', '--share', '--quiet', '--', 'true'],
    ['exec', '--', '/'],
  ],
  governor: [['topology'], ['topology', '--json'], ['env'], ['budget'], ['ps']],
};
const MILLISECONDS = 60_000;

async function keep(name) {
  const { script, cache, module } = require('./load.js').load(name);
  const { governor } = module();
  for (const words of RUNS[name]) await governor(words);
  writeFileSync(`${cache}.new`, script.createCachedData());
  renameSync(`${cache}.new`, cache);
  process.exit();
}

const [name] = process.argv.slice(2);
if (name) {
  keep(name);
} else {
  for (const each of Object.keys(RUNS)) {
    if (existsSync(join(__dirname, `../dist/lib/cli/${each}.cjs`)))
      spawnSync(process.execPath, [__filename, each], { stdio: 'ignore', timeout: MILLISECONDS });
  }
}
