// What an audit does, and its parts.
import { audit } from '../../dist/lib/api/audit.js';
import { SIZE_VARIABLES } from '../../dist/lib/core/audit/libraries.js';
import { native } from '../../dist/lib/system/native.js';

export function readings(pid) {
  const census = async () => {
    await native.listProcesses();
    return native.sampleThreads([pid]);
  };
  return {
    census,
    /** with the census */
    owners: async () => native.readOwners([[pid, [...(await census()).tid]]], SIZE_VARIABLES),
    /** the whole: a window too short for more than two looks */
    audit: () => audit(pid, { window: 0.001 }),
    /** for comparison: a while on a CPU */
    nothing: async () => {
      for (const until = performance.now() + 1; performance.now() < until; ) {
        // busy
      }
    },
  };
}
