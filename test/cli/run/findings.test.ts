import assert from 'node:assert/strict';
import { join } from 'node:path';
import { audit } from '../../../lib/index.js';
import { GovernedRun, PROGRAMS } from '../../helpers/processes/governed.js';
import { PYTHON } from '../../helpers/shared.js';

describe('an audit of a governed program', () => {
  it('finds nothing', async () => {
    const run = new GovernedRun(['--reserve', '0'], [PYTHON, join(PROGRAMS, 'busy_threads.py'), '2', '1']);
    const { parent } = JSON.parse(await run.line()) as { parent: number };
    await run.said(/workers? on \d+ places?/);
    const { findings } = await audit(parent);
    assert.deepEqual(
      findings.filter(finding => finding.id !== 'launches-share-cpus'),
      [],
    ); // other tests confine programs at the same time
    await run.end();
  });
});
