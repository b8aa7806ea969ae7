import type { CommandAction } from './command.js';
import { main } from './main.js';
import { SPECS } from './specs/all.js';

/** What each command does, loaded when it is given: what one command needs costs the others nothing. */
const ACTIONS: Readonly<Record<string, () => Promise<CommandAction>>> = {
  run: async () => (await import('./commands/run.js')).runProgram,
  launch: async () => (await import('./commands/launch.js')).launchRanks,
  exec: async () => (await import('./commands/exec.js')).becomeProgram,
  audit: async () => (await import('./commands/audit.js')).auditProgram,
  watch: async () => (await import('./commands/watch.js')).watchProgram,
  pin: async () => (await import('./commands/pin.js')).pinProgram,
  resize: async () => (await import('./commands/resize.js')).resizePools,
  ps: async () => (await import('./commands/ps.js')).listPrograms,
  budget: async () => (await import('./commands/budget.js')).printBudget,
  env: async () => (await import('./commands/env.js')).printEnvironment,
  status: async () => (await import('./commands/status.js')).printStatus,
  topology: async () => (await import('./commands/topology.js')).printTopology,
  banner: async () => (await import('./commands/banner.js')).printBanner,
  completion: async () => (await import('./commands/completion.js')).printCompletion,
};

/** The whole command line. */
export const governor = (argv: readonly string[]): Promise<number> =>
  main(
    argv,
    SPECS.map(spec => ({ spec, load: ACTIONS[spec.name]! })),
  );
