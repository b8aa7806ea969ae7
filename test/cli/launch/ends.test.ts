import assert from 'node:assert/strict';
import { temporaryDirectory, TWO_CPUS } from '../../helpers/processes/governed.js';
import { launchedScript, processesWith, sortedLines } from '../../helpers/processes/launched.js';
import { governor } from '../../helpers/processes/run.js';

describe('governor launch ends', () => {
  it('with the status of the first rank that fails, prints one line, and terminates the others', async () => {
    const { status, stderr } = await launchedScript(['-n', '2'], 'if [ $RANK = 1 ]; then exit 7; fi; exec sleep 1000');
    assert.equal(status, 7);
    assert.match(stderr, /^governor: rank 1 ended with exit status 7 after \d+\.\d s; the other was terminated\n$/);
  });

  it('with 128 + N if signal N ended the rank', async () => {
    const { status, stderr } = await launchedScript(['-n', '1'], 'kill -SEGV $$');
    assert.equal(status, 139);
    assert.match(stderr, /rank 0 ended with SIGSEGV/);
  });

  it('after the other ranks have finished, with --keep-going', async () => {
    const { status, stdout } = await launchedScript(
      ['-n', '2', '--keep-going'],
      'if [ $RANK = 1 ]; then exit 7; fi; echo done',
    );
    assert.equal(status, 7);
    assert.equal(stdout, '[0] done\n');
  });

  it('with 0 if a restarted rank succeeds, which is on its own place again, with --restarts', async () => {
    const directory = temporaryDirectory();
    const failOnce = `[ -e ${directory}/again ] || { touch ${directory}/again; exit 7; }`;
    const script = `taskset -cp $$ | sed 's/.*: //'; [ $RANK = 0 ] || ${failOnce}`;
    const { status, stdout, stderr } = await launchedScript(['-n', '2', '--restarts', '1'], script);
    assert.equal(status, 0);
    assert.deepEqual(sortedLines(stdout), [`[0] ${TWO_CPUS[0]}`, `[1] ${TWO_CPUS[1]}`, `[1] ${TWO_CPUS[1]}`]);
    assert.match(stderr, /rank 1 failed; restarting it in 0\.5 s/);
  });

  it('with 124 at the limit of --timeout, and not earlier', async () => {
    const { status, stderr } = await launchedScript(['-n', '1', '--timeout', '0.2'], 'exec sleep 1000');
    assert.equal(status, 124);
    assert.match(stderr, /the time limit of 0\.2 s is over/);
    assert.equal((await launchedScript(['-n', '1', '--timeout', '2000000'], 'exit 0')).status, 0);
  });

  it('a rank that ignores SIGTERM by SIGKILL after the grace period', async () => {
    const { status } = await launchedScript(
      ['-n', '2', '--grace', '0.1'],
      'if [ $RANK = 1 ]; then read l < /proc/sys/kernel/ostype; exit 7; fi; trap "" TERM; while :; do sleep 1000; done',
    );
    assert.equal(status, 7);
  });

  it('after it has terminated processes that ranks left behind', async () => {
    const mark = `${process.pid}-swept`;
    const { status } = await launchedScript(
      ['-n', '2', '--grace', '0.1'],
      'setsid sh -c \'setsid sh -c "trap : TERM HUP; while :; do sleep 1000; done" &\' & wait',
      { MARK: mark },
    );
    assert.equal(status, 0);
    assert.deepEqual(processesWith('MARK', mark), []);
  });

  it('with 0 after 400 ranks, with a warning that they need more CPUs than there are', async () => {
    const { status, stderr } = await governor(['launch', '-q', '-n', '400', '--no-prefix', '--', 'true']);
    assert.equal(status, 0);
    assert.match(stderr, /^governor: 400 ranks need more CPUs than there are: .*\n$/);
  });
});
