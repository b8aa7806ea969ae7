// An audit, and its parts.
import { audit } from '../../dist/lib/api/audit.js';
import { SIZE_VARIABLES } from '../../dist/lib/core/audit/libraries.js';
import { readOwners } from '../../dist/lib/system/audit/read-owners.js';
import { native } from '../../dist/lib/system/native.js';

export function readings(pid) {
  const census = async () => {
    await native.listProcesses();
    return native.sampleThreads([pid]);
  };
  return {
    census,
    /** including the census */
    owners: async () => readOwners([[pid, [...(await census()).tid]]], SIZE_VARIABLES),
    /** all of it, with a window too short for more than two samples */
    audit: () => audit(pid, { window: 0.001 }),
    /** for comparison: a millisecond on a CPU */
    nothing: async () => {
      for (const until = performance.now() + 1; performance.now() < until; ) {
        // busy
      }
    },
  };
}
