import { Option } from 'commander';
import { MOST_SECONDS, type SupervisionOptions } from '../runtime/supervision.js';
import type { VerifyOptions } from '../runtime/pin-verifier.js';
import { badInput } from '../errors.js';

export interface LifecycleFlags {
  restarts?: number;
  grace?: number;
  timeout?: number;
  verify?: number | true;
  enforce?: boolean;
}

const seconds = (flag: string) => (text: string) => {
  if (!/^\d{1,7}(\.\d+)?$/.test(text) || Number(text) > MOST_SECONDS)
    throw badInput(flag, text, `seconds up to ${MOST_SECONDS}, such as 10 or 0.5`);
  return Number(text);
};

/** Seconds between two verifications where none are given. */
const EVERY = 10;

/**
 * Options of commands that see programs through.
 * @param what one start is, all that runs, and what has places
 */
export function lifecycleFlags(what: { one: string; all: string; placed: string }): Option[] {
  return [
    new Option('--restarts <N>', `start ${what.one} again, so many times`).argParser((text: string) => {
      if (!/^\d{1,4}$/.test(text)) throw badInput('restarts', text, 'an integer from 0 to 9999');
      return Number(text);
    }),
    new Option('--timeout <SECONDS>', `end ${what.all} after that time; the exit status is 124`).argParser(
      seconds('timeout'),
    ),
    new Option('--grace <SECONDS>', 'from SIGTERM to SIGKILL where something is to be ended (default: 5)').argParser(
      seconds('grace'),
    ),
    new Option(
      '--verify [SECONDS]',
      `verify the ${what.placed} again every so many seconds (default: once, 2 seconds after the start; alone: every ${EVERY})`,
    ).argParser(seconds('--verify')),
    new Option('--enforce', 'mend what verification finds; with it --verify is on'),
  ];
}

export function lifecycleOf(flags: LifecycleFlags): SupervisionOptions & VerifyOptions {
  const every = flags.verify === true || (flags.verify === undefined && flags.enforce) ? EVERY : flags.verify;
  return {
    restarts: flags.restarts,
    timeout: flags.timeout,
    enforce: flags.enforce,
    verifyEvery: every || undefined,
    grace: flags.grace,
  };
}
