import { Command } from 'commander';
import { banner } from '../../api/banner.js';
import { output } from '../output.js';
import { budgetOptions, givenHost, withFlags, type Flags } from '../flags.js';

export function bannerCommand(): Command {
  const command = new Command('banner').description(
    'print what a governed program would start with (the default command)',
  );
  return withFlags(command, 'budget', 'host').action(async (flags: Flags) => {
    output.out(await banner({ ...budgetOptions(flags), host: (await givenHost(flags)) ?? undefined }));
  });
}
