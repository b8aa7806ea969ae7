import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { PROJECT } from './helpers/shared.js';

const LIB = join(PROJECT, 'lib');
const MOST_FILES_IN_A_FOLDER = 20;
const MOST_COLUMNS = 120;
const MOST_LINES = 300;
/** Files with more lines than that, by their paths from the project's root, and the reason of each. */
const LONG_FILES: Record<string, string> = {};

const modules = new Map(
  filesBelow(LIB)
    .filter(file => file.endsWith('.ts'))
    .map(file => [file, importsOf(file)]),
);

/** Files below a directory, by their paths from there. */
function filesBelow(directory: string): string[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile() && !entry.path.includes('node_modules'))
    .map(entry => join(entry.path, entry.name).slice(directory.length + 1));
}

function textOf(file: string): string {
  return readFileSync(join(LIB, file), 'utf8');
}

function codeOf(file: string): string {
  return textOf(file).replace(/\/\*.*?\*\/|^\s*\/\/[^\n]*/gms, '');
}

/** What a module imports, types too: files below lib as `core/budget/budget.ts`, packages by their names. */
function importsOf(file: string): string[] {
  const names = [...codeOf(file).matchAll(/\b(?:from|import)\s*\(?\s*'([^']+)'/g)].map(match => match[1]!);
  return names.map(name => (name.startsWith('.') ? join(dirname(file), name).replace(/\.js$/, '.ts') : name));
}

const layerOf = (file: string) => (file.includes('/') ? file.slice(0, file.indexOf('/')) : file);
const subjectOf = (file: string) => (file.split('/').length > 2 ? file.split('/')[1]! : '');
const isOurs = (name: string) => modules.has(name);
const inLayer = (layer: string) => [...modules].filter(([file]) => layerOf(file) === layer);

/** Imports of our files that `allowed` refuses, as `from → to`. */
function refusedImports(
  files: readonly [string, readonly string[]][],
  allowed: (from: string, to: string) => boolean,
): string[] {
  return files.flatMap(([from, imports]) =>
    imports.filter(to => isOurs(to) && !allowed(from, to)).map(to => `${from} → ${to}`),
  );
}

describe('layers: core ← system ← runtime ← api ← cli; report imports core only', () => {
  /** The layers that each layer may import, besides itself. */
  const ALLOWED: Record<string, readonly string[]> = {
    'errors.ts': [],
    core: ['errors.ts'],
    report: ['core', 'errors.ts'],
    system: ['core', 'errors.ts'],
    runtime: ['core', 'system', 'report', 'errors.ts'],
    api: ['core', 'system', 'runtime', 'report', 'errors.ts'],
    cli: ['core', 'system', 'runtime', 'api', 'report', 'errors.ts'],
    'index.ts': ['core', 'system', 'runtime', 'api', 'report', 'errors.ts'],
  };

  it('every folder of lib is a layer', () => {
    assert.ok(modules.size > 30, 'the sources are there');
    for (const file of modules.keys()) assert.ok(ALLOWED[layerOf(file)], file);
  });
  for (const [layer, allowed] of Object.entries(ALLOWED)) {
    it(`${layer} imports ${['itself', ...allowed].join(', ')}`, () => {
      assert.deepEqual(
        refusedImports(inLayer(layer), (_, to) => layerOf(to) === layer || allowed.includes(layerOf(to))),
        [],
      );
    });
  }
  it('core and report import no module of Node and read nothing of the process', () => {
    const packages = new Set(['zod', 'cli-table3', 'string-width']);
    for (const [file, imports] of [...inLayer('core'), ...inLayer('report')]) {
      for (const imported of imports)
        assert.ok(isOurs(imported) || packages.has(imported), `${file} imports ${imported}`);
      assert.doesNotMatch(
        textOf(file),
        /\b(process\.(env|platform|argv|cwd)|globalThis|Date\.now|performance\.now|Math\.random)\b/,
        file,
      );
    }
  });
  it('only system imports the addon', () => {
    for (const [file, imports] of modules) {
      if (imports.includes('system/native.ts')) assert.equal(layerOf(file), 'system', file);
    }
  });
  it('every imported file exists', () => {
    for (const [file, imports] of modules) {
      for (const imported of imports)
        assert.ok(isOurs(imported) || !/\.[cm]?[jt]s$/.test(imported), `${file} imports ${imported}`);
    }
  });
});

describe('subjects: an import between subjects of a layer points to an earlier subject', () => {
  const ORDER = ['', 'machine', 'budget', 'placement', 'processes', 'claims', 'audit', 'resize', 'lend', 'launch'];

  for (const layer of ['core', 'system', 'report']) {
    it(`${layer} has these subjects: ${ORDER.slice(1).join(', ')}`, () => {
      for (const [file] of inLayer(layer)) assert.ok(ORDER.includes(subjectOf(file)), file);
    });
    it(`${layer} imports by that order`, () => {
      const rank = (file: string) => ORDER.indexOf(subjectOf(file));
      assert.deepEqual(
        refusedImports(inLayer(layer), (from, to) => layerOf(to) !== layer || rank(to) <= rank(from)),
        [],
      );
    });
  }
});

describe('modules', () => {
  const reached = (from: string) => {
    const found = new Set<string>();
    const visit = (file: string) =>
      modules
        .get(file)!
        .filter(isOurs)
        .forEach(imported => {
          if (found.has(imported)) return;
          found.add(imported);
          visit(imported);
        });
    visit(from);
    return found;
  };

  it('none imports itself through others; types count too', () => {
    for (const file of modules.keys()) assert.ok(!reached(file).has(file), file);
  });
  it('no exported type name occurs twice', () => {
    const declared = new Map<string, string[]>();
    for (const file of modules.keys()) {
      for (const [, name] of codeOf(file).matchAll(
        /^export (?:declare |abstract )*(?:interface|type|class|enum) (\w+)/gm,
      )) {
        declared.set(name!, [...(declared.get(name!) ?? []), file]);
      }
    }
    assert.deepEqual(
      [...declared].filter(([, files]) => files.length > 1),
      [],
    );
  });
});

describe('folders', () => {
  for (const root of ['lib', 'native', 'test', 'bench']) {
    it(`none below ${root} holds more than ${MOST_FILES_IN_A_FOLDER} files`, () => {
      const counts = new Map<string, number>();
      for (const file of filesBelow(join(PROJECT, root)))
        counts.set(dirname(file), (counts.get(dirname(file)) ?? 0) + 1);
      assert.deepEqual(
        [...counts].filter(([, count]) => count > MOST_FILES_IN_A_FOLDER),
        [],
      );
    });
  }
});

describe('source files', () => {
  const files = ['lib', 'native', 'test', 'bench', 'examples'].flatMap(root =>
    filesBelow(join(PROJECT, root))
      .filter(file => /\.(ts|cts|mjs|cjs|cc|h|c|py|sh)$/.test(file))
      .map(file => join(root, file)),
  );
  const linesOf = (file: string) => readFileSync(join(PROJECT, file), 'utf8').replace(/\n$/, '').split('\n');

  before(() => assert.ok(files.length > 500, 'the files are there'));

  it(`have lines of at most ${MOST_COLUMNS} columns`, () => {
    const wide = files.flatMap(file =>
      linesOf(file).flatMap((line, i) => ([...line].length > MOST_COLUMNS ? [`${file}:${i + 1}`] : [])),
    );
    assert.deepEqual(wide, []);
  });
  it(`have at most ${MOST_LINES} lines, but for those that LONG_FILES lists`, () => {
    const long = files.filter(file => linesOf(file).length > MOST_LINES);
    assert.deepEqual(long.sort(), Object.keys(LONG_FILES).sort());
  });
});
