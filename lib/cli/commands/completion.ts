import type { CommandAction } from '../command.js';
import { bashCompletion } from '../docs/bash.js';
import { fishCompletion } from '../docs/fish.js';
import { zshCompletion } from '../docs/zsh.js';
import { output } from '../output.js';
import { SPECS } from '../specs/all.js';
import { SHELLS } from '../specs/completion.js';
import { oneOf } from '../values.js';

const SCRIPTS = { bash: bashCompletion, zsh: zshCompletion, fish: fishCompletion };

export const printCompletion: CommandAction = ([shell]) => {
  output.out(SCRIPTS[oneOf(SHELLS)(shell!, 'shell')](SPECS));
};
