import assert from 'node:assert/strict';
import type { ProgramRecord } from '../../../lib/core/audit/program-demand.js';
import { formatPrograms } from '../../../lib/report/audit/ps.js';

const record = (told: Partial<ProgramRecord> = {}): ProgramRecord => ({
  pid: 4242,
  startTime: 1,
  uid: 1000,
  user: 'ada',
  command: 'python3',
  commandLine: ['python3', 'train.py', '--name', 'a b'],
  processes: 12,
  threads: 56,
  wanted: 55.04,
  verdict: 'thrashing',
  demand: 4.587,
  ratio: 4.67,
  run: 12,
  wait: 43,
  cpus: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11],
  effectiveCpus: 12,
  sliceMs: 0.1,
  hottest: null,
  throttled: null,
  ...told,
});
const IDLE = record({
  pid: 7,
  uid: 65534,
  user: null,
  command: 'node',
  commandLine: [],
  processes: 1,
  threads: 24,
  wanted: 0,
  demand: 0,
  ratio: 2,
  verdict: 'idle',
});
const plain = (shown: ProgramRecord[], all = shown, width = 160) =>
  formatPrograms(shown, all, width, (_, text) => text);

describe('programs as text', () => {
  it('one line each, and a summary', () => {
    assert.equal(
      plain([record(), IDLE], [record(), IDLE, record({ demand: 0.1, ratio: 0.5, verdict: 'fine', wanted: 1 })]),
      [
        ' PID  USER   PROCESSES  THREADS  WANTED  DEMAND  RATIO  CPUS  VERDICT    COMMAND',
        "4242  ada           12       56    55.0    4.59    4.7  0-11  thrashing  python3 train.py --name 'a b'",
        '   7  65534          1       24     0.0    0.00    2.0  0-11  idle       node',
        '1 of 3 programs wants more CPUs than it may use; 56.0 CPUs wanted in total',
      ].join('\n'),
    );
  });
  it('no program', () => {
    assert.equal(
      plain([], [IDLE]),
      'no program is over-subscribed (1 checked); 0.0 CPUs wanted in total; 1 more not shown',
    );
    assert.equal(plain([]), 'no program is over-subscribed (0 checked); 0.0 CPUs wanted in total');
  });
  it('several programs', () =>
    assert.match(plain([record(), record()]), /\n2 of 2 programs want more CPUs than they may use; /));
  it('command lines end where the line ends', () => {
    const lines = plain([record({ commandLine: ['python3', 'x'.repeat(500)] })], undefined, 100).split('\n');
    assert.equal(lines[1]!.length, 100);
    assert.ok(lines[1]!.endsWith('xx…'));
    assert.match(
      plain([record({ commandLine: ['abcdefghijklmnopqrstuvwxyz'] })], undefined, 20),
      / abcdefghijklmno…\n/,
    );
  });
  it('a title written over a command line, without the empty words after it', () => {
    assert.match(plain([record({ commandLine: ['npm test', '', ''] })]), / 'npm test'\n/);
    assert.match(plain([record({ commandLine: ['', ''] })]), / python3\n/);
  });
  it('long names and cpulists are cut', () => {
    const text = plain([record({ user: 'a'.repeat(40), cpus: Array.from({ length: 40 }, (_, i) => i * 2) })]);
    assert.match(text, / a{15}… .* 0,2,4,6,8,10,12… /);
  });
  it('a bad verdict is painted', () => {
    const painted = formatPrograms([record(), IDLE], [record(), IDLE], 160, (style, text) => `<${style}>${text}</>`);
    assert.match(painted, /<red>thrashing<\/>/);
    assert.match(painted, / idle /);
    assert.match(painted, /^<red>1<\/> of 2 programs/m);
  });
  it("a process's name never reaches the terminal raw", () => {
    const evil = '\u001b]0;owned\u0007\u009b2J\u202e\r\n';
    for (const told of [{ command: evil, commandLine: [] }, { commandLine: [evil, 'x'] }, { user: evil }]) {
      const text = plain([record(told)]);
      assert.doesNotMatch(text.replaceAll('\n', ''), /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
      assert.equal(text.split('\n').length, 3);
    }
  });
});
