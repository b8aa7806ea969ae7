import { becomeProgram } from './commands/exec.js';
import { launchRanks } from './commands/launch.js';
import { runProgram } from './commands/run.js';
import { main } from './main.js';
import { execSpec } from './specs/exec.js';
import { launchSpec } from './specs/launch.js';
import { runSpec } from './specs/run.js';

/** The commands that start a program: a smaller bundle, because the program waits for it to load. */
export const governor = (argv: readonly string[]): Promise<number> =>
  main(argv, [
    { spec: runSpec, load: async () => runProgram },
    { spec: launchSpec, load: async () => launchRanks },
    { spec: execSpec, load: async () => becomeProgram },
  ]);
