import assert from 'node:assert/strict';
import type { RunWarning } from '../../lib/core/launch/run-warning.js';
import type { PinVerification } from '../../lib/core/launch/verification.js';
import { HeldPlaces } from '../../lib/runtime/held-places.js';
import { PinVerifier, type VerifyOptions } from '../../lib/runtime/pin-verifier.js';
import { onlyCpu, TWO_CPUS } from '../helpers/processes/governed.js';
import { started } from '../helpers/processes/printing.js';

const [FIRST, SECOND] = TWO_CPUS as [number, number];

describe('the verifier of pins', () => {
  /** Verifies a sleeping program that is pinned to the first CPU, but whose place is the second. */
  const verifying = async (
    options: VerifyOptions,
    onWarning?: (warning: RunWarning) => void,
    borrowed: readonly number[] = [],
  ) => {
    const { pid } = await started(['taskset', '-c', String(FIRST), 'sh', '-c', 'echo ready; read line']);
    const places = new HeldPlaces({ places: [[SECOND]], claim: null });
    const verifier = new PinVerifier({
      verifyAfter: 0,
      ...options,
      places,
      threadsPerWorker: 1,
      shared: () => false,
      borrowed: () => new Map([[pid, borrowed]]),
      onWarning,
    });
    verifier.started(7, pid, 0);
    return { pid, verifier };
  };

  it('reports a thread outside its place, and does not move it', async () => {
    let pid = 0;
    const verification = await new Promise<PinVerification>(resolve => {
      void verifying({ onVerified: resolve }).then(run => (pid = run.pid));
    });
    assert.deepEqual(verification.drifts, [
      { kind: 'outside-place', rank: 7, place: [SECOND], affinity: [FIRST], tids: [pid] },
    ]);
    assert.equal(onlyCpu(pid), FIRST);
  });
  it('finds nothing if the worker has borrowed that CPU', async () => {
    const verification = await new Promise<PinVerification>(resolve => {
      void verifying({ onVerified: resolve }, undefined, [FIRST]);
    });
    assert.deepEqual(verification.drifts, []);
  });
  it('with `enforce` moves the thread back, and finds nothing at the next verification', async () => {
    const seen: number[] = [];
    let run: Awaited<ReturnType<typeof verifying>> | undefined;
    await new Promise<void>(resolve => {
      const onVerified = ({ drifts }: PinVerification) => {
        seen.push(drifts.length);
        if (drifts.length === 0) resolve();
      };
      void verifying({ verifyEvery: 0, enforce: true, onVerified }).then(begun => (run = begun));
    });
    const { pid, verifier } = run!;
    verifier.stop();
    assert.equal(seen[0], 1);
    assert.equal(onlyCpu(pid), SECOND);
  });
  it('warns if it has to stop', async () => {
    const warning = await new Promise<RunWarning>(resolve => {
      const onVerified = () => {
        throw new Error('no more');
      };
      void verifying({ onVerified }, resolve);
    });
    assert.deepEqual(warning, { kind: 'not-verified', reason: 'no more' });
  });
});
