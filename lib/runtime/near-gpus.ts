import type { NearDevice } from '../core/machine/gpu.js';
import type { Host } from '../core/machine/host.js';
import type { RunWarning } from '../core/launch/measured.js';
import type { Environment } from '../core/environment.js';
import { withVisibleGpus } from '../core/machine/visible-gpus.js';

/**
 * Where places are to be near to GPUs, the machine with those alone that programs of this environment see.
 * @param onWarning told where a variable cannot be followed: then all GPUs count
 * @throws GovernorError BAD_INPUT where they see none
 */
export function hostNear(
  host: Host,
  near: NearDevice | undefined,
  environment: Environment,
  onWarning?: (warning: RunWarning) => void,
): Host {
  if (near === undefined || host.gpus.length === 0) return host;
  const { host: seen, unresolved } = withVisibleGpus(host, environment);
  if (unresolved) onWarning?.({ kind: 'gpus-unresolved', ...unresolved });
  return seen;
}
