import type { CommandSpec } from './spec.js';

export const SHELLS = ['bash', 'zsh', 'fish'] as const;

export const completionSpec: CommandSpec = {
  name: 'completion',
  summary: 'print a script that completes commands, options and values in a shell',
  argument: { name: 'SHELL', help: SHELLS.join(', '), choices: SHELLS },
  flags: [],
  examples: [
    ['source <(governor completion bash)', 'in ~/.bashrc'],
    ['source <(governor completion zsh)', 'in ~/.zshrc, after compinit'],
    ['governor completion fish >~/.config/fish/completions/governor.fish'],
  ],
  exitStatus: [
    ['0', 'printed'],
    ['2', 'bad input'],
  ],
};
