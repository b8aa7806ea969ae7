import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { GovernedRun, OBSERVERS, temporaryDirectory } from '../../helpers/processes/governed.js';
import { reaped } from '../../helpers/processes/reap.js';
import { finished, governor } from '../../helpers/processes/run.js';
import { GOVERNOR, PYTHON } from '../../helpers/shared.js';

interface Inheritance {
  ignored: number;
  blocked: number;
  nofile: [number, number];
  nonblocking: number[];
  descriptors: number[];
  environment: Record<string, string>;
}

const SIGPIPE = 1 << 12;

describe('governor run gives the program', () => {
  it('stdin, stdout and stderr', async () => {
    const { status, stdout, stderr } = await governor(
      ['run', '-q', '--', 'sh', '-c', 'cat; echo to stderr >&2'],
      {},
      'from stdin\n',
    );
    assert.deepEqual({ status, stdout, stderr }, { status: 0, stdout: 'from stdin\n', stderr: 'to stderr\n' });
  });

  it('arguments with spaces, quotes and line breaks', async () => {
    const words = ['a b', "it's", '"', '$HOME', 'line\nbreak', '', '--workers', '*'];
    const { stdout } = await governor(['run', '-q', '--', 'printf', '%s|', ...words]);
    assert.equal(stdout, words.map(word => `${word}|`).join(''));
  });

  it("options after the program's name", async () => {
    const { stdout } = await governor(['run', '-q', 'echo', '--workers', '3', '--help']);
    assert.equal(stdout, '--workers 3 --help\n');
  });

  it('its own exit status, or 128 + N if signal N ended it', async () => {
    assert.equal((await governor(['run', '-q', '--', 'sh', '-c', 'exit 42'])).status, 42);
    assert.equal((await governor(['run', '-q', '--', 'sh', '-c', 'kill -KILL $$'])).status, 137);
    assert.equal((await governor(['run', '-q', '--', 'sh', '-c', 'kill -TERM $$'])).status, 143);
  });

  it('nothing from Node: no descriptor, ignored signal, O_NONBLOCK or raised limit', async () => {
    const report = join(temporaryDirectory(), 'report');
    const shell = `ulimit -Sn 700; ${GOVERNOR} run -- ${PYTHON} ${join(OBSERVERS, 'tell_inheritance.py')} ${report}`;
    const direct = join(temporaryDirectory(), 'report');
    assert.equal((await finished(['sh', '-c', shell])).status, 0);
    assert.equal(
      (await finished(['sh', '-c', `ulimit -Sn 700; ${PYTHON} ${join(OBSERVERS, 'tell_inheritance.py')} ${direct}`]))
        .status,
      0,
    );
    const governed = JSON.parse(readFileSync(report, 'utf8')) as Inheritance;
    const plain = JSON.parse(readFileSync(direct, 'utf8')) as Inheritance;
    assert.deepEqual(governed.nofile, plain.nofile);
    assert.equal(governed.nofile[0], 700);
    assert.equal(governed.ignored & ~SIGPIPE, plain.ignored & ~SIGPIPE, 'Python ignores SIGPIPE itself');
    assert.equal(governed.blocked, plain.blocked);
    assert.deepEqual(governed.descriptors, plain.descriptors);
    assert.deepEqual(governed.nonblocking, []);
    assert.equal(governed.environment['OMP_NUM_THREADS'], '1');
    const ours = (environment: Record<string, string>) =>
      Object.keys(environment).filter(
        name => /^(NODE_|GOVERNOR_)/.test(name) && !['GOVERNOR_CLAIM', 'GOVERNOR_SET'].includes(name),
      );
    assert.deepEqual(ours(governed.environment), ours(plain.environment));
    assert.match(governed.environment['GOVERNOR_CLAIM']!, /^[0-9a-f]{16}$/);
    assert.match(governed.environment['GOVERNOR_SET']!, /^OMP_NUM_THREADS=1 [A-Z_0-9]+=\S+( [A-Z_0-9]+=\S+)+$/);
  });

  it('the default action of SIGPIPE, as a shell does', async () => {
    const { stdout } = await finished([
      'bash',
      '-c',
      `${GOVERNOR} run -q -- yes | head -n 1; echo "\${PIPESTATUS[0]}"`,
    ]);
    assert.equal(stdout, 'y\n141\n');
  });

  it('each signal once if there is no terminal, and passes on its exit status', async () => {
    const run = new GovernedRun(['-q'], [PYTHON, join(OBSERVERS, 'tell_signals.py')]);
    assert.equal(await run.line(), 'ready');
    for (const signal of ['SIGHUP', 'SIGINT', 'SIGUSR1', 'SIGUSR2', 'SIGTERM'] as const) {
      process.kill(run.child.pid!, signal);
      assert.equal(await run.line(), signal);
    }
    assert.equal((await run.ended()).status, 3);
  });

  it('Ctrl-C once on a terminal', async () => {
    const script = join(temporaryDirectory(), 'typescript');
    const program = `${process.execPath} ${GOVERNOR} run -q -- ${PYTHON} ${join(OBSERVERS, 'tell_signals.py')}`;
    const terminal = reaped(spawn('script', ['-qefc', program, script]));
    let text = '';
    for await (const chunk of terminal.stdout) {
      const before = text;
      text += String(chunk);
      if (/ready/.test(text) && !/ready/.test(before)) terminal.stdin.write('\x03');
      if (/SIGINT/.test(text) && !/SIGINT/.test(before)) terminal.kill('SIGTERM');
    }
    assert.equal(text.match(/SIGINT/g)?.length, 1);
  });
});

describe('governor run and programs that cannot be started', () => {
  it('exits with 127 and one line if there is no such program', async () => {
    for (const name of ['no-such-program', '/no/such/program', '']) {
      const { status, stderr, stdout } = await governor(['run', '--', name]);
      assert.equal(status, 127);
      assert.equal(stdout, '');
      assert.match(stderr, /^governor: .*(not found in PATH|there is no such file); give a program.*\n$/);
    }
  });

  it('exits with 126 and one line if it is not executable, a directory, or its interpreter is missing', async () => {
    const directory = temporaryDirectory();
    const plain = join(directory, 'plain');
    const orphan = join(directory, 'orphan');
    writeFileSync(plain, 'text');
    writeFileSync(orphan, '#!/no/such/interpreter\n');
    chmodSync(orphan, 0o755);
    for (const [file, why] of [
      [plain, /is not executable/],
      [directory, /is a directory/],
      [orphan, /interpreter/],
    ] as const) {
      const { status, stderr } = await governor(['run', '-q', '--', file]);
      assert.equal(status, 126);
      assert.match(stderr, why);
      assert.match(stderr, /^governor: .*\n$/);
    }
  });
});

describe('the variables of governor run', () => {
  const environmentOf = async (options: string[], environment: NodeJS.ProcessEnv) => {
    const { stdout, stderr } = await governor(['run', ...options, '--', 'env'], environment);
    return {
      variables: Object.fromEntries(
        stdout
          .trim()
          .split('\n')
          .map(line => line.split(/=(.*)/s).slice(0, 2) as [string, string]),
      ),
      stderr,
    };
  };

  it('are set before the program starts; never OMP_PROC_BIND or OMP_PLACES', async () => {
    const { variables } = await environmentOf([], {});
    for (const name of ['OMP', 'MKL', 'OPENBLAS', 'NUMEXPR', 'NUMBA', 'TORCH'])
      assert.equal(variables[`${name}_NUM_THREADS`], '1');
    assert.equal(variables['OMP_DYNAMIC'], 'FALSE');
    assert.equal(variables['MKL_DYNAMIC'], 'FALSE');
    for (const name of ['OMP_PROC_BIND', 'OMP_PLACES', 'GOMP_CPU_AFFINITY']) assert.equal(variables[name], undefined);
  });

  it("keep a user's value, with one line that names both values", async () => {
    const { variables, stderr } = await environmentOf(['-q'], { OMP_NUM_THREADS: '5' });
    assert.equal(variables['OMP_NUM_THREADS'], '5');
    assert.equal(variables['OPENBLAS_NUM_THREADS'], '1');
    assert.equal(
      stderr,
      'governor: keeping your OMP_NUM_THREADS=5; the budget would set 1 (unset OMP_NUM_THREADS to use it)\n',
    );
  });

  it("include the program's own variable that --export names", async () => {
    const { variables } = await environmentOf(
      [
        '--workers',
        '11',
        '--memory-per-worker',
        '1T',
        '--export',
        'FOREX_BOT_CPU_THREADS=workers',
        '--export',
        'FOREX_BOT_RL_ENVS=memory-workers',
        '--export',
        'K=threads',
      ],
      {},
    );
    assert.equal(variables['FOREX_BOT_CPU_THREADS'], '11');
    assert.equal(variables['FOREX_BOT_RL_ENVS'], '1');
    assert.equal(variables['K'], '1');
  });

  it('are those that governor env prints for eval, docker and systemd, and as JSON', async () => {
    const { stdout } = await governor(['env', '--export', 'POOL=workers']);
    const evaluated = await finished(['sh', '-c', `${stdout}\nenv`], { OMP_NUM_THREADS: undefined });
    assert.match(evaluated.stdout, /^OMP_NUM_THREADS=1$/m);
    assert.match(evaluated.stdout, /^POOL=\d+$/m);
    assert.match((await governor(['env', '--format', 'docker'])).stdout, /^OMP_NUM_THREADS=1$/m);
    assert.match((await governor(['env', '--format', 'systemd'])).stdout, /^Environment="OMP_NUM_THREADS=1"$/m);
    const json = JSON.parse((await governor(['env', '--json'], { MKL_NUM_THREADS: '7' })).stdout) as {
      set: Record<string, string>;
      kept: object[];
    };
    assert.equal(json.set['OMP_NUM_THREADS'], '1');
    assert.deepEqual(json.kept, [{ name: 'MKL_NUM_THREADS', value: '7', instead: '1' }]);
  });
});
