import type { NearDevice } from '../core/machine/gpu.js';
import type { Host } from '../core/machine/host.js';
import type { RunWarning } from '../core/launch/run-warning.js';
import type { Environment } from '../core/environment.js';
import { withVisibleGpus } from '../core/machine/visible-gpus.js';

/**
 * If places are to be near GPUs, the host with only the GPUs that programs with this environment can use.
 * @param onWarning called if a variable names GPUs that cannot be identified, so that all GPUs count
 * @throws GovernorError BAD_INPUT if the programs can use no GPU
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
