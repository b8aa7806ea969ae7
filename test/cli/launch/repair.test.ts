import assert from 'node:assert/strict';
import { makeClaim, readClaims } from '../../../lib/system/claims/ledger.js';
import { eventually } from '../../helpers/processes/eventually.js';
import { affinitiesByTaskset, TWO_CPUS } from '../../helpers/processes/governed.js';
import { Launched } from '../../helpers/processes/launched.js';
import { finished } from '../../helpers/processes/run.js';

const [FIRST, SECOND] = TWO_CPUS as [number, number];

/** A launch of one rank that is then allowed the other CPU alone, when its rank is there. */
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

describe('governor launch --enforce: a rank that has lost its CPUs', () => {
  it('releases them, and claims others', async () => {
    assert.deepEqual(claimedBy(await moved()), [[SECOND]]);
  });
  it("shares somebody else's CPUs if no others are left, and claims none", async () => {
    const { claim } = await makeClaim('a test', () => ({ cpus: [SECOND] }));
    try {
      assert.deepEqual(claimedBy(await moved()), [[]]);
    } finally {
      claim.close();
    }
  });
  it('--share claims none', async () => assert.deepEqual(claimedBy(await moved('--share')), []));
});
