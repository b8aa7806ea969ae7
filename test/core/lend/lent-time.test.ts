import assert from 'node:assert/strict';
import { LentTimeline } from '../../../lib/core/lend/lent-time.js';

describe('the time line of loans', () => {
  it('adds up CPU-seconds, by parts of a second', () => {
    const timeline = new LentTimeline();
    for (let i = 0; i < 8; i++) timeline.add(i / 4, (i + 1) / 4, i < 4 ? 2 : 1);
    assert.deepEqual(timeline.result(), {
      seconds: 3,
      timeline: [
        { from: 0, to: 1, cpus: 2 },
        { from: 1, to: 2, cpus: 1 },
      ],
    });
  });
  it('has at most 600 parts, however long it is, and loses nothing', () => {
    const timeline = new LentTimeline();
    for (let i = 0; i < 10_000; i++) timeline.add(i, i + 1, 3);
    const { seconds, timeline: parts } = timeline.result();
    assert.equal(seconds, 30_000);
    assert.ok(parts.length <= 600 && parts.length > 250);
    assert.deepEqual([parts[0]!.from, parts.at(-1)!.to], [0, 10_000]);
    assert.ok(parts.every(({ cpus }, i) => cpus === 3 && (i === 0 || parts[i - 1]!.to === parts[i]!.from)));
  });
  it('is empty before anything was lent', () =>
    assert.deepEqual(new LentTimeline().result(), { seconds: 0, timeline: [] }));
});
