import { json } from '../flags/output.js';
import { interval, samples } from '../flags/sampling.js';
import type { CommandSpec } from './spec.js';

export const watchSpec: CommandSpec = {
  name: 'watch',
  summary: 'audit a program again and again, live',
  argument: { name: 'PID', help: 'a process; its descendants are watched too', completes: 'process' },
  flags: [interval, samples, json],
  notes: [
    'On a terminal it fills the screen: verdict, demand over time, which library created the threads, the CPUs that ' +
      'they run on, and findings. Otherwise, or if TERM is dumb, it prints one line for each sample; with --json one ' +
      'JSON object for each.',
    'Keys: q or Ctrl-C quits, Ctrl-Z suspends.',
  ],
  examples: [
    ['governor watch 4242'],
    ['governor watch --interval 5 $(pgrep -n python3) | tee demand.log', 'a line every five seconds'],
    ["governor watch --json --samples 60 4242 | jq -c '[.time, .demand]'", 'a minute as data'],
  ],
  exitStatus: [
    ['0', 'the program ended, or you quit'],
    ['2', 'bad input, or the program could not be watched'],
  ],
};
