import { integer, period, seconds } from '../values.js';
import type { Flag } from './flag.js';

/** Seconds between two verifications if none are given. */
const VERIFY_EVERY = 10;

const restarts: Flag = {
  name: 'restarts',
  group: 'Lifecycle',
  value: 'N',
  help: 'restart a program or rank that fails, up to N times',
  default: '0',
  parse: integer(0, 9999),
};

const timeout: Flag = {
  name: 'timeout',
  group: 'Lifecycle',
  value: 'SECONDS',
  help: 'terminate everything that was started after SECONDS; the exit status is 124',
  parse: seconds,
};

const grace: Flag = {
  name: 'grace',
  group: 'Lifecycle',
  value: 'SECONDS',
  help: 'seconds between SIGTERM and SIGKILL',
  default: '5',
  parse: seconds,
};

const verify: Flag = {
  name: 'verify',
  group: 'Lifecycle',
  value: 'SECONDS',
  bare: String(VERIFY_EVERY),
  help: `check affinities every SECONDS (no value: ${VERIFY_EVERY}), not only once after the start`,
  option: 'verifyEvery',
  parse: period,
};

const enforce: Flag = {
  name: 'enforce',
  group: 'Lifecycle',
  help: 'repair what verification finds; implies --verify',
  implies: () => ({ verify: VERIFY_EVERY }),
};

export const LIFECYCLE: readonly Flag[] = [restarts, timeout, grace, verify, enforce];

export const keepGoing: Flag = {
  name: 'keep-going',
  group: 'Lifecycle',
  help: 'let the other ranks continue if one fails',
};

export const dryRun: Flag = {
  name: 'dry-run',
  group: 'Lifecycle',
  help: 'print what would be done, such as who would get which CPUs; start, change and claim nothing',
};
