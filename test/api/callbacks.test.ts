import assert from 'node:assert/strict';
import { Writable } from 'node:stream';
import { launch, run, type LaunchOptions } from '../../lib/index.js';
import { eventually } from '../helpers/processes/eventually.js';
import { childrenOf } from '../helpers/processes/launched.js';

const FAILED = new Error('a callback failed');
const fails = () => {
  throw FAILED;
};
const rejects = () => Promise.reject(FAILED);

/** The call rejects with that error, and leaves no process. */
async function ends(call: Promise<unknown>, error: unknown = FAILED): Promise<void> {
  await assert.rejects(call, thrown => thrown === error);
  await eventually(() => childrenOf(process.pid).every(pid => pid === 0));
}

describe('a callback that throws ends everything, and the call rejects with its error', () => {
  const forever = ['sleep', '1000'];
  const options = { share: true, grace: 1 };

  for (const [name, callback] of [
    ['throws', fails],
    ['rejects', rejects],
  ] as const) {
    it(`launch: onRank ${name}`, () => ends(launch(forever, { ...options, workers: 2, onRank: callback })));
    it(`launch: onPlan ${name}`, () => ends(launch(forever, { ...options, workers: 1, onPlan: callback })));
    it(`launch: onVerified ${name}`, () =>
      ends(launch(forever, { ...options, workers: 1, verifyAfter: 0, onVerified: callback })));
    it(`run: onRank ${name}`, () => ends(run(forever, { ...options, onRank: callback })));
    it(`run: onWorker ${name}`, () =>
      ends(run(['sh', '-c', 'sleep 1000 & sleep 1000'], { ...options, onWorker: callback })));
  }
  it('launch: onRank at the end of a rank', () =>
    ends(launch(['true'], { ...options, workers: 1, onRank: event => void (event.event === 'exit' && fails()) })));
  it("the caller's own signal still aborts", () => {
    const controller = new AbortController();
    const reason = new Error('the caller has aborted');
    const onRank: LaunchOptions['onRank'] = () => controller.abort(reason);
    return ends(launch(forever, { ...options, workers: 1, signal: controller.signal, onRank }), reason);
  });
  it('a stream for output that fails is reported', async () => {
    const stdout = new Writable({ write: (_chunk, _encoding, done) => done(new Error('the stream is broken')) });
    const call = launch(['echo', 'lost'], { ...options, workers: 1, output: { prefix: () => '', stdout } });
    await assert.rejects(call, { code: 'OUTPUT_LOST', message: /the stream is broken/ });
  });
});

describe('a word with NUL', () => {
  it('is refused, because the program would get only a part of it', async () => {
    await assert.rejects(run(['echo', 'a\0b']), { code: 'BAD_INPUT' });
    await assert.rejects(launch(['echo', 'a\0b']), { code: 'BAD_INPUT' });
  });
});
