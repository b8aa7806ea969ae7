import assert from 'node:assert/strict';
import type { PinVerification } from '../../../lib/core/launch/verification.js';
import { reportFile, VerificationLog, type GatheredRun } from '../../../lib/report/launch/report-file.js';

const verification = (threads: number, drifts: PinVerification['drifts'] = []): PinVerification => ({
  ranks: 1,
  threads,
  computing: 0,
  sharing: false,
  drifts,
});
const DRIFT: PinVerification['drifts'][number] = { kind: 'place-lost', rank: 0, place: [0, 1], lost: [1] };

describe('verifications of a report', () => {
  it('are those that found drift, and the last', () => {
    const log = new VerificationLog();
    for (const [i, drifts] of [[], [DRIFT], [], [DRIFT], []].entries()) log.add(`t${i}`, verification(i, drifts));
    assert.equal(log.count, 5);
    assert.deepEqual(
      log.kept().map(({ time, threads }) => [time, threads]),
      [
        ['t1', 1],
        ['t3', 3],
        ['t4', 4],
      ],
    );
  });
  it('none, if there was none', () => {
    assert.deepEqual(new VerificationLog().kept(), []);
  });
  it('stay bounded: the oldest go', () => {
    const log = new VerificationLog();
    for (let i = 0; i < 5000; i++) log.add(String(i), verification(i, [DRIFT]));
    assert.ok(log.kept().length <= 1000);
    assert.equal(log.kept().at(-1)!.threads, 4999);
    assert.equal(log.count, 5000);
  });
});

describe('the document of --report', () => {
  const gathered = {
    verb: 'run',
    command: ['true'],
    began: '2026-01-01T00:00:00.000Z',
    plan: { host: { cpus: [] }, budget: {}, kept: [], pinning: [], places: [[0]], variables: {} },
    verifications: new VerificationLog(),
    measured: null,
    lent: null,
    warnings: [{ kind: 'pin-failed', reason: 'of a reason' }],
    result: null,
    error: { code: 'HOST_UNREADABLE', message: 'a message' },
  } as unknown as GatheredRun;

  it('holds the plan without the machine, and warnings as text', () => {
    const file = reportFile(gathered, '1.2.3');
    assert.deepEqual(Object.keys(file.plan), ['budget', 'kept', 'pinning', 'places', 'variables']);
    assert.deepEqual([file.version, file.governor, file.verified], [1, '1.2.3', 0]);
    assert.equal(file.warnings[0]!.kind, 'pin-failed');
    assert.match(file.warnings[0]!.text, /of a reason/);
  });
  it('is JSON: nothing is lost as text', () => {
    const file = reportFile(gathered, '1.2.3');
    assert.deepEqual(JSON.parse(JSON.stringify(file)), file);
  });
});
