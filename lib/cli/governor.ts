import { main, type Commands } from './main.js';

/** Loaded when it is asked for: what one command needs costs the others nothing. */
const COMMANDS: Commands = {
  banner: async () => (await import('./commands/banner.js')).bannerCommand,
  run: async () => (await import('./commands/run.js')).runCommand,
  launch: async () => (await import('./commands/launch.js')).launchCommand,
  exec: async () => (await import('./commands/exec.js')).execCommand,
  audit: async () => (await import('./commands/audit.js')).auditCommand,
  watch: async () => (await import('./commands/watch.js')).watchCommand,
  pin: async () => (await import('./commands/pin.js')).pinCommand,
  ps: async () => (await import('./commands/ps.js')).psCommand,
  budget: async () => (await import('./commands/budget.js')).budgetCommand,
  env: async () => (await import('./commands/env.js')).envCommand,
  status: async () => (await import('./commands/status.js')).statusCommand,
  topology: async () => (await import('./commands/topology.js')).topologyCommand,
};

/** The whole command line. */
export const governor = (argv: readonly string[]): Promise<number> => main(argv, COMMANDS);
