import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { bashCompletion } from '../../../lib/cli/docs/bash.js';
import { fishCompletion } from '../../../lib/cli/docs/fish.js';
import { generatedFiles } from '../../../lib/cli/docs/generated.js';
import { zshCompletion } from '../../../lib/cli/docs/zsh.js';
import { propertyOf, type Flag } from '../../../lib/cli/flags/flag.js';
import { SPECS } from '../../../lib/cli/specs/all.js';
import { conflictsOf } from '../../../lib/cli/specs/spec.js';
import { finished, governor } from '../../helpers/processes/run.js';
import { PROJECT } from '../../helpers/shared.js';

const FILES = generatedFiles();

describe('the table of flags', () => {
  it('names each flag once, and each property of its values', () => {
    const flags = [...new Set(SPECS.flatMap(spec => spec.flags))];
    for (const spec of SPECS) {
      const shorts = spec.flags.flatMap(({ short }) => short ?? []);
      assert.equal(new Set(shorts).size, shorts.length, spec.name);
    }
    assert.equal(new Set(flags.map(propertyOf)).size, flags.length);
    assert.ok(flags.length > 35);
  });
  it('names as conflicts and requirements only flags of the same command', () => {
    for (const { name, flags, conflicts = {}, needs = {} } of SPECS) {
      const names = flags.map(flag => flag.name);
      const named = [...Object.entries(conflicts).flat(2), ...Object.entries(needs).flat()];
      for (const one of named) assert.ok(names.includes(one), `${name}: ${one}`);
    }
  });
  it('names as conflicts of a flag only flags that exist', () => {
    const flags = SPECS.flatMap(spec => spec.flags);
    for (const flag of flags)
      for (const other of flag.conflicts ?? [])
        assert.ok(
          flags.some(one => one.name === other),
          `${flag.name}: ${other}`,
        );
  });
  it('has one line of help for each flag, without a full stop', () => {
    for (const { name, help } of SPECS.flatMap(spec => spec.flags)) assert.match(help, /^[^\n]*[^.\n]$/, name);
  });
});

describe('every flag and every command', () => {
  const scripts: Record<string, string> = {
    bash: bashCompletion(SPECS),
    zsh: zshCompletion(SPECS),
    fish: fishCompletion(SPECS),
  };
  /** The part of a completion script that is about a command. */
  const partOf = (shell: string, command: string) => {
    const script = scripts[shell]!;
    if (shell === 'bash') return new RegExp(`^    ${command}\\) echo "(.*)"`, 'm').exec(script)![1]!;
    if (shell === 'zsh') return script.split(new RegExp(`^    ${command}\\)$`, 'm'))[1]!.split(';;')[0]!;
    return script
      .split('\n')
      .filter(line => line.includes(`'__governor_command ${command}'`))
      .join('\n');
  };
  const named = ({ name }: Flag, text: string) => new RegExp(`(^|[^a-z-])--${name}(?![a-z-])`, 'm').test(text);

  for (const { name, summary, flags } of SPECS) {
    it(`governor ${name}: in its help`, async () => {
      const { stdout } = await governor([name, '--help']);
      for (const flag of flags) assert.ok(named(flag, stdout), flag.name);
    });
    it(`governor ${name}: in its man page and in the reference`, () => {
      const page = FILES[`man/governor-${name}.1`]!.replaceAll('\\-', '-');
      const section = FILES['docs/reference/cli.md']!.split(`\n## ${name}\n`)[1]!.split('\n## ')[0]!;
      for (const flag of flags) {
        assert.match(page, new RegExp(`^\\.TP\\n.*\\\\fB--${flag.name}\\\\fR`, 'm'));
        assert.match(section, new RegExp(`^\\| .*\`--${flag.name}[ \`[]`, 'm'));
      }
    });
    it(`governor ${name}: in its completions`, () => {
      for (const flag of flags) {
        assert.ok(named(flag, partOf('bash', name)), `bash: ${flag.name}`);
        assert.ok(named(flag, partOf('zsh', name)), `zsh: ${flag.name}`);
        assert.match(partOf('fish', name), new RegExp(`-l ${flag.name} `));
      }
    });
    it(`governor ${name}: listed in the help, the man page, the reference and the completions`, async () => {
      assert.match((await governor(['--help'])).stdout, new RegExp(`^ {2}${name} +${summary.slice(0, 20)}`, 'm'));
      assert.match(FILES['man/governor.1']!, new RegExp(`^\\.BR governor\\\\-${name} \\(1\\)$`, 'm'));
      assert.match(FILES['docs/reference/cli.md']!, new RegExp(`^\\| \\[\`${name}\`\\]\\(#${name}\\) `, 'm'));
      for (const script of Object.values(scripts)) assert.match(script, new RegExp(`\\b${name}\\b`));
    });
  }
});

describe('what is generated from the table', () => {
  for (const [file, text] of Object.entries(FILES)) {
    it(`${file} is as committed: npm run docs`, () => {
      assert.equal(readFileSync(join(PROJECT, file), 'utf8'), text);
    });
  }
  it('man reads the pages without a warning', async () => {
    for (const file of Object.keys(FILES).filter(name => name.endsWith('.1'))) {
      const { status, stdout, stderr } = await finished(['man', '--warnings', '-l', join(PROJECT, file)], {
        MANWIDTH: '100',
        LC_ALL: 'C.UTF-8',
      });
      assert.deepEqual({ status, stderr }, { status: 0, stderr: '' }, file);
      assert.match(stdout, /^EXIT STATUS$/m);
    }
  });
  it('man/ holds nothing else', () => {
    const wanted = Object.keys(FILES).filter(file => file.startsWith('man/'));
    assert.deepEqual(
      readdirSync(join(PROJECT, 'man'))
        .map(name => `man/${name}`)
        .sort(),
      wanted.sort(),
    );
  });
});

describe('flags that cannot be given together are refused in one line that names both', () => {
  const valueFor = ({ choices, name, value }: Flag): string => {
    if (value === undefined) return '';
    const values: Record<string, string> = {
      export: 'NAME=workers',
      rank: '0/2',
      cpus: '0',
      'memory-per-worker': '1G',
      host: '/dev/null',
    };
    return `=${choices?.[0] ?? values[name] ?? '1'}`;
  };

  for (const spec of SPECS) {
    const operands = spec.program ? ['--', 'true'] : spec.argument ? [String(process.pid)] : [];
    for (const pair of conflictsOf(spec)) {
      for (const [first, second] of [pair, [...pair].reverse()] as [Flag, Flag][]) {
        it(`governor ${spec.name} --${first.name} --${second.name}`, async () => {
          const flags = [first, second].map(flag => `--${flag.name}${valueFor(flag)}`);
          const { status, stdout, stderr } = await governor([spec.name, ...flags, ...operands]);
          assert.deepEqual({ status, stdout }, { status: 2, stdout: '' });
          assert.match(stderr, /^governor: option ".*" cannot be used with option ".*"; see governor \S+ --help\n$/);
          for (const flag of pair) assert.match(stderr, new RegExp(`--${flag.name}[ "[]`));
        });
      }
    }
  }
});
