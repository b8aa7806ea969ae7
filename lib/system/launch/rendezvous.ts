import { closeSync } from 'node:fs';
import type { LaunchRendezvous } from '../../core/launch/launch-plan.js';
import { native } from '../native.js';

/**
 * A free port of this machine, held until it is closed: others are not given it, and a rank that sets SO_REUSEADDR, as
 * torch does, may listen on it.
 */
export function holdRendezvous(): LaunchRendezvous & { close: () => void } {
  const { port, descriptor } = native.holdPort();
  return { address: '127.0.0.1', port, close: () => closeSync(descriptor) };
}
