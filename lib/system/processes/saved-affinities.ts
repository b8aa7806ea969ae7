import { formatSaved, parseSaved, type SavedTree } from '../../core/processes/saved-affinities.js';
import type { ProcessIdentity } from '../../core/processes/records.js';
import { SavedFiles } from './saved-files.js';

const FILES = new SavedFiles({ what: 'affinities', option: '--restore', writer: 'governor pin', suffix: '' });

/**
 * Saves the affinities of a tree, for a later restore by the same user. If some are saved already, those stay.
 * @throws GovernorError NOT_SAVED
 */
export function saveAffinities(root: ProcessIdentity, saved: SavedTree): void {
  FILES.save(root, formatSaved(saved));
}

/**
 * The saved affinities of a tree, by its root; null if none were saved since the machine booted.
 * @throws GovernorError NOT_SAVED for a file that we cannot trust, or did not write
 */
export function loadAffinities(root: ProcessIdentity): SavedTree | null {
  return FILES.load(root, text => {
    const saved = parseSaved(text);
    const first = saved?.processes[0];
    return first?.pid === root.pid && first.startTime === root.startTime ? saved : null;
  });
}

export function forgetAffinities(root: ProcessIdentity): void {
  FILES.forget(root);
}
