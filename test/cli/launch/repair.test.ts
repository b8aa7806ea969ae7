import assert from 'node:assert/strict';
import { makeClaim, readClaims } from '../../../lib/system/claims/ledger.js';
import { eventually } from '../../helpers/processes/eventually.js';
import { affinitiesByTaskset, TWO_CPUS } from '../../helpers/processes/governed.js';
import { Launched } from '../../helpers/processes/launched.js';
import { finished } from '../../helpers/processes/run.js';

const [FIRST, SECOND] = TWO_CPUS as [number, number];

/** A launch of one rank that is then confined to the other CPU, once the rank runs. */
async function moved(...options: string[]): Promise<Launched> {
  const ranks = new Launched(
    ['-n', '1', '--enforce', '--verify=0.1', ...options],
    ['sh', '-c', 'echo $$; exec sleep 1000'],
  );
  const rank = Number(/\d+$/.exec((await ranks.lines(1))[0]!)![0]);
  assert.deepEqual(affinitiesByTaskset(rank), [[FIRST]]);
  assert.equal((await finished(['taskset', '-apc', String(SECOND), String(ranks.pid)])).status, 0);
  await eventually(() => affinitiesByTaskset(rank).join() === String(SECOND));
  return ranks;
}
const claimedBy = (ranks: Launched) =>
  readClaims()
    .filter(({ pid }) => pid === ranks.pid)
    .map(({ cpus }) => cpus);

describe('a rank that has lost its CPUs under governor launch --enforce', () => {
  it('gives them back, and claims others', async () => {
    assert.deepEqual(claimedBy(await moved()), [[SECOND]]);
  });
  it('shares CPUs that others have claimed if no others are left, and claims none', async () => {
    const { claim } = await makeClaim('a test', () => ({ cpus: [SECOND] }));
    try {
      assert.deepEqual(claimedBy(await moved()), [[]]);
    } finally {
      claim.close();
    }
  });
  it('claims none with --share', async () => assert.deepEqual(claimedBy(await moved('--share')), []));
});
