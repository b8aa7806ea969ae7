import { banner } from '../../api/banner.js';
import type { CommandAction } from '../command.js';
import { budgetOptions, givenHost } from '../options.js';
import { output } from '../output.js';

export const printBanner: CommandAction = async (_, flags) => {
  output.out(await banner({ ...budgetOptions(flags), host: (await givenHost(flags)) ?? undefined }));
};
