import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { PROJECT } from './helpers/shared.js';

const LIB = join(PROJECT, 'lib');
const modules = new Map((readdirSync(LIB, { recursive: true }) as string[])
  .filter(file => file.endsWith('.ts'))
  .map(file => [file, importsOf(file)]));

function textOf(file: string): string {
  return readFileSync(join(LIB, file), 'utf8');
}

/** What a module imports, types too: files below lib as `core/budget.ts`, everything else by its name. */
function importsOf(file: string): string[] {
  const text = textOf(file).replace(/\/\*.*?\*\/|^\s*\/\/.*$/gsm, '');
  const names = [...text.matchAll(/\b(?:from|import)\s*\(?\s*'([^']+)'/g)].map(match => match[1]!);
  return names.map(name => (name.startsWith('.') ? join(dirname(file), name).replace(/\.js$/, '.ts') : name));
}

const layerOf = (file: string) => (file.includes('/') ? file.slice(0, file.indexOf('/')) : file);
const isOurs = (name: string) => modules.has(name);
const inLayer = (layer: string) => [...modules].filter(([file]) => layerOf(file) === layer);

describe('layers: an import points to the left in core ← system, report ← api ← cli', () => {
  /** Of each layer, what it may import of ours beside itself. */
  const ALLOWED: Record<string, string[]> = {
    'errors.ts': [],
    core: ['errors.ts'],
    system: ['core', 'errors.ts'],
    api: ['core', 'system', 'report', 'errors.ts'],
    report: ['core', 'errors.ts'],
    cli: ['core', 'system', 'api', 'report', 'errors.ts'],
    'index.ts': ['core', 'system', 'api', 'report', 'errors.ts'],
  };
  /** What a layer imports of ours that its rule does not allow. */
  const outside = (layer: string) => inLayer(layer).flatMap(([file, imports]) => imports
    .filter(imported => isOurs(imported) && layerOf(imported) !== layer && !ALLOWED[layer]!.includes(layerOf(imported)))
    .map(imported => `${file} → ${imported}`));

  it('every folder has its rule', () => {
    assert.ok(modules.size > 30, 'the sources are there');
    for (const file of modules.keys()) assert.ok(ALLOWED[layerOf(file)], file);
  });
  for (const [layer, allowed] of Object.entries(ALLOWED)) {
    it(`${layer} imports ${allowed.join(', ') || 'nothing of ours'}`, () => {
      assert.deepEqual(outside(layer), []);
    });
  }
  it('core and report touch nothing of the machine: no module of Node\'s', () => {
    const packages = new Set(['zod', 'cli-table3', 'string-width']);
    for (const [file, imports] of [...inLayer('core'), ...inLayer('report')]) {
      for (const imported of imports) assert.ok(isOurs(imported) || packages.has(imported), `${file} imports ${imported}`);
      assert.doesNotMatch(textOf(file), /\b(process\.(env|platform|argv|cwd)|globalThis|Date\.now|performance\.now|Math\.random)\b/, file);
    }
  });
  it('only system loads the addon', () => {
    for (const [file, imports] of modules) {
      if (imports.includes('system/native.ts')) assert.equal(layerOf(file), 'system', file);
    }
  });
  it('every import of ours is there', () => {
    for (const [file, imports] of modules) {
      for (const imported of imports) assert.ok(isOurs(imported) || !/\.[cm]?[jt]s$/.test(imported), `${file} imports ${imported}`);
    }
  });
});

describe('layers: no module imports itself by way of others', () => {
  const reached = (from: string) => {
    const found = new Set<string>();
    const visit = (file: string) => modules.get(file)!.filter(isOurs).forEach(imported => {
      if (found.has(imported)) return;
      found.add(imported);
      visit(imported);
    });
    visit(from);
    return found;
  };

  it('types count too', () => {
    for (const file of modules.keys()) assert.ok(!reached(file).has(file), file);
  });
});
