import { formatSavedPools, parseSavedPools, withPools, type SavedPool } from '../../core/resize/saved-pools.js';
import { isChange, type ProcessWish } from '../../core/resize/plan.js';
import type { ProcessIdentity } from '../../core/processes/records.js';
import { readBoot, SavedFiles } from '../processes/saved-files.js';

const FILES = new SavedFiles({ what: 'pool sizes', option: '--undo', writer: 'governor resize', suffix: '.pools' });

/**
 * Saves the sizes that pools have before they are resized, by their process.
 * @throws GovernorError NOT_SAVED
 */
export function savePools(wish: ProcessWish): void {
  const { pid, startTime } = wish;
  const pools = wish.wishes.filter(isChange).map(({ pool }) => pool);
  if (pools.length === 0) return;
  const text = formatSavedPools({ boot: readBoot(), pid, startTime, pools: withPools(loadPools(wish), pools) });
  FILES.save(wish, text, true);
}

/**
 * The pools of a process that were resized, and the sizes that they had first.
 * @throws GovernorError NOT_SAVED for a file that we cannot trust, or did not write
 */
export function loadPools(process: ProcessIdentity): readonly SavedPool[] {
  const saved = FILES.load(process, text => {
    const read = parseSavedPools(text);
    return read?.pid === process.pid && read.startTime === process.startTime ? read : null;
  });
  return saved?.pools ?? [];
}

export function forgetPools(process: ProcessIdentity): void {
  FILES.forget(process);
}
