import type { CommandSpec } from './spec.js';

/** What is said of the whole command line. */
export const OVERVIEW: Pick<CommandSpec, 'summary' | 'examples' | 'exitStatus'> = {
  summary: 'Prevents CPU over-subscription: fits workers to CPUs, gives each one library thread, and pins it.',
  examples: [
    ['governor run -- python3 train.py', 'run a pool with governed threads and pinned workers'],
    ['governor audit 4242', 'is this program over-subscribed, and how to fix it'],
    ['governor watch 4242', 'the same, live'],
    ['governor pin 4242', 'pin its workers while it runs; --restore undoes it'],
    ['governor resize --threads 1 4242', 'one thread for each of its pools, while it runs; --undo undoes it'],
    ['governor ps', 'which programs of this machine are over-subscribed'],
    ['eval "$(governor env)"', 'only set the variables, in this shell'],
    ['governor status', 'who holds which CPUs, and which are free'],
    ['governor topology', 'the machine as this process sees it'],
  ],
  exitStatus: [
    ['0', 'done; audit and ps: nothing is over-subscribed'],
    ['1', 'audit, ps: over-subscribed; also an internal error, with a stack trace'],
    ['2', 'bad input, or it could not be done'],
    ['124', 'run, launch: --timeout ended the program'],
    ['126, 127', 'run, launch, exec: the program cannot be executed, or was not found'],
    ['any', "run, launch, exec: the program's own"],
  ],
};

/** Placeholders of values, and what they take. */
export const VALUES: readonly (readonly [placeholder: string, meaning: string])[] = [
  ['N, K, CPUS', 'an integer; --workers also takes auto, which is the default'],
  ['SIZE', 'bytes, or a number with K, M, G or T, and B or iB: 512M, 1.5GiB. Units are powers of 1024'],
  ['SECONDS', 'a decimal number: 10, 0.5. --window, --interval and --verify take up to 3600, above 0'],
  ['LIST', 'CPUs as taskset writes them: 0-3,8, or 0-10:2'],
  ['RANKS', 'ranks in the same form: 1-3,8'],
  ['I/N', 'rank I of N, counted from 0: 0/4'],
  ['[=VALUE]', 'the value may be left out, and is only ever joined by =, so that the next word is never taken for it'],
];

/** Variables that governor reads. */
export const ENVIRONMENT: readonly (readonly [name: string, meaning: string])[] = [
  ['GOVERNOR_CPUS', 'CPUs to use, as a list: 0-3,8. A limit like a cpuset; audit and watch ignore it'],
  ['GOVERNOR_LEDGER', 'directory of the claims (default: /dev/shm/thread-governor)'],
  ['NO_COLOR, FORCE_COLOR', 'switch colours off, or on if the output is no terminal'],
];
