import assert from 'node:assert/strict';
import { lendVariables } from '../../../lib/core/lend/variables.js';

const variables = (environment: Record<string, string>) => lendVariables('/page', '/lend.so', environment);

describe('the variables of a program that borrows CPUs', () => {
  it('name the page and the library, and let threads spin only briefly', () => {
    assert.deepEqual(variables({}), {
      GOVERNOR_LEND: '/page',
      LD_PRELOAD: '/lend.so',
      OPENBLAS_THREAD_TIMEOUT: '18',
      GOMP_SPINCOUNT: '1000',
      KMP_BLOCKTIME: '1',
    });
  });
  it('leave what the user has set', () => {
    const set = variables({ LD_PRELOAD: 'a.so:b.so', OPENBLAS_THREAD_TIMEOUT: '26', OMP_WAIT_POLICY: 'active' });
    assert.deepEqual(set, { GOVERNOR_LEND: '/page', LD_PRELOAD: 'a.so:b.so:/lend.so' });
  });
});
