import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type CommandLine, commandLines } from './helpers/docs/command-lines.js';
import { anchors, codeBlocks, codeSpans, linkTargets } from './helpers/docs/markdown.js';
import { finished, governor } from './helpers/processes/run.js';
import { PROJECT } from './helpers/shared.js';

/** The project's pages by their paths. */
const pages = new Map(
  [...readdirSync(PROJECT), ...pathsBelow('docs'), ...pathsBelow('test'), ...pathsBelow('bench')]
    .filter(file => file.endsWith('.md'))
    .map(file => [file, readFileSync(join(PROJECT, file), 'utf8')]),
);
/** Paths from the project's root, and source files by the ends of their paths. */
const OUR_PATH = /^((bench|bin|docs|examples|lib|man|native|scripts|test)\/[\w./*-]*|[\w./-]+\.(ts|cc|h))$/;
/** Paths that stand for others, files of other projects, and one of ours that was removed. */
const OTHER_PATH = /\b(ID|NAME)\b|\*|^lib\/(database|return\/result)\.js$|^raw_fcntl\.h$/;
/** Pages with examples of the library. */
const stories = ['README.md', 'docs/guide.md'];

function pathsBelow(folder: string): string[] {
  return readdirSync(join(PROJECT, folder), { recursive: true, encoding: 'utf8' })
    .map(file => join(folder, file))
    .filter(file => !file.includes('node_modules'));
}

describe('links and paths in the pages', () => {
  /** What is wrong with a link of a page, or null. */
  function brokenLink(page: string, target: string): string | null {
    const [path, anchor] = target.split('#') as [string, string?];
    const file = path === '' ? page : join(dirname(page), path);
    if (!existsSync(join(PROJECT, file))) return `${target}: no such file`;
    return anchor && !anchors(pages.get(file) ?? '').has(anchor) ? `${target}: no such anchor` : null;
  }

  for (const [page, markdown] of pages) {
    it(`${page}: each link names a file and an anchor that exist`, () => {
      const local = linkTargets(markdown).filter(target => !/^[a-z]+:/.test(target));
      assert.deepEqual(
        local.map(target => brokenLink(page, target)).filter(broken => broken !== null),
        [],
      );
    });
  }

  const sources = ['bench', 'lib', 'native', 'test'].flatMap(pathsBelow);
  /** Whether a path from the project's root exists, or a source file whose path ends with it: `core/cpuset.ts`. */
  const exists = (path: string) =>
    existsSync(join(PROJECT, path)) || sources.some(source => source.endsWith(`/${path}`));

  for (const [page, markdown] of pages) {
    const paths = codeSpans(markdown).filter(code => OUR_PATH.test(code) && !OTHER_PATH.test(code));
    if (paths.length === 0 || page === 'CHANGELOG.md') continue; // which names what is gone

    it(`${page}: each file and folder of the project in code exists`, () =>
      assert.deepEqual(
        paths.filter(path => !exists(path)),
        [],
      ));
  }

  it('each example that a page names exists', () => {
    const named = [...pages.values()].flatMap(markdown => markdown.match(/\bexamples\/[\w-]+\.\w+/g) ?? []);
    assert.ok(named.length > 0);
    for (const example of named) assert.ok(existsSync(join(PROJECT, example)), example);
  });

  it('the index names every page', () => {
    const index = linkTargets(pages.get('docs/README.md')!).map(target => join('docs', target));
    for (const page of pages.keys())
      if (page.startsWith('docs/') && !/\/decisions\/|README\.md$/.test(page)) assert.ok(index.includes(page), page);
  });
});

describe('commands in the pages', () => {
  /** Uses of `governor` in a page's blocks for a shell and in code within its text. */
  function commandsIn(markdown: string): CommandLine[] {
    const lines = codeBlocks(markdown)
      .filter(block => ['sh', 'console'].includes(block.language))
      .flatMap(block => block.text.split('\n'));
    return [...lines, ...codeSpans(markdown)].flatMap(commandLines);
  }

  const printed = new Map<string, Promise<string>>();
  /** What `governor COMMAND --help` prints; empty for a command that does not exist. */
  const helpOf = (command: string) => {
    const help =
      printed.get(command) ??
      governor([command, '--help'].filter(Boolean)).then(({ status, stdout }) => (status === 0 ? stdout : ''));
    printed.set(command, help);
    return help;
  };
  /** Without a command it is `governor banner`, which takes the same flags. */
  const helpFor = async (command: string) =>
    ['', 'help'].includes(command) ? (await helpOf('')) + (await helpOf('banner')) : helpOf(command);

  for (const [page, markdown] of pages) {
    const used = commandsIn(markdown);
    if (used.length === 0 || page === 'CHANGELOG.md') continue; // which names what is gone

    it(`${page}: each command and flag is one that --help shows`, async () => {
      const unknown = [];
      for (const { command, flags } of used) {
        const shown = await helpFor(command);
        if (shown === '') unknown.push(`governor ${command}`);
        for (const flag of flags)
          if (!new RegExp(`(?:^|[\\s,])${flag}(?![-\\w])`, 'm').test(shown))
            unknown.push(`governor ${command} ${flag}`);
      }
      assert.deepEqual(unknown, []);
    });
  }

  it('the guide has a story for every command', async () => {
    const [, list] = /^Commands:\n(.*?)\n\n/ms.exec(await helpOf(''))!;
    const commands = [...list!.matchAll(/^ {2}([a-z]+)/gm)].map(match => match[1]!);
    assert.ok(commands.includes('run'), 'the commands are found');
    const used = new Set(commandsIn(pages.get('docs/guide.md')!).map(({ command }) => command));
    assert.deepEqual(
      commands.filter(command => !used.has(command) && !['help', 'banner'].includes(command)),
      [],
    );
  });
});

describe('JavaScript in the README and the guide', () => {
  it('type-checks as the program of a user', async () => {
    const directory = mkdtempSync(join(PROJECT, 'dist', 'docs-'));
    try {
      const examples = stories.flatMap(page => codeBlocks(pages.get(page)!)).filter(block => block.language === 'js');
      assert.ok(examples.length > 1);
      for (const [index, { text }] of examples.entries()) writeFileSync(join(directory, `example${index}.mts`), text);
      const options = {
        extends: join(PROJECT, 'tsconfig.json'),
        compilerOptions: { noEmit: true, rootDir: PROJECT, types: ['node'], lib: ['ES2022', 'ESNext.Disposable'] },
        include: ['*.mts'],
        exclude: [],
      };
      writeFileSync(join(directory, 'tsconfig.json'), JSON.stringify(options));
      const { status, stdout } = await finished([join(PROJECT, 'node_modules/.bin/tsc'), '-p', directory]);
      assert.equal(status, 0, stdout);
    } finally {
      rmSync(directory, { recursive: true });
    }
  });
});

describe('docs/audit.md', () => {
  it('describes every finding, and no other', () => {
    const [, type] = /type FindingId =([^;]+);/.exec(readFileSync(join(PROJECT, 'lib/core/audit/audited.ts'), 'utf8'))!;
    const ids = [...type!.matchAll(/'([\w-]+)'/g)].map(([, id]) => id);
    assert.ok(ids.length > 0);
    const section = pages.get('docs/audit.md')!.split('\n## Findings\n')[1]!;
    const described = [...section.matchAll(/^\| `([\w-]+)` \|/gm)].map(([, id]) => id);
    assert.deepEqual(described.sort(), ids.sort());
  });
});

describe('docs/reference/api.md', () => {
  it('has what lib/index.ts exports, and nothing else: npm run docs writes it', () => {
    const index = readFileSync(join(PROJECT, 'lib/index.ts'), 'utf8').replace(/\/\*.*?\*\/|\/\/[^\n]*/gs, '');
    const exported = [...index.matchAll(/export (?:type )?\{([^}]*)\}/g)].flatMap(match =>
      match[1]!
        .split(',')
        .map(name => name.trim().replace(/^type /, ''))
        .filter(Boolean),
    );
    const headings = [...pages.get('docs/reference/api.md')!.matchAll(/^### (.+)$/gm)].map(match =>
      match[1]!.replace(/\(\)$/, '').replaceAll('\\', ''),
    );
    assert.deepEqual(headings.sort(), exported.sort());
  });
});
