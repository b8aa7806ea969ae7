import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { lineIn, shellLine } from '../../../lib/core/shell.js';
import { readStartedCommand } from '../../../lib/system/processes/start-facts.js';
import { requirePackages } from '../../helpers/debian.js';
import { temporaryDirectory } from '../../helpers/processes/governed.js';
import { started } from '../../helpers/processes/printing.js';
import { PYTHON } from '../../helpers/shared.js';

interface Given {
  environment?: NodeJS.ProcessEnv;
  directory?: string;
}

/** Python that prints its interpreter, arguments and directory, and waits for the end of its input. */
const TELLS = 'import os, sys\nprint(sys.executable, sys.argv[1:], os.getcwd(), flush=True)\n';
const WAITS = 'sys.stdin.read()\n';

const directory = () => realpathSync(temporaryDirectory());

function written(text: string, ...names: string[]): string {
  const path = join(...names);
  mkdirSync(join(path, '..'), { recursive: true });
  writeFileSync(path, text, { mode: 0o755 });
  return path;
}

/** Starts a program; the line that starts it again, which must print what the program has printed. */
async function restarted(command: readonly string[], given: Given = {}): Promise<string> {
  const { pid, line } = await started(command, given.environment, given.directory);
  const start = await readStartedCommand(pid);
  assert.ok(start, 'its command line is trusted');
  const again = lineIn(start.directory, shellLine(start.words));
  const printed = execFileSync('bash', [written(again, directory(), 'again')], {
    input: '',
    encoding: 'utf8',
    maxBuffer: 1 << 26,
  });
  assert.equal(printed.split('\n')[0], line);
  return again;
}

async function untrusted(command: readonly string[], given: Given = {}): Promise<void> {
  const { pid } = await started(command, given.environment, given.directory);
  assert.equal(await readStartedCommand(pid), null);
}

describe('the command that starts a program again does the same', () => {
  it('a program by its path, or by its name', async () => {
    assert.equal(await restarted(['/bin/sh', '-c', 'echo "$0"; cat', 'a b']), "/bin/sh -c 'echo \"$0\"; cat' 'a b'");
    assert.match(await restarted(['sh', '-c', 'echo hello; cat']), /^sh -c /);
  });
  it('a program by a relative path, from another directory', async () => {
    const home = directory();
    written('#!/bin/sh\necho "$0 $*"; cat\n', home, 'work');
    assert.equal(await restarted(['./work', '1'], { directory: home }), `cd ${home} && ./work 1`);
  });
  it('a program that needs files of its directory, which no argument names', async () => {
    const home = directory();
    written('marker\n', home, 'settings');
    assert.equal(
      await restarted(['sh', '-c', 'cat settings; cat'], { directory: home }),
      `cd ${home} && sh -c 'cat settings; cat'`,
    );
  });
  it('a script that has changed its directory since', async () => {
    const home = directory();
    written(`${TELLS}os.chdir('/')\nprint(flush=True)\n${WAITS}`, home, 'train.py');
    const given = { directory: home, environment: { PWD: home } };
    assert.equal(
      await restarted([PYTHON, 'train.py', '--epochs', '3'], given),
      `cd ${home} && ${PYTHON} train.py --epochs 3`,
    );
  });
  it('a program that was started under another name', async () => {
    assert.match(
      await restarted(['bash', '-c', 'exec -a worker sh -c "echo ready; cat"']),
      /^\/\S*sh -c 'echo ready; cat'$/,
    );
  });
  it('a command line of a megabyte, with every character', async () => {
    const words = Array.from({ length: 20_000 }, (_, i) => `${i} '"\\\n\t$(x)\u001b[2J漢${'x'.repeat(20)}`);
    const line = await restarted(['sh', '-c', 'printf %s "$*" | sha256sum; cat', 'sh', ...words]);
    assert.doesNotMatch(line, /\p{Cc}/u);
  });
});

describe('the command that starts a script again', () => {
  it('is the script, if that names its interpreter', async () => {
    const home = directory();
    const direct = written(`#!${PYTHON} -u\n${TELLS}${WAITS}`, home, 'direct');
    assert.equal(await restarted([direct, 'a']), `${direct} a`);
    const byEnv = written('#!/usr/bin/env -S sh -e\necho "$0 $*"; cat\n', home, 'by-env');
    assert.equal(await restarted([byEnv, 'a']), `${byEnv} a`);
  });
  it('is the interpreter, if the script would get another one', async () => {
    const home = directory();
    const script = written(`#!/usr/bin/env python3\n${TELLS}${WAITS}`, home, 'train.py');
    assert.equal(await restarted([PYTHON, '-u', script]), `${PYTHON} -u ${script}`);
    symlinkSync(PYTHON, join(home, 'python3'));
    const environment = { PATH: `${home}:${process.env['PATH']}` };
    assert.match(await restarted([script], { environment }), new RegExp(`^${home}/python3 ${script}$`));
  });
  it('is a program that npm has installed, by its link', async () => {
    const home = directory();
    const text = '#!/usr/bin/env node\nconsole.log(process.argv.slice(2).join()); process.stdin.resume();\n';
    written(text, home, 'node_modules/tool/cli.js');
    mkdirSync(join(home, 'node_modules/.bin'));
    const link = join(home, 'node_modules/.bin/tool');
    symlinkSync('../tool/cli.js', link);
    assert.equal(await restarted([link, 'run', '--all']), `${link} run --all`);
  });
  it('is pytest, with its workers', async function () {
    requirePackages(this, 'python3-pytest-xdist');
    const home = directory();
    written('def test(): pass\n', home, 'test_one.py');
    const configured =
      'def pytest_configure(config):\n  if not hasattr(config, "workerinput"): print(sys.argv[1:], flush=True)\n';
    const ends = 'def pytest_unconfigure(config):\n  if not hasattr(config, "workerinput"): sys.stdin.read()\n';
    written(`import sys\n${configured}${ends}`, home, 'conftest.py');
    const line = await restarted(['/usr/bin/pytest-3', '-s', '-q', '-n', '2', '-p', 'no:cacheprovider'], {
      directory: home,
    });
    assert.equal(line, `cd ${home} && /usr/bin/pytest-3 -s -q -n 2 -p no:cacheprovider`);
  });
});

describe('the command that starts a program again in its environment', () => {
  it("is a virtual environment's Python by its path", async () => {
    const home = directory();
    execFileSync(PYTHON, ['-m', 'venv', '--without-pip', join(home, 'venv')]);
    const python = join(home, 'venv/bin/python');
    const script = written(TELLS + WAITS, home, 'train.py');
    assert.equal(await restarted([python, script]), `${python} ${script}`);
    const environment = { PATH: `${home}/venv/bin:${process.env['PATH']}`, VIRTUAL_ENV: `${home}/venv` };
    assert.equal(await restarted(['python', script], { environment }), `${python} ${script}`);
  });
  it('is a module of Python, in its directory', async () => {
    const home = directory();
    written(TELLS + WAITS, home, 'train/__main__.py');
    assert.equal(
      await restarted([PYTHON, '-m', 'train', '1'], { directory: home }),
      `cd ${home} && ${PYTHON} -m train 1`,
    );
  });
  it("is R by its launcher, because R's own program needs variables", async function () {
    requirePackages(this, 'r-base-core');
    const home = directory();
    const code = 'cat("R", commandArgs(TRUE), "\\n"); flush(stdout()); invisible(readLines(file("stdin")))';
    const script = written(code, home, 'fit.R');
    assert.equal(await restarted(['Rscript', '--vanilla', script, 'a', 'b c']), `Rscript --vanilla ${script} a 'b c'`);
    assert.match(await restarted(['Rscript', '-e', code]), /^Rscript -e 'cat\("R", commandArgs/);
    assert.equal(await restarted(['R', '--vanilla', '-s', '-f', script]), `R --vanilla -s -f ${script}`);
  });
});

describe('no command, because the command line is no longer what started the program', () => {
  const title = (text: string) => `process.title = ${JSON.stringify(text)}; console.log(); process.stdin.resume();`;

  it('a title, long or short, or one that looks like a command', async () => {
    for (const text of ['app: worker', 'x', 'node', `node ${'x'.repeat(500)}`, '/bin/sh', '\u001b[2J\n"a']) {
      await untrusted([process.execPath, '-e', title(text), 'an', 'argument']);
    }
  });
  it('a title that is as long as what it replaces', async () => {
    const code = [
      'import ctypes, sys',
      'fields = open("/proc/self/stat").read().rpartition(")")[2].split()',
      'begin, end = int(fields[45]), int(fields[46])',
      'title = b"/bin/sh\\0" + b"y" * (end - begin - 9)',
      'ctypes.memmove(begin, title, len(title))',
      'print(flush=True)',
      'sys.stdin.read()',
    ].join('\n');
    await untrusted([PYTHON, '-c', code]);
  });
  it('the title of nginx', async function () {
    requirePackages(this, 'nginx');
    const home = directory();
    const http = `http { access_log off; server { listen unix:${home}/socket; } }`;
    const settings = `daemon off; error_log stderr notice; pid ${home}/pid; events {} ${http}`;
    const file = written(settings, home, 'nginx.conf');
    await untrusted([
      'bash',
      '-c',
      `exec /usr/sbin/nginx -p ${home} -c ${file} 2> >(grep --line-buffered "start worker process ")`,
    ]);
  });
});

describe('no command, because a part of it is gone', () => {
  it('the program', async () => {
    const home = directory();
    const program = join(home, 'shell');
    copyFileSync('/bin/sh', program);
    const { pid } = await started([program, '-c', 'echo ready; cat']);
    assert.deepEqual((await readStartedCommand(pid))?.words, [program, '-c', 'echo ready; cat']);
    rmSync(program);
    assert.equal(await readStartedCommand(pid), null);
    copyFileSync('/bin/sh', program);
    assert.deepEqual(
      (await readStartedCommand(pid))?.words,
      [program, '-c', 'echo ready; cat'],
      'a newer one is there',
    );
  });
  it('the script', async () => {
    const home = directory();
    written(`import os, sys\nos.remove(__file__)\nprint(flush=True)\n${WAITS}`, home, 'once.py');
    await untrusted([PYTHON, 'once.py'], { directory: home });
  });
  it('a pipe of the shell that started it', async () => {
    await untrusted(['bash', '-c', 'exec sh <(echo "echo ready; cat")']);
  });
});
