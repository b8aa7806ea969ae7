import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SPECS } from '../../lib/cli/specs/all.js';
import { OBSERVERS, temporaryDirectory } from '../helpers/processes/governed.js';
import { finished, governor } from '../helpers/processes/run.js';

async function script(shell: string): Promise<string> {
  const file = join(temporaryDirectory(), shell);
  const { stdout } = await governor(['completion', shell]);
  writeFileSync(file, stdout);
  return file;
}

/** What bash offers for the last of these words. */
async function offered(...words: string[]): Promise<string[]> {
  const code =
    'file=$1; shift; source "$file"; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _governor; ' +
    'printf "%s\\n" "${COMPREPLY[@]}"';
  const { status, stdout, stderr } = await finished(['bash', '-c', code, 'bash', await script('bash'), ...words]);
  assert.deepEqual({ status, stderr }, { status: 0, stderr: '' });
  return stdout.split('\n').filter(Boolean);
}

describe('governor completion bash, in bash', () => {
  it('offers commands', async () => {
    assert.deepEqual(await offered('governor', ''), [...SPECS.map(({ name }) => name), 'help']);
    assert.deepEqual(await offered('governor', 'la'), ['launch']);
    assert.deepEqual(await offered('governor', 'help', 'wat'), ['watch']);
  });
  it("offers a command's flags only", async () => {
    assert.deepEqual(await offered('governor', 'run', '--po'), ['--policy']);
    assert.deepEqual(await offered('governor', 'status', '--'), ['--json', '--help']);
    assert.deepEqual(await offered('governor', 'run', '--cpu'), []);
    assert.deepEqual(await offered('governor', '--wor'), ['--workers']);
  });
  it('offers values, both as the next word and after =', async () => {
    const policies = ['close', 'spread', 'physical', 'package', 'numa', 'l3'];
    assert.deepEqual(await offered('governor', 'run', '--policy', ''), policies);
    assert.deepEqual(await offered('governor', 'run', '--policy', '='), policies);
    assert.deepEqual(await offered('governor', 'run', '--policy', '=', 'nu'), ['numa']);
    assert.deepEqual(await offered('governor', 'env', '--format', 'd'), ['docker']);
    assert.deepEqual(await offered('governor', 'completion', 'z'), ['zsh']);
  });
  it('offers files, directories and processes', async () => {
    assert.ok((await offered('governor', 'budget', '--host', '/etc/pass')).includes('/etc/passwd'));
    assert.deepEqual(await offered('governor', 'budget', '--sysroot', '/etc/passw'), []);
    assert.ok((await offered('governor', 'audit', String(process.pid))).includes(String(process.pid)));
  });
  it('offers programs and files behind --, and none of our flags', async () => {
    assert.ok((await offered('governor', 'run', '-n', '4', '--', 'ech')).includes('echo'));
    assert.ok((await offered('governor', 'run', '--verify', 'ech')).includes('echo'));
    assert.ok((await offered('governor', 'run', 'cat', '/etc/pass')).includes('/etc/passwd'));
    assert.deepEqual(await offered('governor', 'run', 'cat', '--policy'), []);
  });
});

describe('governor completion fish, in fish', () => {
  const offers = async (line: string) => {
    const { stdout } = await finished([
      'fish',
      '-c',
      'source $argv[1]; complete -C $argv[2]',
      await script('fish'),
      line,
    ]);
    return stdout
      .split('\n')
      .map(text => text.split('\t')[0]!)
      .filter(Boolean);
  };
  it('offers commands, flags, values and the words of the program', async () => {
    assert.deepEqual(await offers('governor la'), ['launch']);
    assert.deepEqual(await offers('governor run --po'), ['--policy']);
    assert.deepEqual(await offers('governor env --format d'), ['docker']);
    assert.deepEqual(await offers('governor completion z'), ['zsh']);
    assert.ok((await offers('governor run -- cat /etc/passw')).includes('/etc/passwd'));
    assert.deepEqual(await offers('governor status --po'), []);
  });
});

describe('governor completion zsh, in zsh', () => {
  const cases: [line: string, wanted: string][] = [
    ['governor la', 'governor launch '],
    ['governor run --polic', 'governor run --policy='],
    ['governor run --policy=n', 'governor run --policy=numa '],
    ['governor env --format d', 'governor env --format docker '],
    ['governor completion f', 'governor completion fish '],
    ['governor --worker', 'governor --workers='],
    ['governor run -n 4 -- cat /etc/ld.so.conf.', 'governor run -n 4 -- cat /etc/ld.so.conf.d/'],
    ['governor run --verify cat /etc/ld.so.conf.', 'governor run --verify cat /etc/ld.so.conf.d/'],
    ['governor status --polic', 'governor status --polic'],
  ];
  for (const [line, wanted] of cases) {
    it(`completes ${line}`, async () => {
      const words = [await script('zsh'), line, join(temporaryDirectory(), 'became')];
      const { stdout, stderr } = await finished(['zsh', '-f', join(OBSERVERS, 'type_into_zsh.zsh'), ...words]);
      assert.deepEqual({ stdout, stderr }, { stdout: `${wanted}\n`, stderr: '' });
    });
  }
});
