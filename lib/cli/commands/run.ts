import { banner } from '../../api/banner.js';
import { run } from '../../api/run.js';
import type { Budget } from '../../core/budget/budget.js';
import { kindsLine } from '../../report/budget/kinds.js';
import { formatDrift } from '../../report/launch/launch.js';
import { formatLent } from '../../report/lend/lent.js';
import { formatMeasured } from '../../report/launch/measured.js';
import {
  keptVariable,
  pinningVariable,
  runWarning,
  spentReserve,
  teamGiven,
  timeIsOver,
} from '../../report/warnings.js';
import { exitStatus, notStarted } from '../../system/launch/command.js';
import type { CommandAction } from '../command.js';
import { say, warn } from '../messages.js';
import { lifecycleOptions, startOptions } from '../options.js';
import { output } from '../output.js';
import { RunRecord } from '../record.js';
import { Waiting } from '../waiting.js';

export const runProgram: CommandAction = async (words, flags, setStatus) => {
  const waiting = new Waiting(flags);
  const record = new RunRecord('run', words, flags.report ?? null);
  let planned: Budget | undefined;
  const work = run(words, {
    ...startOptions(flags),
    ...lifecycleOptions(flags),
    ...waiting.options,
    onWarning: warning => {
      record.warned(warning);
      warn(runWarning(warning));
    },
    onPlan: async plan => {
      waiting.over();
      record.plan(plan);
      planned = plan.budget;
      if (!flags.quiet) {
        output.error(await banner({ budget: planned }));
        const { spent = 0 } = planned.reserve;
        if (spent > 0) say(spentReserve(planned.workers, spent));
        if (planned.kinds) say(kindsLine(planned.kinds, planned));
        if (plan.team !== null && plan.team > planned.threadsPerWorker) say(teamGiven(words[0]!, plan.team));
      }
      for (const variable of plan.kept) warn(keptVariable(variable));
      for (const variable of plan.pinning) warn(pinningVariable(variable));
    },
    onLent: lent => {
      record.lent(lent);
      if (!flags.quiet) say(formatLent(lent));
    },
    onMeasured: measured => {
      record.measured(measured);
      if (!flags.quiet) say(formatMeasured(measured, planned!));
    },
    onRank: event => {
      if (event.event === 'restart') warn(`the program failed; restarting it in ${event.delay.toFixed(1)} s`);
    },
    onVerified: verification => {
      record.verified(verification);
      for (const drift of verification.drifts) warn(formatDrift(drift, 'worker'));
    },
  });
  const result = await waiting.around(record.around(work));
  const [failure] = result.failures;
  if (result.timedOut) warn(timeIsOver(flags.timeout!, 'everything was', result.left));
  else if (failure?.exit === null) warn(notStarted(words[0]!, failure.errno!, failure.syscall!).message);
  setStatus(exitStatus(result.exit));
};
