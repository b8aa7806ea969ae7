import { MOST_WORKERS } from '../../core/budget/budget.js';
import { ranks } from '../values.js';
import type { Flag } from './flag.js';

export const quiet: Flag = { name: 'quiet', short: 'q', group: 'Output', help: 'print warnings only' };

export const noPrefix: Flag = {
  name: 'no-prefix',
  group: 'Output',
  help: 'pass output through unchanged, without the rank before each line',
};

export const quietRanks: Flag = {
  name: 'quiet-ranks',
  group: 'Output',
  value: 'RANKS',
  bare: `1-${MOST_WORKERS - 1}`,
  help: "hide these ranks' output, e.g. 1-3 (no value: all but rank 0)",
  parse: ranks,
};

export const logDir: Flag = {
  name: 'log-dir',
  group: 'Output',
  value: 'DIR',
  help: 'also write the output of each rank to DIR/rank-N.log',
  option: 'output.logDirectory',
  completes: 'directory',
};

export const report: Flag = {
  name: 'report',
  group: 'Output',
  value: 'FILE',
  help: 'write the plan, the verifications and the result to FILE, as JSON, at the end',
  completes: 'file',
};

export const json: Flag = { name: 'json', group: 'Output', help: 'print JSON' };
