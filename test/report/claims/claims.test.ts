import assert from 'node:assert/strict';
import { ledgerStatus } from '../../../lib/core/claims/ledger-status.js';
import type { ClaimRecord } from '../../../lib/core/claims/claim.js';
import type { Surroundings } from '../../../lib/core/claims/surroundings.js';
import type { Environment } from '../../../lib/core/environment.js';
import type { Host } from '../../../lib/core/machine/host.js';
import { holder, shortage, waitLine } from '../../../lib/report/claims/claims.js';
import { formatStatus } from '../../../lib/report/claims/status.js';
import { aClaim } from '../../helpers/claims.js';
import { madeHost } from '../../helpers/machine/hosts.js';

describe('the holders of CPUs, in one line', () => {
  it('what is wanted, what is free, who holds the rest, and what to do', () => {
    assert.equal(
      shortage({ free: [4, 5, 6], wanted: 8, holders: [aClaim({ cpus: [0, 1, 2, 3] })], ahead: [] }),
      '8 CPUs wanted, 3 are free (4-6); held: CPUs 0-3 by pid 4242 (alice, since 2026-11-23 09:31:05Z): ' +
        'governor run -- ./train; wait for them (--wait), request fewer, or share them (--share)',
    );
  });
  it('the exact CPUs if they were named', () =>
    assert.match(
      shortage({ free: [1], wanted: [0, 4], holders: [aClaim()], ahead: [] }),
      /^CPUs 0,4 wanted, 1 is free \(1\); held: CPU 0 by /,
    ));
  it('at most four holders', () => {
    const holders = [0, 1, 2, 3, 4, 5].map(cpu => aClaim({ cpus: [cpu] }));
    const line = shortage({ free: [], wanted: 1, holders, ahead: [] });
    assert.match(line, /^no CPU is free; held: CPU 0 by /);
    assert.match(line, /CPU 3 by .*; others by 2 more \(governor status lists them\); wait/);
  });
  it('omits what a record lacks, and escapes what it contains', () => {
    assert.equal(
      holder(aClaim({ pid: null, user: null, since: null, command: null })),
      'an unknown process (uid 1000)',
    );
    const line = holder(aClaim({ user: '\u001b]0;', command: `\n${'x'.repeat(500)}` }));
    assert.doesNotMatch(line, /[\n\u001b]/);
    assert.ok(line.length < 150);
  });
});

describe('governor status as text', () => {
  const text = (
    host: Host,
    claims: ClaimRecord[],
    around: Omit<Surroundings, 'ledger'>,
    ledger: string,
    environment: Environment,
  ) =>
    formatStatus(ledgerStatus(host, claims, { ...around, ledger }, environment))
      .split('\n')
      .map(line => line.replace(/ {2,}/g, ' | '));
  const machine = madeHost({ cores: 12, cpuset: '0-9' });
  const stranger = (pid: number, cpus: number[]) => ({
    pid,
    uid: 7,
    user: 'bob',
    command: 'mpirun ./wave',
    affinities: [cpus],
  });

  it('thousands of claims: the first ones are named, the others counted', () => {
    const name = (number: number) => number.toString(16).padStart(16, '0');
    const held = Array.from({ length: 5000 }, (_, i) => aClaim({ name: name(i), cpus: [0, 1], pid: i }));
    const waits = { ticket: 1, wanted: 1, among: [0] };
    const waiting = held.map(claim => aClaim({ ...claim, name: `f${claim.name.slice(1)}`, cpus: [], waiting: waits }));
    const lines = text(machine, [...held, ...waiting], { strangers: [], load: new Map() }, '/dev/shm/l', {});
    assert.match(lines[1]!, /^0-1 \| claimed \| pid 0 .*; pid 3 .*; and 4996 more \(--json lists them\)$/);
    assert.equal(lines.filter(line => /^ \| 1 \| 1 CPU \| 0 +\| pid /.test(line)).length, 20);
    assert.ok(lines.includes('and 4980 more (--json lists them)'));
    assert.ok(lines.every(line => line.length < 500));
  });
  it('neighbours with the same state share a row', () => {
    const load = new Map([
      [0, 0.99],
      [1, 0.5],
      [6, 0.9],
      [7, 0.02],
    ]);
    assert.deepEqual(
      text(machine, [aClaim({ cpus: [0, 1, 2, 3] })], { strangers: [stranger(77, [5])], load }, '/dev/shm/l', {}),
      [
        'CPUS | STATE | LOAD | BY',
        '0-3 | claimed | 50-99% | pid 4242 (alice, since 2026-11-23 09:31:05Z): governor run -- ./train',
        '4 | idle',
        '5 | pinned | pid 77 (bob): mpirun ./wave',
        '6 | busy | 90%',
        '7-9 | idle | 2%',
        '10-11 | idle | not allowed here',
        '',
        'free: 4-9 (6 of 12 online)',
        'ledger: /dev/shm/l',
      ],
    );
  });
  it('both claims if one contains the other; its own CPUs are free for a program inside', () => {
    const claims = [aClaim({ cpus: [0, 1] }), aClaim({ name: 'f'.repeat(16), cpus: [1], pid: 5 })];
    const lines = text(madeHost({ cores: 2 }), claims, { strangers: [], load: new Map() }, 'l', {
      GOVERNOR_CLAIM: claims[0]!.name,
    });
    assert.match(lines[2]!, /^1 \| claimed \| pid 4242 .*; pid 5 /);
    assert.equal(lines.at(-2), 'free: 0 (1 of 2 online)');
  });
  it('lists those that wait in order of arrival', () => {
    const waits = (ticket: number, pid: number, wanted: number | number[]) =>
      aClaim({ name: String(ticket).repeat(16), pid, cpus: [], waiting: { ticket, wanted, among: [0, 1] } });
    const claims = [aClaim({ cpus: [0, 1] }), waits(5, 11, [1]), waits(3, 12, 2)];
    assert.deepEqual(text(madeHost({ cores: 2 }), claims, { strangers: [], load: new Map() }, 'l', {}).slice(2, -3), [
      '',
      'POSITION | WAITS FOR | AMONG | BY',
      ' | 1 | 2 CPUs | 0-1 | pid 12 (alice, since 2026-11-23 09:31:05Z): governor run -- ./train',
      ' | 2 | CPU 1 | 0-1 | pid 11 (alice, since 2026-11-23 09:31:05Z): governor run -- ./train',
    ]);
  });
  it('names three strangers at a place', () => {
    const strangers = [1, 2, 3, 4, 5].map(pid => stranger(pid, [0]));
    const [, row, , free] = text(madeHost({ cores: 1 }), [], { strangers, load: new Map() }, 'l', {});
    assert.match(row!, /^0 \| pinned \| pid 1 .*; pid 2 .*; pid 3 [^;]*; 2 more pinned there$/);
    assert.equal(free, 'free: 0 (1 of 1 online)');
  });
});

describe('a program that waits for CPUs', () => {
  const now = Date.parse('2026-11-23T09:43:05.000Z');
  const holders = [0, 1, 2].map(pid => aClaim({ pid }));
  it('reports what it waits for, who holds it and for how long, and how many are ahead', () => {
    const ahead = [{ ...aClaim({ cpus: [] }), waiting: { ticket: 1, wanted: 2, among: [0, 1] } }];
    assert.equal(
      waitLine({ wanted: 2, holders: [aClaim()], ahead }, now),
      'waiting for 2 CPUs: held by pid 4242 (governor run -- ./train) for 12 min; 1 ahead of us',
    );
    assert.equal(waitLine({ wanted: [0, 4], holders: [], ahead }, now), 'waiting for CPUs 0,4: 1 ahead of us');
  });
  it('names two holders, and omits what a record lacks', () => {
    assert.match(waitLine({ wanted: 1, holders, ahead: [] }, now), /held by pid 0 .*, pid 1 .* and 1 more$/);
    const unknown = aClaim({ pid: null, command: null, since: null });
    assert.equal(
      waitLine({ wanted: 1, holders: [unknown], ahead: [] }, now),
      'waiting for 1 CPU: held by an unknown process',
    );
  });
  const times = [
    [8, '8 s'],
    [-3, '0 s'],
    [720, '12 min'],
    [10_800, '3 h'],
    [200_000, '2 days'],
  ] as const;
  for (const [seconds, text] of times) {
    it(`${seconds} seconds are ${text}`, () => {
      const since = new Date(now - 1000 * seconds).toISOString();
      assert.match(waitLine({ wanted: 1, holders: [aClaim({ since })], ahead: [] }, now), new RegExp(` for ${text}$`));
    });
  }
});
