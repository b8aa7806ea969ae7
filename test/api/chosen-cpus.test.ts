import assert from 'node:assert/strict';
import { join } from 'node:path';
import { banner, budget, pinWorkers, places, readHost } from '../../lib/index.js';
import { affinitiesByTaskset, OBSERVERS, TWO_CPUS } from '../helpers/processes/governed.js';
import { badInputError } from '../helpers/property.js';

describe('GOVERNOR_CPUS in a program', () => {
  const last = TWO_CPUS[1]!;

  it('limits the places of pinWorkers, as taskset shows', async () => {
    process.env['GOVERNOR_CPUS'] = String(last);
    const pool = await pinWorkers(join(OBSERVERS, 'tell_affinity.mjs'), { kind: 'process' });
    try {
      assert.deepEqual(
        pool.workers.map(({ place }) => place),
        [[last]],
      );
      for (const { pid } of pool.workers) for (const held of affinitiesByTaskset(pid)) assert.deepEqual(held, [last]);
      assert.equal(pool.budget.workers, 1);
    } finally {
      await pool.close();
    }
  });

  it('limits readHost, budget, banner and places alike', async () => {
    process.env['GOVERNOR_CPUS'] = String(last);
    const host = readHost();
    assert.deepEqual(places(host, budget({ host }), 1), [[last]]);
    assert.match(await banner({ host }), /Worker Processes: 1 x/);
    assert.equal(readHost({ pid: process.pid }).limits.chosen, null, 'of another process nothing is known');
  });

  it('is refused if it leaves no CPU, and nothing is started', async () => {
    process.env['GOVERNOR_CPUS'] = '60000';
    await assert.rejects(
      pinWorkers(join(OBSERVERS, 'tell_affinity.mjs')),
      badInputError(/^invalid GOVERNOR_CPUS "60000"/),
    );
    assert.throws(() => budget(), badInputError(/^invalid GOVERNOR_CPUS /));
  });
});
