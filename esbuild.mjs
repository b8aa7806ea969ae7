// Bundles the command line that tsc has compiled into two files: the commands that start a program, and all commands.
// Loading the modules one by one takes longer than Node's own start (docs/bench.md, launch). The bundles are CommonJS,
// which Node loads faster, and keep names and lines, so that stack traces stay readable.
import { build } from 'esbuild';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const require = createRequire(import.meta.url);
const ROOT = fileURLToPath(new URL('.', import.meta.url));
const COMMAND_LINE = join(ROOT, 'dist/lib/cli');
const LINE = '-'.repeat(80);

/** Modules of Node that are slow to load and that few commands use: loaded on first use. */
const LATE = ['child_process', 'crypto', 'net', 'readline', 'stream', 'stream/promises', 'timers/promises', 'tty'].map(
  name => `node:${name}`,
);

const late = {
  name: 'late',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^node:/ }, ({ path, namespace }) =>
      LATE.includes(path) && namespace !== 'late' ? { path, namespace: 'late' } : { path, external: true },
    );
    onLoad({ filter: /./, namespace: 'late' }, ({ path }) => ({ contents: lateModule(path) }));
  },
};

function lateModule(path) {
  const getters = Object.keys(require(path)).map(name => `get ${name}() { return load().${name}; }`);
  return `let loaded;\nconst load = () => loaded ??= require('${path}');\nmodule.exports = { ${getters.join(', ')} };\n`;
}

const { metafile } = await build({
  entryPoints: ['starting', 'governor'].map(name => join(COMMAND_LINE, `${name}.js`)),
  outdir: COMMAND_LINE,
  outExtension: { '.js': '.cjs' },
  bundle: true,
  format: 'cjs',
  platform: 'node',
  target: 'node20',
  supported: { 'dynamic-import': false },
  external: ['systeminformation', 'zod'], // large, and rarely used
  banner: {
    js: [
      "const fileUrl = require('node:url').pathToFileURL(__filename).href;",
      'const clock = { now: () => process.uptime() * 1000 };  // performance is slow to load too',
    ].join('\n'),
  },
  define: { 'import.meta.url': 'fileUrl', performance: 'clock' },
  plugins: [late],
  metafile: true,
  logLevel: 'warning',
});

/** The licences of the bundled packages require a copy beside them. */
const packages = new Set(
  Object.keys(metafile.inputs).flatMap(file => /node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(file)?.[1] ?? []),
);
writeFileSync(join(COMMAND_LINE, 'LICENSES.txt'), [...packages].sort().map(licenceOf).join(`\n${LINE}\n\n`));

function licenceOf(name) {
  const folder = join(ROOT, 'node_modules', name);
  const file = readdirSync(folder).find(entry => /^licen[cs]e/i.test(entry));
  return `${name}\n\n${readFileSync(join(folder, file), 'utf8').trim()}\n`;
}
