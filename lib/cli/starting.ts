import { execCommand } from './commands/exec.js';
import { launchCommand } from './commands/launch.js';
import { runCommand } from './commands/run.js';
import { main } from './main.js';

/** The command line of those commands that start a program, and that a program therefore waits for. */
export const governor = (argv: readonly string[]): Promise<number> =>
  main(argv, {
    run: async () => runCommand,
    launch: async () => launchCommand,
    exec: async () => execCommand,
  });
