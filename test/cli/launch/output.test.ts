import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventually } from '../../helpers/processes/eventually.js';
import { OBSERVERS, temporaryDirectory } from '../../helpers/processes/governed.js';
import { processesWith } from '../../helpers/processes/launched.js';
import { reaped } from '../../helpers/processes/reap.js';
import { finished, governor } from '../../helpers/processes/run.js';
import { GOVERNOR } from '../../helpers/shared.js';

const launch = (options: string[], script: string) => governor(['launch', '-q', ...options, '--', 'sh', '-c', script]);
/** The highest resident memory of a process in KiB; null if the process is about to end. */
const peakMemory = (pid: number) => {
  const match = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  return match && Number(match[1]);
};
const sorted = (text: string) => text.trim().split('\n').sort();

describe('governor launch passes on', () => {
  it('whole lines while 4 ranks write as fast as they can', async () => {
    const count = 20_000;
    const { stdout } = await launch(['-n', '4'], `seq -f "$RANK-%.0f-xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx-$RANK" ${count}`);
    const seen = [0, 0, 0, 0];
    for (const line of stdout.trimEnd().split('\n')) {
      const match = /^\[(\d)\] \1-(\d+)-x{32}-\1$/.exec(line);
      assert.ok(match, line);
      assert.equal(Number(match[2]), ++seen[Number(match[1])]!);
    }
    assert.deepEqual(seen, Array(4).fill(count));
  });

  it('stderr to stderr', async () => {
    const { stdout, stderr } = await launch(['-n', '1'], 'echo out; echo err >&2');
    assert.deepEqual({ stdout, stderr }, { stdout: '[0] out\n', stderr: '[0] err\n' });
  });

  it('a last line without a newline, output of a rank that closes its stdout, and no output', async () => {
    assert.equal((await launch(['-n', '1'], 'printf "no end"')).stdout, '[0] no end\n');
    assert.equal((await launch(['-n', '1'], 'echo one; exec >&-; exit 0')).stdout, '[0] one\n');
    assert.equal((await launch(['-n', '1'], 'exec >&- 2>&-')).stdout, '');
  });

  it('all output of ranks that end without a newline, close stdout, ignore SIGTERM or leave a daemon', async () => {
    const mark = `${process.pid}-odd`;
    const { status, stdout, stderr } = await governor(
      ['launch', '-q', '-n', '5', '--grace', '0.2', '--', 'sh', join(OBSERVERS, 'odd_ranks.sh'), temporaryDirectory()],
      { MARK: mark },
    );
    assert.equal(status, 9, stderr);
    assert.deepEqual(sorted(stdout), [
      '[0] no line end',
      '[1] before',
      '[2] stubborn',
      '[3] from a daemon',
      '[4] failing',
    ]);
    assert.match(stderr, /^\[1\] after stdout$/m);
    assert.match(stderr, /^governor: rank 4 ended with exit status 9 after \d+\.\d s; the other 4 were terminated$/m);
    assert.deepEqual(processesWith('MARK', mark), []);
  });

  it('500 MB from 8 ranks in whole lines, with bounded memory', async () => {
    const [ranks, lines, length] = [8, 62_500, 1000];
    const child = reaped(
      spawn(
        process.execPath,
        [
          GOVERNOR,
          'launch',
          '-q',
          '-n',
          String(ranks),
          '--',
          'sh',
          '-c',
          `yes "$(printf %${length - 1}s | tr ' ' $RANK)" | head -n ${lines}`,
        ],
        { stdio: ['ignore', 'pipe', 'ignore'] },
      ),
    );
    const whole = Array.from({ length: ranks }, (_, rank) =>
      Buffer.from(`[${rank}] ${String(rank).repeat(length - 1)}\n`),
    );
    const seen = Array(ranks).fill(0) as number[];
    let rest: Buffer = Buffer.alloc(0);
    let peak = 0;
    for await (const piece of child.stdout as AsyncIterable<Buffer>) {
      const text = rest.length > 0 ? Buffer.concat([rest, piece]) : piece;
      let at = 0;
      for (; text.length - at >= whole[0]!.length; at += whole[0]!.length) {
        const rank = Number(String.fromCharCode(text[at + 1]!));
        if (!whole[rank]?.equals(text.subarray(at, at + whole[0]!.length)))
          assert.fail(`a torn line: ${text.subarray(at, at + 100)}`);
        seen[rank]!++;
      }
      rest = text.subarray(at);
      if (child.exitCode === null) peak = peakMemory(child.pid!) ?? peak;
    }
    assert.deepEqual(seen, Array(ranks).fill(lines));
    assert.equal(rest.length, 0);
    assert.ok(peak < 200_000, `${peak} KiB`);
  });

  it('100 MB without a line end', async () => {
    const child = reaped(
      spawn(process.execPath, [GOVERNOR, 'launch', '-q', '-n', '1', '--', 'head', '-c', '100000000', '/dev/zero'], {
        stdio: ['ignore', 'pipe', 'inherit'],
      }),
    );
    let zeros = 0;
    for await (const piece of child.stdout as AsyncIterable<Buffer>)
      for (let at = piece.indexOf(0); at >= 0 && at < piece.length; ) {
        let end = at;
        while (end < piece.length && piece[end] === 0) end++;
        zeros += end - at;
        at = piece.indexOf(0, end);
      }
    assert.equal(zeros, 100_000_000);
  });

  it('every byte unchanged with --no-prefix', async () => {
    const bytes = await finished([
      'sh',
      '-c',
      `${process.execPath} ${GOVERNOR} launch -q -n 1 --no-prefix -- head -c 3000000 ${process.execPath} | sha256sum`,
    ]);
    assert.equal(
      bytes.stdout.split(' ')[0],
      createHash('sha256').update(readFileSync(process.execPath).subarray(0, 3_000_000)).digest('hex'),
    );
  });

  it('output without prefixes to a file for each rank with --log-dir, and hides ranks with --quiet-ranks', async () => {
    const logs = join(temporaryDirectory(), 'a/b');
    const { stdout } = await launch(
      ['-n', '2', '--log-dir', logs, '--quiet-ranks'],
      'echo out $RANK; echo err $RANK >&2',
    );
    assert.equal(stdout, '[0] out 0\n');
    assert.deepEqual(readdirSync(logs).sort(), ['rank-0.log', 'rank-1.log']);
    for (const rank of [0, 1])
      assert.deepEqual(sorted(readFileSync(join(logs, `rank-${rank}.log`), 'utf8')), [`err ${rank}`, `out ${rank}`]);
    assert.equal((await launch(['-n', '2', '--quiet-ranks=0'], 'echo $RANK')).stdout, '[1] 1\n');
  });

  it('everything to a slow reader: the rank waits, and memory stays bounded', async () => {
    const ranks = reaped(
      spawn(
        process.execPath,
        [GOVERNOR, 'launch', '-q', '-n', '1', '--', 'sh', '-c', 'seq 5000000 & echo $! >&2; wait'],
        { stdio: ['ignore', 'pipe', 'pipe'] },
      ),
    );
    const [pid] = (await once(ranks.stderr!, 'data')) as [Buffer];
    const writer = Number(/\d+$/m.exec(String(pid).trim())![0]);
    const blocked = () =>
      /pipe_w/.test(readFileSync(`/proc/${writer}/wchan`, 'utf8')) ||
      / S /.test(readFileSync(`/proc/${writer}/stat`, 'utf8'));
    await eventually(blocked);
    const memory = Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${ranks.pid}/status`, 'utf8'))![1]);
    assert.ok(memory < 150_000, `${memory} KiB`);
    let last = '';
    for await (const piece of ranks.stdout as AsyncIterable<Buffer>) last = (last + String(piece)).slice(-20);
    assert.match(last, /\n\[0\] 5000000\n$/);
  });

  it('output of ranks that have ended to a late reader', async () => {
    const { stdout } = await finished([
      'sh',
      '-c',
      `${process.execPath} ${GOVERNOR} launch -q -n 1 -- seq 100000 | { sleep 2; tail -n 1; }`,
    ]);
    assert.equal(stdout, '[0] 100000\n');
  });

  it('nothing and ends if the reader goes away or the disk is full', async () => {
    const { stdout } = await finished([
      'sh',
      '-c',
      `${process.execPath} ${GOVERNOR} launch -q -n 2 -- yes | head -n 1`,
    ]);
    assert.match(stdout, /^\[[01]\] y\n$/);
    assert.equal(
      (await finished(['sh', '-c', `${process.execPath} ${GOVERNOR} launch -q -n 2 -- yes > /dev/full`])).status,
      2,
    );
  });
});
