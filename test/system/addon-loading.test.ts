import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { Worker } from 'node:worker_threads';
import { PROJECT } from '../helpers/shared.js';
import { times } from '../helpers/times.js';

const TIMES = times(50);
const LOADS_FOR_EVER = `
  const { parentPort, workerData } = require('node:worker_threads');
  parentPort.postMessage('started');
  for (;;) {
    require(workerData);
    delete require.cache[workerData];
  }`;

describe('a worker thread that loads the addon', () => {
  const addon = (createRequire(import.meta.url)('node-gyp-build') as { resolve(root: string): string }).resolve(
    PROJECT,
  );

  it(`can be terminated at any moment of it, ${TIMES} times`, async () => {
    for (let time = 0; time < TIMES; time++) {
      const worker = new Worker(LOADS_FOR_EVER, { eval: true, workerData: addon });
      await once(worker, 'message');
      await new Promise(resolve => setTimeout(resolve, Math.random() * 5));
      assert.equal(await worker.terminate(), 1);
    }
  });
});
