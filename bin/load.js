// Loads the command line (esbuild.mjs), with what V8 has compiled of it before where that is there (cache.js).
const { readFileSync, statSync } = require('node:fs');
const { dirname, join } = require('node:path');
const { Script } = require('node:vm');

const FOLDER = join(__dirname, '../dist/lib/cli');
const sourceOf = name => join(FOLDER, `${name}.cjs`);
const cacheOf = name => join(FOLDER, `${name}-${process.version}-${process.arch}.cache`);

/** @param name `starting`: what starts programs; `governor`: all */
exports.load = name => {
  const source = sourceOf(name);
  const text = `(function (exports, require, module, __filename, __dirname) { ${readFileSync(source, 'utf8')}\n})`;
  const script = new Script(text, { filename: source, cachedData: cached(source, cacheOf(name)) });
  return {
    script,
    cache: cacheOf(name),
    module: () => {
      const module = { exports: {} };
      script.runInThisContext()(module.exports, require, module, source, dirname(source));
      return module.exports;
    },
  };
};

/** V8 refuses what another version has made, but tells a source by its length alone: one that was changed later counts. */
function cached(source, cache) {
  const made = statSync(cache, { throwIfNoEntry: false });
  return made && made.mtimeMs >= statSync(source).mtimeMs ? readFileSync(cache) : undefined;
}
