import assert from 'node:assert/strict';
import { chmodSync, copyFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventually } from '../../helpers/processes/eventually.js';
import { GovernedRun, OBSERVERS, temporaryDirectory } from '../../helpers/processes/governed.js';
import { childOf, processesWith } from '../../helpers/processes/launched.js';
import { started } from '../../helpers/processes/printing.js';
import { finished } from '../../helpers/processes/run.js';
import { GOVERNOR, PYTHON } from '../../helpers/shared.js';
import { requireRoot } from '../../helpers/skip.js';

const VERBS = { run: ['-q', '--share'], launch: ['-q', '--share', '-n', '1', '--no-prefix'] } as const;
/** Ignores SIGTERM, as does the process that it leaves behind. */
const DEAF = ['sh', '-c', "trap '' TERM HUP; setsid sleep 1000 & echo ready; exec sleep 1000"];
/** The same, after it has stopped its parent, the warden. */
const STOPS_WARDEN = ['sh', '-c', `kill -STOP $PPID; ${DEAF[2]}`];

type Verb = keyof typeof VERBS;
let count = 0;

/** A run or a launch of one program, once that is ready. */
class Supervised {
  readonly mark = `${process.pid}-silent-${count++}`;
  readonly run: GovernedRun;
  keeper = 0;
  warden = 0;

  constructor(verb: Verb, options: readonly string[], command: readonly string[] = DEAF) {
    this.run = new GovernedRun([...VERBS[verb], ...options], command, { MARK: this.mark }, verb);
  }

  static async begun(verb: Verb, ...options: string[]): Promise<Supervised> {
    const one = new Supervised(verb, options);
    await one.ready();
    return one;
  }

  async ready(): Promise<void> {
    assert.equal(await this.run.line(), 'ready');
    this.keeper = childOf(this.run.child.pid!);
    this.warden = childOf(this.keeper);
  }

  async trace(): Promise<void> {
    const { line } = await started([PYTHON, join(OBSERVERS, 'trace.py'), String(this.warden)]);
    assert.equal(line, 'traced');
  }

  async gone(): Promise<void> {
    await eventually(() => processesWith('MARK', this.mark).length === 0);
  }
}

const stop = (...pids: number[]) => {
  for (const pid of pids) process.kill(pid, 'SIGSTOP');
};

for (const verb of ['run', 'launch'] as const) {
  describe(`governor ${verb} whose supervisors do not answer`, function () {
    this.timeout(60_000);

    it('goes on at once if a program stops its parent, the warden: --timeout ends it', async () => {
      const one = new Supervised(verb, ['--timeout', '0.3', '--grace', '0'], STOPS_WARDEN);
      const { status, stderr } = await one.run.ended();
      assert.equal(status, 124);
      assert.match(stderr, /^governor: the time limit of 0\.3 s is over: [a-z ]+\n$/);
      await one.gone();
    });

    it('leaves nothing if the warden is stopped and governor is killed', async () => {
      const one = await Supervised.begun(verb);
      stop(one.warden);
      process.kill(one.run.child.pid!, 'SIGKILL');
      await one.gone();
    });

    it('ends by --timeout if keeper and warden are stopped: they are continued', async () => {
      const one = new Supervised(verb, ['--timeout', '1', '--grace', '0']);
      await one.ready();
      stop(one.keeper, one.warden);
      assert.equal((await one.run.ended()).status, 124);
      await one.gone();
    });

    it('ends by a signal if the keeper is stopped and the warden killed', async () => {
      const one = await Supervised.begun(verb);
      stop(one.keeper);
      process.kill(one.warden, 'SIGKILL');
      process.kill(one.run.child.pid!, 'SIGTERM');
      assert.equal((await one.run.ended()).status, 137);
      await one.gone();
    });

    it('ends by --timeout if the warden is traced', async function () {
      requireRoot(this, 'trace any process');
      const one = new Supervised(verb, ['--timeout', '1', '--grace', '0']);
      await one.ready();
      await one.trace();
      const { status, stderr } = await one.run.ended();
      assert.equal(status, 124);
      assert.match(stderr, new RegExp(`thread-warden \\(pid ${one.warden}\\), which .* a debugger holds it; `));
      await one.gone();
    });

    it('ends by a second signal if the warden is traced', async function () {
      requireRoot(this, 'trace any process');
      const one = await Supervised.begun(verb, '--grace', '0');
      await one.trace();
      process.kill(one.run.child.pid!, 'SIGINT');
      await one.run.said(/does not answer: a debugger holds it; a second signal/);
      process.kill(one.run.child.pid!, 'SIGINT');
      assert.equal((await one.run.ended()).status, 137);
      await one.gone();
    });

    it('ends by --timeout if the warden is traced and the keeper stopped', async function () {
      requireRoot(this, 'trace any process');
      const one = new Supervised(verb, ['--timeout', '1', '--grace', '0']);
      await one.ready();
      await one.trace();
      stop(one.keeper);
      assert.equal((await one.run.ended()).status, 124);
      await one.gone();
    });

    it('leaves nothing if the warden is traced and governor is killed', async function () {
      requireRoot(this, 'trace any process');
      const one = await Supervised.begun(verb);
      await one.trace();
      process.kill(one.run.child.pid!, 'SIGKILL');
      await one.gone();
    });
  });
}

describe('a program that has become root, of a user who is not', () => {
  const asNobody = ['setpriv', '--reuid', '65534', '--regid', '65534', '--clear-groups', '--'];

  for (const verb of ['run', 'launch'] as const) {
    it(`is named, and governor ${verb} ends without it`, async function () {
      requireRoot(this, 'make a program that changes its user');
      this.timeout(60_000);
      const directory = temporaryDirectory();
      chmodSync(directory, 0o755);
      const becomeRoot = join(directory, 'become-root');
      copyFileSync('/usr/bin/setpriv', becomeRoot);
      chmodSync(becomeRoot, 0o4755);
      const program = ['sh', '-c', 'echo $$; exec "$0" --reuid 0 sleep 1000 >/dev/null 2>&1', becomeRoot];
      const options = [...VERBS[verb], '--timeout', '0.3', '--grace', '0'];
      const command = [...asNobody, process.execPath, GOVERNOR, verb, ...options, '--', ...program];
      const { status, stdout, stderr } = await finished(command);
      const pid = Number(stdout);
      try {
        assert.equal(status, 124);
        assert.match(readFileSync(`/proc/${pid}/status`, 'utf8'), /^Uid:\t0\t0\t0/m);
        const [named, ended] = stderr.trimEnd().split('\n');
        assert.equal(
          named,
          `governor: not ended, and still there: sleep (pid ${pid}, of root: governor may not signal it)`,
        );
        assert.match(ended!, new RegExp(`is over: .* ended except pid ${pid}$`));
      } finally {
        process.kill(pid, 'SIGKILL');
      }
    });
  }
});
