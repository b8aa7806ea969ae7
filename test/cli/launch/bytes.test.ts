import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryDirectory } from '../../helpers/processes/governed.js';
import { plainEnvironment } from '../../helpers/processes/run.js';
import { GOVERNOR } from '../../helpers/shared.js';

const COMMANDS = { exec: 'exec', run: 'run -q', launch: 'launch -q -n 1 --no-prefix' };
/** Bytes that are no UTF-8, some that are, and a character that means "not decoded". */
const ODD = "$'a\\xff\\xc3\\xa9 \\xe9\\xed\\xb3\\xbf\\xef\\xbf\\xbd'";

/** What a script of bash prints; it gets the environment as bytes. */
function printed(script: string, directory = temporaryDirectory()): Buffer {
  return execFileSync('bash', ['-c', script], { cwd: directory, env: plainEnvironment({ LC_ALL: 'C' }) });
}

describe('bytes that are not UTF-8 reach the program', () => {
  for (const [name, command] of Object.entries(COMMANDS)) {
    const start = `${GOVERNOR} ${command} --`;

    it(`governor ${name}: arguments`, () => {
      const words = `${ODD} plain 'é' '' ${ODD}x`;
      const show = (program: string) => printed(`${program} printf '<%s>' ${words}`);
      assert.deepEqual(show(start), show(''));
      assert.ok(show(start).includes(0xff));
    });
    it(`governor ${name}: variables, of which governor sets some`, () => {
      const show = (program: string) => printed(`ODD=${ODD} OMP_WAIT_POLICY=passive ${program} printenv ODD`);
      assert.deepEqual(show(start), show(''));
      assert.equal(printed(`ODD=${ODD} ${start} printenv GOVERNOR_SET`).includes('OMP_NUM_THREADS'), true);
    });
    it(`governor ${name}: a name of a variable, if no shell drops it`, () => {
      const node = `${process.execPath} ${start}`;
      const show = (program: string) => printed(`env $'b\\xff'=1 ${program} env | LC_ALL=C grep -a '^b'`);
      assert.deepEqual(show(node), Buffer.from('b\xff=1\n', 'latin1'));
    });
    it(`governor ${name}: the path of the program, PATH and the working directory`, () => {
      const directory = temporaryDirectory();
      printed("mkdir $'\\xe9t\\xe9' && cp /bin/pwd $'\\xe9t\\xe9/p\\xe9'", directory);
      const here = printed("cd $'\\xe9t\\xe9' && pwd", directory);
      const show = (script: string) => printed(`cd $'\\xe9t\\xe9' && ${script}`, directory);
      assert.deepEqual(show(`${start} ./$'p\\xe9'`), here);
      assert.deepEqual(show(`PATH="$PWD:$PATH" ${start} $'p\\xe9'`), here);
      assert.deepEqual(show(`${start} "$PWD"/$'p\\xe9'`), here);
    });
    it(`governor ${name}: a program that is missing is named by its bytes`, () => {
      const said = printed(`${start} ./$'\\xe9t\\xe9' 2>&1; echo $?`).toString();
      assert.match(said, /^governor: \.\/\\xe9t\\xe9: there is no such file; .*\n127\n$/);
    });
  }

  it('governor launch --log-dir, run --report: the names of files', () => {
    const directory = temporaryDirectory();
    printed(`${GOVERNOR} launch -q -n 1 --log-dir $'l\\xe9' -- echo logged`, directory);
    assert.equal(printed("cat $'l\\xe9/rank-0.log'", directory).toString(), 'logged\n');
    printed(`${GOVERNOR} run -q --report $'r\\xe9' -- true $'\\xff'`, directory);
    const report = JSON.parse(printed("cat $'r\\xe9'", directory).toString()) as { command: string[] };
    assert.deepEqual(report.command, ['true', '\udcff']);
  });

  it('the library takes and gives them as Python does (surrogateescape)', () => {
    const directory = temporaryDirectory();
    const script = join(directory, 'main.mjs');
    writeFileSync(
      script,
      `import { run } from ${JSON.stringify(new URL('../../../lib/index.js', import.meta.url).href)};
await run(['printf', '%s', 'a\\udcff\\u{1f480}\\ud800']);`,
    );
    const shown = execFileSync(process.execPath, [script], { env: plainEnvironment({}) });
    assert.deepEqual(shown, Buffer.concat([Buffer.from('a\xff', 'latin1'), Buffer.from('\u{1f480}\ufffd')]));
  });
});
