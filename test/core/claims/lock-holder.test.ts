import assert from 'node:assert/strict';
import { flockHolder, holderText } from '../../../lib/core/claims/lock-holder.js';

const LOCKS = `1: FLOCK  ADVISORY  WRITE 4242 00:1a:77 0 EOF
1: -> FLOCK  ADVISORY  WRITE 4243 00:1a:77 0 EOF
2: OFDLCK ADVISORY  WRITE -1 00:1a:78 0 EOF
3: FLOCK  ADVISORY  READ  4244 00:1a:79 0 EOF
4: POSIX  ADVISORY  WRITE 4245 08:02:80 128 128
5: FLOCK  ADVISORY  WRITE 4246 103:45678:81 0 EOF
`;

describe('who holds a lock, by /proc/locks', () => {
  const holder = (dev: number, ino: number) => flockHolder(LOCKS, { dev, ino });
  it('is the process of an exclusive flock on that file, and none that waits for it', () =>
    assert.equal(holder(0x1a, 77), 4242));
  it('is nobody for another file, another kind of lock or a shared one', () => {
    for (const [dev, ino] of [
      [0x1b, 77],
      [0x1a, 7],
      [0x1a, 78],
      [0x1a, 79],
      [0x802, 80],
    ] as const)
      assert.equal(holder(dev, ino), null);
    assert.equal(flockHolder('', { dev: 1, ino: 1 }), null);
  });
  it('is found on devices with large numbers', () => {
    const dev = (0x103 << 8) | 0x78 | (0x456 << 20);
    assert.equal(holder(dev, 81), 4246);
  });
  it('is named, and whether it is stopped', () => {
    assert.equal(holderText({ pid: 7, program: 'train', stopped: false }), 'pid 7 (train)');
    assert.equal(holderText({ pid: 7, program: 'train', stopped: true }), 'pid 7 (train, which is stopped)');
    assert.equal(
      holderText({ pid: 7, program: null, stopped: false }),
      'pid 7 (which has ended: what it has started holds it)',
    );
    assert.equal(holderText(null), 'a process that /proc does not show');
  });
});
