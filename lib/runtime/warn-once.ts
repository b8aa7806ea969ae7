import type { RunWarning } from '../core/launch/run-warning.js';

/** Passes on the first warning of each kind. */
export function warnOnce(onWarning: ((warning: RunWarning) => void) | undefined): (warning: RunWarning) => void {
  const warned = new Set<RunWarning['kind']>();
  return warning => {
    if (warned.has(warning.kind)) return;
    warned.add(warning.kind);
    onWarning?.(warning);
  };
}
