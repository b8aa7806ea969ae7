// The command line of `npm run bench -- cure`.
import { parseArgs } from 'node:util';

export const HELP = `usage: npm run bench -- cure [options]

Does the cure work? Starts real programs as they are, over-subscribed, as \`governor audit\` prescribes, under
\`governor run\` and \`launch\`, and as an expert sets them by hand; compares how much they get done per second.

  --rounds N       rounds; every variant runs once in each (default: 5)
  --cases A,B      only these cases
  --scale X        amount of work, as a multiple of the usual one (default: 1)
  --limit SECONDS  kill a variant that runs longer, and report it as failed (default: 90)
  --json FILE      write all figures
  --svg FILE       draw them
  --update-docs    put the tables and the picture into docs/performance.md
  --list           list the cases, and what each one needs
  --help           print this help

The tables go to stdout, progress to stderr. docs/performance.md says what each variant is.
`;

/** The options, or `{ error }` in words. */
export function parseOptions(words, names) {
  let values;
  try {
    ({ values } = parseArgs({
      args: words,
      options: {
        rounds: { type: 'string', default: '5' },
        cases: { type: 'string', default: names.join(',') },
        scale: { type: 'string', default: '1' },
        limit: { type: 'string', default: '90' },
        json: { type: 'string' },
        svg: { type: 'string' },
        'update-docs': { type: 'boolean', default: false },
        list: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    }));
  } catch (error) {
    return { error: error.message };
  }
  const rounds = Number(values.rounds);
  const [scale, limit] = [Number(values.scale), Number(values.limit)];
  const chosen = values.cases.split(',');
  const unknown = chosen.filter(name => !names.includes(name));
  if (!(Number.isInteger(rounds) && rounds > 0)) return { error: `invalid --rounds "${values.rounds}"` };
  if (!(scale > 0)) return { error: `invalid --scale "${values.scale}"` };
  if (!(limit > 0)) return { error: `invalid --limit "${values.limit}"` };
  if (unknown.length > 0) return { error: `no case ${unknown.join(', ')}; there are ${names.join(', ')}` };
  return { ...values, rounds, scale, limit, cases: chosen };
}
