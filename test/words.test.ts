import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PROJECT } from './helpers/shared.js';

/** A turn of phrase that this project avoids, what to write instead, and an example of each. */
interface Banned {
  /** a space also matches the end of a line within a comment, or within a string that continues on the next line */
  pattern: RegExp;
  instead: string;
  bad: string;
  good: string;
}

const BANNED: readonly Banned[] = [
  {
    pattern: /\b(is|are|was|were|be|been|being) told\b/i,
    instead: 'is reported, is shown, is known',
    bad: 'the CPUs of a GPU, where that is told',
    good: 'the CPUs of a GPU, if they are known',
  },
  {
    pattern: /\b(does|do) not tell\b|\btells? (whose|who|which|what|how|nothing|none)\b/i,
    instead: 'reports, shows, says',
    bad: 'governor audit tells whose they are',
    good: 'governor audit shows whose they are',
  },
  {
    // Not before a noun: "the variables of its own launcher" is fine.
    pattern:
      /\bof (its|his|her|their|our|your) own(?=[^\w\s]|\s*(\*\/|$)| (and|or|in|on|for|that|to|with|at|by|as|is)\b)/i,
    instead: 'its own …',
    bad: 'each rank on a place of its own',
    good: 'each rank on its own place, by the variables of its own launcher',
  },
  {
    pattern: /\bmend(s|ed|ing)?\b/i,
    instead: 'fix, repair',
    bad: 'mends what verification finds',
    good: 'repairs drift',
  },
  {
    pattern: /\bwhere (there|it|that|this|they|one) (is|are|was|were|has|have|does|do) (no|not|none|nothing)\b/i,
    instead: 'if, without',
    bad: 'where there is no quota',
    good: 'if there is no quota',
  },
  {
    pattern: /\bwhere (no|none|nothing|nobody|somebody|anything)\b/i,
    instead: 'if no, without',
    bad: 'where nothing limits',
    good: 'if nothing limits',
  },
  {
    pattern: /\bso many (as|times|seconds|of)\b/i,
    instead: 'as many as, N times',
    bad: 'so many as fit into the memory',
    good: 'as many as fit into the memory',
  },
  {
    pattern: /\bsuch as (are|is|have|has|nobody|no)\b/i,
    instead: 'those that',
    bad: 'CPUs such as nobody has claimed',
    good: 'CPUs that nobody has claimed, such as 3',
  },
  {
    pattern: /\b(is|are|was|were) had\b|\b(can|may|could|cannot|to) be had\b/i,
    instead: 'has, is available',
    bad: 'no place is had twice',
    good: 'no two ranks share a place',
  },
  {
    pattern: /(?<!\b(leave|leaves|left|leaving|let|lets) )\b(it|them|that|those|these|this|names?|types?) alone\b/i,
    instead: 'only',
    bad: 'known by its name alone',
    good: 'known only by its name; leave it alone',
  },
  {
    pattern: /\bin (the|its|their) stead\b/i,
    instead: 'instead',
    bad: 'CPUs in the stead of those that have gone',
    good: 'CPUs instead of those that have gone',
  },
  {
    pattern: /\b(inside|outside) of\b/i,
    instead: 'inside, within, outside',
    bad: 'inside of the control group',
    good: 'inside the control group',
  },
  {
    pattern: /\b(is|are|was|were) looked (at|into)\b/i,
    instead: 'is read, is checked, is inspected',
    bad: 'it ended while it was looked at',
    good: 'it ended during the audit',
  },
];

/** A line's end and the start of the next comment line, or of the next part of a string. */
const GAP = String.raw`(?:\s+(?:(?:\*|//|#|>) +)?| ?['"\`] \+\s+['"\`])`;

const PATTERNS = BANNED.map(({ pattern, instead }) => ({
  pattern: new RegExp(pattern.source.replaceAll(' ', GAP), 'gi'),
  instead,
}));

/** Files of the project that match, by their paths from its root. */
function filesBelow(folder: string, ending: RegExp): string[] {
  return readdirSync(join(PROJECT, folder), { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile() && ending.test(entry.name))
    .map(entry => join(entry.path, entry.name).slice(PROJECT.length))
    .filter(file => !file.includes('node_modules'));
}

/** Everything in a source file but the titles of its tests becomes blank; lines keep their numbers. */
function onlyTitles(source: string): string {
  const TITLE = /\b(?:it|describe)\(\s*('(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|`(?:[^`\\]|\\.)*`)/g;
  let titles = '';
  for (const match of source.matchAll(TITLE)) {
    const before = source.slice(titles.length, match.index + match[0].length - match[1]!.length);
    titles += before.replace(/[^\n]/g, ' ') + match[1];
  }
  return titles;
}

/** The tables of words to use and words to avoid become blank; lines keep their numbers. */
function withoutWordTables(text: string): string {
  return text.replace(/^\| (?:concept \| word|write) \| not \|\n(?:\|.*\n)+/gm, table => table.replace(/[^\n]/g, ' '));
}

/** Each banned phrase of a text as `12: "of its own" (its own …)`. */
function findBanned(text: string): string[] {
  return PATTERNS.flatMap(({ pattern, instead }) =>
    [...text.matchAll(pattern)].map(match => {
      const line = text.slice(0, match.index).split('\n').length;
      return `${line}: "${match[0].replace(/\s+/g, ' ')}" (instead: ${instead})`;
    }),
  );
}

describe('words: what people read is in plain English', () => {
  const files = new Map<string, string[]>();

  before(() => {
    const read = (file: string) => readFileSync(join(PROJECT, file), 'utf8');
    const sources = [
      ...filesBelow('lib', /\.ts$/),
      ...filesBelow('native', /\.(h|cc)$/),
      ...filesBelow('bench', /\.(mjs|c|h|py)$/),
      ...filesBelow('docs', /\.md$/),
      ...['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md'].filter(file => existsSync(join(PROJECT, file))),
    ];
    for (const file of sources) files.set(file, findBanned(withoutWordTables(read(file))));
    const tests = filesBelow('test', /\.test\.ts$/).filter(file => file !== 'test/words.test.ts');
    for (const file of tests) files.set(file, findBanned(onlyTitles(read(file))));
  });

  it('each banned phrase is found, across lines too, and its replacement is not', () => {
    for (const { bad, good } of BANNED) {
      assert.equal(findBanned(bad).length, 1, bad);
      assert.equal(findBanned(`/**\n * ${bad.replaceAll(' ', '\n * ')}\n */`).length, 1, `${bad}, in a comment`);
      assert.equal(findBanned(`'${bad.replaceAll(' ', " ' +\n  '")}'`).length, 1, `${bad}, in a string`);
      assert.deepEqual(findBanned(good), [], good);
    }
  });
  it('only titles of tests are read, with their line numbers', () => {
    const source = "const a = 'is told';\n\ndescribe('x', () => {\n  it('it is told', () => {});\n});\n";
    assert.deepEqual(
      findBanned(onlyTitles(source)).map(found => found.split(':')[0]),
      ['4'],
    );
  });
  it('sources, docs and titles of tests have none', () => {
    assert.ok(files.size > 300, 'the files are there');
    const found = [...files].flatMap(([file, all]) => all.map(one => `${file}:${one}`));
    assert.ok(found.length === 0, `${found.length} banned phrases:\n${found.join('\n')}`);
  });
});
