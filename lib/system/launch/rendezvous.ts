import { closeSync } from 'node:fs';
import type { LaunchRendezvous } from '../../core/launch/launch-plan.js';
import { native } from '../native.js';
import { cannot, onOsError } from '../os-errors.js';

/**
 * Holds a free port of this machine until it is closed. No one else is given the port, but a rank that sets
 * SO_REUSEADDR, as torch does, may listen on it.
 */
export function holdRendezvous(): LaunchRendezvous & { close: () => void } {
  const { port, descriptor } = onOsError(
    () => native.holdPort(),
    error => {
      throw cannot('hold a port for the ranks', error);
    },
  );
  return { address: '127.0.0.1', port, close: () => closeSync(descriptor) };
}
