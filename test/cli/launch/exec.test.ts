import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { OBSERVERS, temporaryDirectory, TWO_CPUS } from '../../helpers/processes/governed.js';
import { finished, governor } from '../../helpers/processes/run.js';
import { GOVERNOR, PYTHON } from '../../helpers/shared.js';

const [FIRST, SECOND] = TWO_CPUS as [number, number];
const exec = (options: string[], script: string, environment: NodeJS.ProcessEnv = {}, input = '') =>
  governor(['exec', ...options, '--', 'sh', '-c', script], environment, input);
const affinity = async (options: string[], environment: NodeJS.ProcessEnv = {}) =>
  (await exec(options, 'taskset -cp $$', environment)).stdout.replace(/.*: /s, '').trim();

describe('governor exec becomes the program', () => {
  it('with the same pid, and one thread', async () => {
    const { stdout } = await finished([
      'sh',
      '-c',
      `echo $$; exec ${process.execPath} ${GOVERNOR} exec -- ` +
        "sh -c 'echo $$; ls /proc/$$/task | wc -l; readlink /proc/$$/exe'",
    ]);
    const [before, after, threads, program] = stdout.trim().split('\n');
    assert.equal(after, before);
    assert.equal(threads, '1');
    assert.doesNotMatch(program!, /node/);
  });

  it('with its arguments, input, output and exit status', async () => {
    const words = ['a b', "it's", '$HOME', 'line\nbreak', '', '--cpus', '*'];
    assert.equal(
      (await governor(['exec', '--', 'printf', '%s|', ...words])).stdout,
      words.map(word => `${word}|`).join(''),
    );
    const { status, stdout, stderr } = await exec([], 'cat; echo to stderr >&2; exit 42', {}, 'from stdin\n');
    assert.deepEqual({ status, stdout, stderr }, { status: 42, stdout: 'from stdin\n', stderr: 'to stderr\n' });
    assert.equal((await exec([], 'kill -TERM $$')).signal, 'SIGTERM');
  });

  it('also if it is a script without a #! line', async () => {
    const script = join(temporaryDirectory(), 'script');
    writeFileSync(script, 'echo "$1"\n');
    chmodSync(script, 0o755);
    assert.equal((await governor(['exec', '--', script, 'a b'])).stdout, 'a b\n');
  });

  it("with the user's limit, signals, descriptors and environment", async () => {
    const tell = async (command: string) => {
      const report = join(temporaryDirectory(), 'report');
      assert.equal(
        (
          await finished(
            [
              'sh',
              '-c',
              `ulimit -Sn 700; exec nohup ${command} ${PYTHON} ${join(OBSERVERS, 'tell_inheritance.py')} ${report}`,
            ],
            { OMP_NUM_THREADS: '3' },
          )
        ).status,
        0,
      );
      return JSON.parse(readFileSync(report, 'utf8')) as { environment: Record<string, string>; ignored: number };
    };
    const { environment: plain, ...direct } = await tell('');
    const { environment, ...governed } = await tell(`${GOVERNOR} exec --`);
    assert.deepEqual(governed, direct);
    assert.equal(governed.ignored & 1, 1, "nohup's SIGHUP");
    const added = Object.keys(environment).filter(name => !(name in plain));
    assert.ok(added.includes('GOVERNOR_CPUS') && added.includes('MKL_NUM_THREADS'));
    assert.deepEqual(
      added.filter(name => /NODE|OPEN_FILES|IGNORED/.test(name)),
      [],
    );
    for (const [name, value] of Object.entries(plain)) if (name !== '_') assert.equal(environment[name], value, name);
  });

  it('with pipes that still block', () => {
    const { stdout } = spawnSync(
      'sh',
      [
        '-c',
        `: | ${process.execPath} ${GOVERNOR} exec -- ${PYTHON} -c ` +
          "'import os; print([os.get_blocking(fd) for fd in range(3)])' 2>&1 | cat",
      ],
      { encoding: 'utf8', env: { ...process.env, OMP_NUM_THREADS: '3' } },
    );
    assert.match(stdout, /^\[True, True, True\]$/m);
  });
});

describe('the place of governor exec', () => {
  it('is every CPU but the reserve if there is no rank', async () => {
    assert.equal(
      await affinity(['--reserve', '0']),
      execFileSync('taskset', ['-cp', String(process.pid)], { encoding: 'utf8' })
        .replace(/.*: /s, '')
        .trim(),
    );
  });
  it('is --cpus, with a thread for each CPU', async () => {
    assert.equal(await affinity(['--cpus', String(SECOND)]), String(SECOND));
    const { stdout } = await exec(['--cpus', `${FIRST},${SECOND}`], 'echo $OMP_NUM_THREADS');
    assert.equal(stdout, '2\n');
  });
  it('is that of --cpus, and --export sets its variables', async () => {
    const { stdout } = await exec(
      ['--cpus', `${FIRST},${SECOND}`, '--export', 'THREADS=threads', '--export', 'POOL_SIZE=workers'],
      'echo $THREADS $POOL_SIZE',
    );
    assert.equal(stdout, '2 1\n');
  });
  it('is that of --rank', async () => {
    assert.equal(await affinity(['--rank', '0/2']), String(FIRST));
    assert.equal(await affinity(['--rank', '1/2']), String(SECOND));
  });
  it('is that of the local rank under torchrun, Open MPI and Slurm', async () => {
    for (const environment of [
      { LOCAL_RANK: '1', LOCAL_WORLD_SIZE: '2' },
      { OMPI_COMM_WORLD_LOCAL_RANK: '1', OMPI_COMM_WORLD_LOCAL_SIZE: '2' },
      { SLURM_LOCALID: '1', SLURM_NODEID: '0', SLURM_STEP_TASKS_PER_NODE: '2' },
    ])
      assert.equal(await affinity([], environment), String(SECOND), JSON.stringify(environment));
  });
});

describe('governor exec refuses', () => {
  const refused: [string[], number, RegExp][] = [
    [['--', 'no-such-program'], 127, /not found in PATH/],
    [['--', '/'], 126, /is a directory/],
    [[], 2, /missing required argument "CMD"/],
    [['--cpus', '99999', '--', 'true'], 2, /invalid --cpus "99999": expected CPUs that are online and allowed/],
    [['--cpus', 'x', '--', 'true'], 2, /--cpus/],
    [['--rank', '2/2', '--', 'true'], 2, /invalid --rank "2\/2"/],
    [['--rank', '1', '--', 'true'], 2, /--rank/],
  ];
  for (const [args, wanted, text] of refused) {
    it(`governor exec ${args.join(' ')}`, async () => {
      const { status, stdout, stderr } = await governor(['exec', ...args]);
      assert.deepEqual({ status, stdout }, { status: wanted, stdout: '' });
      assert.match(stderr, /^governor: .*\n$/);
      assert.match(stderr, text);
    });
  }
  it('a program whose interpreter is missing', async () => {
    const orphan = join(temporaryDirectory(), 'orphan');
    writeFileSync(orphan, '#!/no/such/interpreter\n');
    chmodSync(orphan, 0o755);
    const { status, stderr } = await governor(['exec', '--', orphan]);
    assert.equal(status, 126);
    assert.match(stderr, /^governor: .*interpreter.*\n$/);
  });
});
