import { replaceProcess } from '../../api/replace-process.js';
import { keptVariable, sharedPlace } from '../../report/warnings.js';
import type { CommandAction } from '../command.js';
import { warn } from '../messages.js';
import { startOptions } from '../options.js';

export const becomeProgram: CommandAction = (words, flags) => {
  const { workers: _, share: __, ...options } = startOptions(flags);
  replaceProcess(words, {
    ...options,
    cpus: flags.cpus,
    rank: flags.rank,
    onKept: variable => warn(keptVariable(variable)),
    onShared: place => warn(sharedPlace(place)),
  });
};
