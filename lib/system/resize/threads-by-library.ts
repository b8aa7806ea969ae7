import { ownersOf } from '../../core/audit/owner.js';
import type { ThreadsOfProcesses } from '../../core/processes/records.js';
import { readOwners } from '../audit/read-owners.js';

/**
 * How many threads each library has started in each process.
 * @throws the signal's reason, at once; GovernorError LIMIT_REACHED
 */
export async function threadsByLibrary(
  threads: ThreadsOfProcesses,
  signal?: AbortSignal,
): Promise<Map<number, Map<string, number>>> {
  const records = await readOwners(threads, [], signal);
  return new Map(
    records.map(record => {
      const counts = new Map<string, number>();
      for (const { library } of ownersOf(record, new Map()).values())
        counts.set(library, (counts.get(library) ?? 0) + 1);
      return [record.pid, counts];
    }),
  );
}
