import { integer, period } from '../values.js';
import type { Flag } from './flag.js';

export const window: Flag = {
  name: 'window',
  group: 'Sampling',
  value: 'SECONDS',
  help: 'sample the threads for SECONDS',
  default: '1',
  parse: period,
};

export const interval: Flag = {
  name: 'interval',
  group: 'Sampling',
  value: 'SECONDS',
  help: 'sample the threads again every SECONDS',
  default: '1',
  parse: period,
};

export const samples: Flag = {
  name: 'samples',
  group: 'Sampling',
  value: 'N',
  help: 'stop after N samples',
  default: 'when the program ends',
  parse: integer(1),
};
