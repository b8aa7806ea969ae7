// The variants of a case, as commands.
import { fileURLToPath } from 'node:url';

export const GOVERNOR = fileURLToPath(new URL('../../bin/governor.js', import.meta.url));

const run = [process.execPath, GOVERNOR, 'run', '-q', '--'];
/** In the order of the tables. */
export const VARIANTS = ['as it is', 'N × M', 'prescribed', 'run', 'run, N × M', 'launch', 'by hand'];

/**
 * The command of a case with some settings.
 * @param prefix words before the program, such as those of `governor run`
 */
export function command(one, settings, context, prefix = []) {
  const started = one.start(settings, context);
  return {
    begun: one.begun,
    settle: one.settle,
    ...started,
    argv: [...(settings.governed ? run : prefix), ...started.argv],
    env: { ...started.env, ...settings.env },
    settings,
    rate: output => one.rate(output, context),
  };
}

/** The user's workers, without the user's variables. */
const withoutVariables = settings => ({ ...settings, env: {} });

/** The commands of all variants that the case has, by name. */
export function commandsOf(one, context, { prescribed, byHand }) {
  const same = JSON.stringify(one.asItIs) === JSON.stringify(withoutEmpty(one.nxm));
  return {
    'as it is': command(one, one.asItIs, context),
    'N × M': command(one, one.nxm, context),
    ...(prescribed ? { prescribed: command(one, prescribed, context) } : {}),
    run: command(one, withoutVariables(one.asItIs), context, run),
    ...(same ? {} : { 'run, N × M': command(one, withoutVariables(one.nxm), context, run) }),
    ...(one.launch ? { launch: launched(one, context) } : {}),
    'by hand': command(one, byHand, context),
  };
}

/** Whether N × M differs from as it is only by variables, `run` starts the same program for both. */
function withoutEmpty({ env: _, ...settings }) {
  return settings;
}

function launched(one, context) {
  const { ranks, argv } = one.launch(context);
  const launch = ['launch', '-q', '--no-prefix', '-n', String(ranks), '--'];
  return {
    argv: [process.execPath, GOVERNOR, ...launch, ...argv],
    env: {},
    settings: { workers: ranks },
    rate: one.rate,
  };
}
