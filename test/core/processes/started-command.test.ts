import assert from 'node:assert/strict';
import { asRscript, interpreterOf } from '../../../lib/core/processes/scripts.js';
import type { Files, StartFacts } from '../../../lib/core/processes/start-facts.js';
import { startedCommand } from '../../../lib/core/processes/started-command.js';

/** Programs by their paths, each with its text or with `-> the file that it links to`. */
const MACHINE: Record<string, string> = {
  '/usr/bin/python3': '-> /usr/bin/python3.11',
  '/usr/bin/python3.11': '',
  '/usr/bin/train': '#!/usr/bin/python3\n',
  '/usr/bin/node': '',
  '/usr/bin/R': '#!/bin/bash\nR_HOME=/usr/lib/R\nexport R_HOME\nexec "${R_HOME}/bin/exec/R" "${@}"\n',
  '/usr/bin/tool': '#!/bin/sh\nexec /opt/tool/bin/tool "$@"\n',
  '/usr/lib/R/bin/exec/R': '',
  '/opt/tool/bin/tool': '',
  '/opt/venv/bin/python': '-> /usr/bin/python3.11',
  '/home/work': '',
  '/home/run.py': '',
  '/srv/run.py': '',
  '/srv/data': '',
};
const plain = (path: string) => path.replaceAll('/./', '/');
const linked = (path: string) => MACHINE[plain(path)]?.match(/^-> (.*)/)?.[1] ?? plain(path);
const files: Files = {
  exists: path => plain(path) in MACHINE || Object.keys(MACHINE).some(file => file.startsWith(`${path}/`)),
  isProgram: path => plain(path) in MACHINE,
  same: (path, other) => linked(path) === linked(other) && linked(path) in MACHINE,
  head: path => MACHINE[plain(path)] ?? '',
};
const PATH = '/usr/bin:/bin';

/** The line that starts a program again; null: none is trusted. */
function line(commandLine: readonly string[], given: Partial<StartFacts> = {}): string | null {
  const start = {
    executable: '/usr/bin/python3.11',
    commandLine,
    untouched: null,
    contained: null,
    directory: '/home',
    environment: { PATH },
    ...given,
  };
  const found = startedCommand(start, files, { directory: '/home', path: PATH });
  return found && [...(found.directory === null ? [] : [`in ${found.directory}:`]), ...found.words].join(' ');
}

describe('started command: the program', () => {
  it('by its name, if the shell finds the same one; else by its path', () => {
    assert.equal(line(['python3', 'run.py']), 'python3 run.py');
    const environment = { PATH: `/opt/venv/bin:${PATH}` };
    assert.equal(line(['python', 'run.py'], { environment }), '/opt/venv/bin/python run.py');
  });
  it('by a path that leads to its file, because the path may choose an environment', () => {
    assert.equal(line(['/opt/venv/bin/python', '-m', 'pkg']), '/opt/venv/bin/python -m pkg');
  });
  it('by its file, if the first word leads nowhere, but is known to be as it was', () => {
    assert.equal(line(['worker', 'run.py'], { untouched: true }), '/usr/bin/python3.11 run.py');
    assert.equal(line(['/proc/self/exe', 'run.py']), '/usr/bin/python3.11 run.py');
  });
  it('by its path from the directory of the shell, if it has changed its own since', () => {
    const moved = { executable: '/home/work', directory: '/srv', environment: { PATH, PWD: '/home' } };
    assert.equal(line(['./work'], moved), './work');
    assert.equal(line(['./work'], { executable: '/home/work', directory: '/srv' }), 'in /srv: /home/work');
  });
  it('if its file may not be read: only by a path that exists', () => {
    assert.equal(
      line(['/usr/bin/node', 'x'], { executable: '', environment: null, directory: null }),
      '/usr/bin/node x',
    );
    assert.equal(line(['/usr/bin/nodes', 'x'], { executable: '', environment: null, directory: null }), null);
  });
});

describe('started command: the directory', () => {
  it("is left out if it is the shell's, or a service's that names no file there", () => {
    assert.equal(line(['python3', 'run.py']), 'python3 run.py');
    assert.equal(line(['python3', '-m', 'pkg'], { directory: '/' }), 'python3 -m pkg');
  });
  it('is where most files are that the arguments name', () => {
    const environment = { PATH, PWD: '/srv' };
    assert.equal(line(['python3', 'run.py', 'data'], { environment }), 'in /srv: python3 run.py data');
    assert.equal(line(['python3', 'run.py'], { environment }), 'python3 run.py');
  });
});

describe('started command: no title', () => {
  for (const title of [
    'nginx: master process /usr/bin/node',
    'postgres: writer',
    'gunicorn: master [app]',
    'npm run dev',
    '/usr/bin/python3 127.0.0.1:6379',
    'worker',
    '',
  ]) {
    it(JSON.stringify(title), () => {
      assert.equal(line([title]), null);
      assert.equal(line([title, '', '', '']), null);
      assert.equal(line([title], { untouched: false }), null);
    });
  }
  it('that is the name of the program', () => {
    assert.equal(line(['python3', '', '']), null);
    assert.equal(line(['python3'], { untouched: false }), null);
    assert.equal(line(['python3', 'run.py', '']), 'python3 run.py ');
  });
  it('nor a program that is read from the input, or from a pipe', () => {
    for (const word of ['-', '/dev/fd/63', '/dev/stdin', '/proc/self/fd/4'])
      assert.equal(line(['python3', word]), null);
  });
  it('nor a script that is not there', () => assert.equal(line(['python3', 'gone.py']), null));
  it('nor a program of a container: its files are not those of the shell', () => {
    assert.equal(line(['python3', 'run.py'], { contained: true }), null);
    assert.equal(line(['python3', 'run.py'], { contained: false }), 'python3 run.py');
  });
  it('nor nothing', () => assert.equal(line([]), null));
});

describe('started command: scripts', () => {
  it('a first line: an interpreter with one option, or what env looks up', () => {
    assert.deepEqual(interpreterOf('#! /bin/sh -e -u\n')?.words, ['/bin/sh', '-e -u']);
    assert.deepEqual(interpreterOf('#!/usr/bin/env -S A=1 python3 -u\r\n'), { words: ['python3', '-u'], looked: true });
    assert.deepEqual(interpreterOf('#!/bin/sh'), { words: ['/bin/sh'], looked: false });
    for (const text of ['\x7fELF', '#!\n', '#!/usr/bin/env\n', '']) assert.equal(interpreterOf(text), null);
  });
  it('are named by their path if the kernel has started them', () => {
    assert.equal(line(['/usr/bin/python3', '/usr/bin/train', '-n']), '/usr/bin/train -n');
    assert.equal(line(['/usr/bin/python3', '-O', '/usr/bin/train']), '/usr/bin/python3 -O /usr/bin/train');
    assert.equal(line(['/usr/bin/python3', 'train']), '/usr/bin/python3 train');
  });
});

describe('started command: launchers', () => {
  const R = { executable: '/usr/lib/R/bin/exec/R', environment: { PATH, R_HOME: '/usr/lib/R' } };

  it('a script of the same name that sets a variable to where the program is', () => {
    assert.equal(line(['/usr/lib/R/bin/exec/R', '--no-save', '-f', 'x'], R), 'R --no-save -f x');
  });
  it('no script that sets no such variable: the program runs by itself', () => {
    const tool = { executable: '/opt/tool/bin/tool', environment: { PATH, TOOL_HOME: '/opt/tool' } };
    assert.equal(line(['/opt/tool/bin/tool', 'x'], tool), '/opt/tool/bin/tool x');
    assert.equal(line(['/usr/lib/R/bin/exec/R'], { ...R, environment: { PATH } }), '/usr/lib/R/bin/exec/R');
  });
  it("Rscript's words from R's", () => {
    const words = (text: string) => asRscript(['R', ...text.split(' ')])?.join(' ') ?? null;
    assert.equal(words('--no-echo --no-restore --file=x.R'), 'Rscript x.R');
    assert.equal(
      words('--no-echo --no-restore --vanilla --file=x.R --args -e a~+~b'),
      'Rscript --vanilla x.R -e a~+~b',
    );
    assert.equal(words('--slave --no-restore -e a~+~b -e c'), 'Rscript -e a b -e c');
    assert.equal(words('--no-save -f x.R'), null);
    assert.equal(words('--no-echo --no-restore'), null);
  });
});
