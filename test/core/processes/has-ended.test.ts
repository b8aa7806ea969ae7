import assert from 'node:assert/strict';
import { hasEnded } from '../../../lib/core/processes/has-ended.js';

describe('a process', () => {
  it('has ended if it is a zombie without other threads', () => {
    for (const state of ['Z', 'X']) assert.ok(hasEnded({ state, threads: 1 }));
    assert.ok(hasEnded({ state: 'Z' }));
    assert.ok(hasEnded({ state: 'Z', threads: 0 }));
  });
  it('goes on if another of its threads does', () => assert.ok(!hasEnded({ state: 'Z', threads: 2 })));
  it('goes on in every other state', () => {
    for (const state of ['R', 'S', 'D', 'T', 't', 'I']) assert.ok(!hasEnded({ state, threads: 1 }));
  });
});
