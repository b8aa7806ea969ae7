import assert from 'node:assert/strict';
import fc from 'fast-check';
import { claimText, parseClaim } from '../../../lib/core/claims/claim.js';
import { holds } from '../../helpers/property.js';

const file = { name: '0123456789abcdef', uid: 1000, user: 'alice' };
const whole = {
  pid: 42,
  startTime: 7,
  command: 'governor run -- a',
  since: '2026-11-23T09:31:05.000Z',
  cpus: [0, 2],
  waiting: null,
};

describe('the record of a claim', () => {
  it('is read as it was written', () => {
    assert.deepEqual(parseClaim(claimText(whole), file), { ...file, ...whole });
    holds([fc.uniqueArray(fc.integer({ min: 0, max: 8191 })), fc.string()], (cpus, command) => {
      const sorted = cpus.sort((a, b) => a - b);
      assert.deepEqual(parseClaim(claimText({ ...whole, cpus: sorted, command }), file), {
        ...file,
        ...whole,
        cpus: sorted,
        command: command.slice(0, 1000),
      });
    });
  });

  it('is read with null for impossible values, except CPUs', () => {
    const lies = {
      cpus: [3, 1, 3],
      pid: -1,
      startTime: 'x',
      command: 5,
      since: 'yesterday',
      __proto__: null,
      constructor: 1,
    };
    assert.deepEqual(parseClaim(JSON.stringify(lies), file), {
      ...file,
      cpus: [1, 3],
      pid: null,
      startTime: null,
      command: null,
      since: null,
      waiting: null,
    });
  });

  it('holds what it waits for, as it was written', () => {
    for (const wanted of [3, [0, 5]]) {
      const claim = { ...whole, cpus: [], waiting: { ticket: 7, wanted, among: [0, 1, 5] } };
      assert.deepEqual(parseClaim(claimText(claim), file), { ...file, ...claim });
    }
    const good = { ticket: 7, wanted: 1, among: [0] };
    for (const bad of [{ ticket: -1 }, { ticket: 2 ** 50 }, { wanted: 'all' }, { among: [0.5] }, { among: null }]) {
      const text = JSON.stringify({ cpus: [], waiting: { ...good, ...bad } });
      assert.equal(parseClaim(text, file)?.waiting, null, text);
    }
  });

  it('is no claim without CPUs', () => {
    for (const text of [
      '',
      '{',
      'null',
      '7',
      '[]',
      '{}',
      '"cpus"',
      '{"cpus":"0-3"}',
      '{"cpus":[0.5]}',
      '{"cpus":[-1]}',
      '{"cpus":[1048577]}',
      '{"cpus":[null]}',
      '{"cpus":{"length":1,"0":1}}',
    ]) {
      assert.equal(parseClaim(text, file), null, text);
    }
  });

  it('may hold any bytes', () => {
    holds(
      [
        fc.oneof(
          fc.string(),
          fc.json(),
          fc
            .record({ cpus: fc.anything() })
            .map(
              value => JSON.stringify(value, (_, one: unknown) => (typeof one === 'bigint' ? String(one) : one)) ?? '',
            ),
        ),
      ],
      text => {
        const claim = parseClaim(text, file);
        if (claim) assert.ok(claim.cpus.every(cpu => Number.isInteger(cpu) && cpu >= 0));
      },
    );
  });
});
