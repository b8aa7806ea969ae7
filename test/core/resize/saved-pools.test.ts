import assert from 'node:assert/strict';
import { formatSavedPools, parseSavedPools, withPools } from '../../../lib/core/resize/saved-pools.js';

const POOL = { module: '/opt/a b/libgomp\n.so.1', address: 140_000_000_000_000, threads: 4 };
const SAVED = { boot: '12ab-34', pid: 42, startTime: 4711, pools: [POOL] };

describe('saved sizes of pools', () => {
  it('are read as they were written, whatever the file is called', () => {
    assert.deepEqual(parseSavedPools(formatSavedPools(SAVED)), SAVED);
  });
  const damaged: [string, string][] = [
    ['an empty text', ''],
    ['a text that was cut off', formatSavedPools(SAVED).slice(0, -5)],
    ['another version', formatSavedPools(SAVED).replace('pools 1', 'pools 2')],
    ['a size of 0', formatSavedPools({ ...SAVED, pools: [{ ...POOL, threads: 0 }] })],
    ['an address below 0', formatSavedPools({ ...SAVED, pools: [{ ...POOL, address: -8 }] })],
    ['a name that is no text', formatSavedPools(SAVED).replace('%0A', '%ff')],
  ];
  for (const [what, text] of damaged) {
    it(`are none in ${what}`, () => assert.equal(parseSavedPools(text), null));
  }
  it('stay those from before the first of several resizes', () => {
    const live = { kind: 1, width: 4, tid: 0, most: 0 };
    const second = { ...POOL, address: 8, threads: 2 };
    assert.deepEqual(
      withPools(
        [POOL],
        [
          { ...live, ...POOL, threads: 1 },
          { ...live, ...second },
        ],
      ),
      [POOL, second],
    );
  });
});
