import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { launch, type GovernorError, type RunWarning } from '../../../lib/index.js';
import { ledgerDirectory } from '../../../lib/system/claims/ledger.js';
import { GovernedRun } from '../../helpers/processes/governed.js';
import { started } from '../../helpers/processes/printing.js';

/** The pid of a program that keeps the ledger locked, and is stopped. */
async function stoppedHolder(): Promise<number> {
  mkdirSync(ledgerDirectory());
  const { pid, line } = await started(['flock', ledgerDirectory(), 'sh', '-c', 'echo locked; exec cat']);
  assert.equal(line, 'locked');
  process.kill(pid, 'SIGSTOP');
  return pid;
}

describe('a ledger that a stopped process keeps locked', () => {
  for (const verb of ['run', 'launch'] as const) {
    it(`governor ${verb} names the process after a second, and --timeout ends the wait`, async () => {
      const pid = await stoppedHolder();
      const { status, stderr } = await new GovernedRun(['-q', '--timeout', '1.2'], ['true'], {}, verb).ended();
      assert.equal(status, 2);
      const [named, refused] = stderr.split('\n');
      assert.equal(
        named,
        `governor: waiting for the ledger, which pid ${pid} (flock, which is stopped) keeps locked; ` +
          '--share goes on without',
      );
      assert.match(
        refused!,
        new RegExp(
          `^governor: the ledger .* has been locked by pid ${pid} \\(flock, which is stopped\\) for 1\\.2 seconds; `,
        ),
      );
    });
    for (const options of [[], ['--wait']]) {
      it(`Ctrl-C ends governor ${[verb, ...options].join(' ')}`, async () => {
        const pid = await stoppedHolder();
        const run = new GovernedRun(['-q', ...options], ['true'], {}, verb);
        await run.said(new RegExp(`which pid ${pid} `));
        run.child.kill('SIGINT');
        await run.ended();
        assert.equal(run.child.signalCode, 'SIGINT');
      });
    }
  }

  it('an AbortSignal ends launch(), which has warned', async () => {
    const pid = await stoppedHolder();
    const controller = new AbortController();
    const warnings: RunWarning[] = [];
    const onWarning = (warning: RunWarning) => {
      warnings.push(warning);
      controller.abort(new Error('no longer wanted'));
    };
    await assert.rejects(launch(['true'], { signal: controller.signal, onWarning }), /no longer wanted/);
    assert.deepEqual(warnings, [{ kind: 'ledger-locked', holder: { pid, program: 'flock', stopped: true } }]);
  });

  it('a time limit ends launch(), and it needs no listener', async () => {
    await stoppedHolder();
    await assert.rejects(
      launch(['true'], { timeout: 0 }),
      (error: GovernorError) => error.code === 'LEDGER_LOCKED' && /for 0 seconds/.test(error.message),
    );
  });
});
