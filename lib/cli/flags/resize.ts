import { MOST_POOL_THREADS } from '../../core/resize/plan.js';
import { RESIZABLE } from '../../core/resize/resizable.js';
import type { Flag } from './flag.js';
import { dryRun } from './lifecycle.js';
import { integer } from '../values.js';

const threads: Flag = {
  name: 'threads',
  group: 'Budget',
  value: 'N',
  help: 'give each pool N threads, the calling one included',
  conflicts: ['budget', 'undo'],
  parse: integer(1, MOST_POOL_THREADS),
};

const budget: Flag = {
  name: 'budget',
  group: 'Budget',
  help: 'give the pools of each worker the threads that the budget has for it',
  conflicts: ['undo'],
};

const library: Flag = {
  name: 'library',
  group: 'Budget',
  value: 'NAME',
  help: 'only the pools of this library',
  conflicts: ['undo'],
  choices: RESIZABLE,
};

const undo: Flag = {
  name: 'undo',
  group: 'Lifecycle',
  help: 'give all pools the sizes back that they had before the first resize',
};

export const otherUsers: Flag = {
  name: 'other-users',
  group: 'Lifecycle',
  help: 'as root, also resize pools in processes of other users',
};

export const apply: Flag = {
  name: 'apply',
  group: 'Lifecycle',
  help: 'do what can be done while the program runs: resize its pools, spread its workers; then audit again',
  conflicts: ['fix-format'],
};

export const RESIZE: readonly Flag[] = [threads, budget, library, undo, otherUsers, dryRun];
