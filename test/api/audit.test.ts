import assert from 'node:assert/strict';
import { audit } from '../../lib/index.js';
import { badInputError } from '../helpers/property.js';
import { started } from '../helpers/processes/printing.js';

describe('audit rejects', () => {
  it('if the process ends during the audit', async () => {
    const { child, pid } = await started(['sh', '-c', 'echo ready; read line']);
    const audited = audit(pid, { window: 1 });
    child.stdin!.end();
    await assert.rejects(audited, {
      code: 'NO_SUCH_PROCESS',
      message: new RegExp(`^pid ${pid} ended .*; audit it while it `),
    });
  });
  it('at once when it is aborted', async () => {
    const abort = new AbortController();
    const audited = audit(process.pid, { window: 3600, signal: abort.signal });
    abort.abort();
    await assert.rejects(audited, { name: 'AbortError' });
  });
  it('a window that is not above 0 and at most 3600 seconds', async () => {
    for (const window of [0, -1, NaN, 3601])
      await assert.rejects(audit(process.pid, { window }), badInputError(/^invalid window .*: expected seconds/));
  });
});
