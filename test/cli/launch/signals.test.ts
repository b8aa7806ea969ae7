import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventually } from '../../helpers/processes/eventually.js';
import { OBSERVERS, temporaryDirectory } from '../../helpers/processes/governed.js';
import { Launched, processesWith } from '../../helpers/processes/launched.js';
import { reaped } from '../../helpers/processes/reap.js';
import { plainEnvironment } from '../../helpers/processes/run.js';
import { GOVERNOR, PYTHON } from '../../helpers/shared.js';

const TELL_SIGNALS = [PYTHON, join(OBSERVERS, 'tell_signals.py')];

/** Whether a process is not stopped and is in the group that gets the terminal's signals. */
function runsInForeground(pid: number): boolean {
  const [state, , group, , , foreground] = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ');
  return state !== 'T' && group === foreground;
}

function killAll(pids: readonly number[]): void {
  for (const pid of pids) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {} // it has ended already
  }
}

describe('governor launch and signals', () => {
  it('each signal reaches every rank once; a rank may handle SIGTERM', async () => {
    const ranks = new Launched(['-n', '2'], TELL_SIGNALS);
    assert.deepEqual(await ranks.lines(2), ['[0] ready', '[1] ready']);
    for (const signal of ['SIGHUP', 'SIGINT', 'SIGUSR1', 'SIGUSR2', 'SIGTERM'] as const) {
      process.kill(ranks.pid, signal);
      assert.deepEqual(await ranks.lines(2), [`[0] ${signal}`, `[1] ${signal}`]);
    }
    assert.equal((await ranks.ended()).status, 3);
  });

  it('a second signal ends ranks that ignore the first', async () => {
    const ranks = new Launched(
      ['-n', '2', '--grace', '0.1'],
      ['sh', '-c', 'trap "echo heard" INT; trap "" TERM; echo ready; while :; do :; done'],
    );
    await ranks.lines(2);
    process.kill(ranks.pid, 'SIGINT');
    assert.deepEqual(await ranks.lines(2), ['[0] heard', '[1] heard']);
    process.kill(ranks.pid, 'SIGINT');
    assert.equal((await ranks.ended()).status, 137);
  });

  it('on a terminal Ctrl-C arrives once; Ctrl-Z stops all ranks, and fg continues them', async () => {
    const script = join(temporaryDirectory(), 'typescript');
    const mark = `${process.pid}-terminal`;
    const launch = `${process.execPath} ${GOVERNOR} launch -q -n 1 -- ${TELL_SIGNALS.join(' ')}`;
    const shell = `set -m; ${launch}; echo stopped $?; fg; echo ended $?`;
    const terminal = reaped(
      spawn('script', ['-qefc', `bash -c '${shell}'`, script], {
        env: plainEnvironment({ NO_COLOR: '1', SHELL: '/bin/bash', MARK: mark }),
      }),
    );
    let text = '';
    const ranks = () =>
      processesWith('MARK', mark).filter(pid => readFileSync(`/proc/${pid}/cmdline`, 'utf8').startsWith(PYTHON));
    terminal.stdout.on('data', piece => {
      text += String(piece);
    });
    const until = (wanted: RegExp) => eventually(() => wanted.test(text));
    try {
      await until(/ready/);
      terminal.stdin.write('\x1a');
      await until(/stopped 148/);
      await eventually(() => ranks().every(runsInForeground));
      terminal.stdin.write('\x03');
      await until(/SIGINT/);
      for (const pid of ranks()) process.kill(pid, 'SIGTERM');
      await until(/ended \d/);
    } finally {
      killAll(processesWith('MARK', mark));
    }
    assert.equal(text.match(/SIGINT/g)?.length, 1, text);
    assert.match(text, /ended 3/);
  });
});
