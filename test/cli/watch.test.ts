import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Audit } from '../../lib/index.js';
import { PROGRAMS } from '../helpers/processes/governed.js';
import { started } from '../helpers/processes/printing.js';
import { reaped } from '../helpers/processes/reap.js';
import { finished, governor, plainEnvironment } from '../helpers/processes/run.js';
import { GOVERNOR, PYTHON } from '../helpers/shared.js';
import { Terminal } from '../helpers/processes/terminal.js';

const BUSY = [PYTHON, join(PROGRAMS, 'busy_threads.py'), '2', '3'];
/** Restores the terminal: wraps lines, shows the cursor, returns to the first screen. */
const RESTORED = /\x1b\[\?7h\x1b\[\?25h\x1b\[\?1049l$/;
const watching = (pid: number, ...more: string[]) => ['watch', '--interval', '0.1', ...more, String(pid)];
const SAMPLE = new RegExp(
  [
    '^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\dZ',
    '(fine|idle|over-subscribed|thrashing|starved by others|throttled by quota)',
    ...['demand', 'ran', 'waited', 'ratio'].map(name => `${name} \\d+\\.\\d\\d`),
    'threads \\d+',
    'pools \\S.*$',
  ].join(' {2}'),
);

describe('governor watch on a terminal', () => {
  it('shows the audit full-screen; q restores the terminal and exits with 0', async () => {
    const { pid } = await started(BUSY);
    const terminal = new Terminal(watching(pid));
    await terminal.shows(/demand \d[^]*demand \d[^]*q quits/);
    terminal.type('q');
    assert.equal(await terminal.ended(), 0);
    assert.ok(terminal.written.startsWith('\x1b[?1049h\x1b[?25l\x1b[?7l'));
    assert.match(terminal.written, RESTORED);
    const last = terminal.frames().at(-1)!;
    assert.equal(last.length, 24);
    assert.ok(last.every(line => line.length <= 80));
    assert.match(last[0]!, new RegExp(`^${pid} .*python`));
    assert.match(
      last.join('\n'),
      /7 threads {2}3 processes\n[^]*\nDEMAND [^]*\nWANTED [^]*workers of[^]*\nCPUS [^]*\nFOUND /,
    );
  });

  for (const [name, signal] of [
    ['Ctrl-C', '\x03'],
    ['SIGTERM', 'SIGTERM'],
    ['SIGHUP', 'SIGHUP'],
  ] as const) {
    it(`${name} ends it as q does`, async () => {
      const { pid } = await started(['sh', '-c', 'echo ready; exec sleep 1000']);
      const terminal = new Terminal(watching(pid));
      await terminal.shows(/demand \d/);
      if (signal === '\x03') terminal.type(signal);
      else process.kill(await governorOf(terminal), signal);
      assert.equal(await terminal.ended(), 0);
      assert.match(terminal.written, RESTORED);
    });
  }

  it('ends when the program ends, and says so', async () => {
    const { child, pid } = await started(BUSY);
    const terminal = new Terminal(watching(pid));
    await terminal.shows(/demand \d/);
    child.stdin!.end();
    assert.equal(await terminal.ended(), 0);
    assert.match(terminal.written, new RegExp(`\x1b\\[\\?1049lpid ${pid} has ended\r\n$`));
  });

  it('ends after N samples with --samples N', async () => {
    const terminal = new Terminal(watching(process.pid, '--samples', '2'));
    assert.equal(await terminal.ended(), 0);
    assert.equal(terminal.frames().filter(frame => frame.some(line => line.includes('demand'))).length + 1, 2);
    assert.match(terminal.written, RESTORED);
  });

  it('redraws when the terminal is resized', async () => {
    const terminal = new Terminal(['watch', '--interval', '3600', String(process.pid)], { columns: 40 });
    await terminal.shows(/q quits; a sample every 3600 s/);
    terminal.child.kill('SIGUSR1');
    await terminal.shows(/q quits; a sample e…/);
    terminal.type('q');
    assert.equal(await terminal.ended(), 0);
  });

  it('fits a very small terminal', async () => {
    const terminal = new Terminal(watching(process.pid, '--samples', '3'), { columns: 7, rows: 3 });
    assert.equal(await terminal.ended(), 0);
    for (const frame of terminal.frames())
      assert.ok(frame.length <= 3 && frame.every(line => line.length <= 7), JSON.stringify(frame));
  });

  it('shows colours unless NO_COLOR is set', async () => {
    const coloured = async (environment: NodeJS.ProcessEnv) => {
      const terminal = new Terminal(watching(process.pid, '--samples', '1'), { environment });
      await terminal.ended();
      return /\x1b\[\d+m/.test(terminal.written);
    };
    assert.equal(await coloured({ NO_COLOR: undefined }), true);
    assert.equal(await coloured({ NO_COLOR: '1' }), false);
  });

  it('prints lines on a dumb terminal, and for --json', async () => {
    const dumb = new Terminal(watching(process.pid, '--samples', '2'), { environment: { TERM: 'dumb' } });
    assert.equal(await dumb.ended(), 0);
    for (const line of dumb.written.trimEnd().split('\r\n')) assert.match(line, SAMPLE);
    const json = new Terminal(watching(process.pid, '--samples', '1', '--json'));
    await json.ended();
    assert.doesNotThrow(() => JSON.parse(json.written));
  });

  it('does not touch the terminal if the process cannot be watched, and exits with 2', async () => {
    const terminal = new Terminal(['watch', '99999999']);
    assert.equal(await terminal.ended(), 2);
    assert.match(terminal.written, /^governor: invalid PID 99999999: [^\x1b]*\r\n$/);
  });
});

describe('governor watch into a pipe', () => {
  it('prints a line for each sample, and ends with the program', async () => {
    const { child, pid } = await started(BUSY);
    const watch = reaped(spawn(process.execPath, [GOVERNOR, ...watching(pid)], { env: plainEnvironment({}) }));
    const lines: string[] = [];
    for await (const line of createInterface({ input: watch.stdout })) if (lines.push(line) === 3) child.stdin!.end();
    for (const line of lines) assert.match(line, SAMPLE);
    assert.match(lines[2]!, / {2}threads 7 {2}pools .*Python thread 2×2/);
    assert.equal(watch.exitCode ?? (await once(watch, 'exit'))[0], 0);
  });

  it('--json prints one audit a line, with its time', async () => {
    const { status, stdout } = await governor(watching(process.pid, '--json', '--samples', '2'));
    assert.equal(status, 0);
    const audits = stdout
      .trimEnd()
      .split('\n')
      .map(line => JSON.parse(line) as Audit & { time: string });
    assert.equal(audits.length, 2);
    for (const audit of audits) {
      assert.equal(audit.pid, process.pid);
      assert.ok(!Number.isNaN(Date.parse(audit.time)));
    }
  });

  it('ends without an error when the reader goes away', async () => {
    const { stdout, stderr } = await finished([
      'bash',
      '-c',
      `"$0" watch --interval 0.05 ${process.pid} | head -n 1; echo "\${PIPESTATUS[0]}"`,
      GOVERNOR,
    ]);
    assert.match(stdout, /pools .*\n0\n$/);
    assert.equal(stderr, '');
  });

  it('refuses a bad pid, interval or number of samples', async () => {
    for (const args of [
      ['0'],
      ['x'],
      ['--interval', '0', '1'],
      ['--interval', '3601', '1'],
      ['--samples', '0', '1'],
      ['--samples', '1.5', '1'],
    ]) {
      const { status, stdout, stderr } = await governor(['watch', ...args]);
      assert.deepEqual({ status, stdout }, { status: 2, stdout: '' });
      assert.match(stderr, /^governor: invalid .*: expected .*\n$/);
    }
  });
});

/** Governor in its own terminal: keys and output pass through a process that holds the terminal. */
async function governorOf(terminal: Terminal): Promise<number> {
  const { stdout } = await finished(['ps', '-o', 'pid=', '--ppid', String(terminal.child.pid)]);
  return Number(stdout);
}
