import { FIX_FORMATS } from '../../report/audit/fix.js';
import { ENVIRONMENT_FORMATS } from '../../report/budget/environment.js';
import { integer, oneOf, positive } from '../values.js';
import type { Flag } from './flag.js';

export const format: Flag = {
  name: 'format',
  group: 'Output',
  value: 'FORMAT',
  help: `print the variables for ${ENVIRONMENT_FORMATS.join(', ')}`,
  default: 'shell',
  conflicts: ['json'],
  parse: oneOf(ENVIRONMENT_FORMATS),
  choices: ENVIRONMENT_FORMATS,
};

export const fixFormat: Flag = {
  name: 'fix-format',
  group: 'Output',
  value: 'FORMAT',
  help: `print only the fix, ready to paste: ${FIX_FORMATS.join(', ')}`,
  conflicts: ['json'],
  parse: oneOf(FIX_FORMATS),
  choices: FIX_FORMATS,
};

export const svg: Flag = {
  name: 'svg',
  group: 'Output',
  value: 'FILE',
  help: 'draw the machine into FILE instead; - is stdout',
  conflicts: ['json'],
  completes: 'file',
};

export const maxDemand: Flag = {
  name: 'max-demand',
  group: 'Output',
  value: 'N',
  help: 'also exit with 1 if CPUs wanted ÷ CPUs is above N',
  parse: positive,
};

export const maxRatio: Flag = {
  name: 'max-ratio',
  group: 'Output',
  value: 'N',
  help: 'also exit with 1 if threads ÷ CPUs is above N; sleeping threads count',
  parse: positive,
};

export const all: Flag = {
  name: 'all',
  short: 'a',
  group: 'Output',
  help: 'also list programs that fit their CPUs',
};

export const limit: Flag = {
  name: 'limit',
  group: 'Output',
  value: 'N',
  help: 'list at most N programs',
  parse: integer(1),
};
