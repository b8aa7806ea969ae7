import { count } from '../../core/text.js';
import { launch, planOf, type LaunchOptions } from '../../api/launch.js';
import type { LaunchPlan } from '../../core/launch/launch-plan.js';
import type { PinVerification } from '../../core/launch/verification.js';
import type { LaunchResult, RankEvent } from '../../runtime/supervision.js';
import { kindsLine } from '../../report/budget/kinds.js';
import { formatLent } from '../../report/lend/lent.js';
import { jsonText } from '../../report/json.js';
import { exitText, formatDrift, formatFailures, formatPlan, formatVerification } from '../../report/launch/launch.js';
import { keptVariable, pinningVariable, runWarning, spentReserve, timeIsOver } from '../../report/warnings.js';
import { exitStatus, notStarted } from '../../system/launch/command.js';
import type { CommandAction } from '../command.js';
import type { FlagValues } from '../flags/flag.js';
import { say, warn } from '../messages.js';
import { lifecycleOptions, startOptions } from '../options.js';
import { hasColours, output, style } from '../output.js';
import { RunRecord } from '../record.js';
import { Waiting } from '../waiting.js';

export const launchRanks: CommandAction = async (words, flags, setStatus) => {
  if (flags.dryRun) return printPlan(words, flags);
  const waiting = new Waiting(flags);
  const record = new RunRecord('launch', words, flags.report ?? null);
  let total = 0;
  const work = launch(words, {
    ...startOptions(flags),
    ...lifecycleOptions(flags),
    ...waiting.options,
    keepGoing: flags.keepGoing,
    output: ranksOutput(flags),
    onWarning: warning => {
      record.warned(warning);
      warn(runWarning(warning));
    },
    onPlan: plan => {
      waiting.over();
      record.plan(plan);
      total = plan.ranks.length;
      warnOfPlan(plan);
      if (flags.quiet) return;
      say(planLine(plan));
      const { spent = 0 } = plan.budget.reserve;
      if (spent > 0) say(spentReserve(total, spent));
      if (plan.budget.kinds) say(kindsLine(plan.budget.kinds, plan.budget));
    },
    onLent: lent => {
      record.lent(lent);
      if (!flags.quiet) say(formatLent(lent));
    },
    onRank: event => warnOfRank(event, flags),
    onVerified: verification => {
      record.verified(verification);
      sayVerification(verification, flags);
    },
  });
  const result = await waiting.around(record.around(work));
  warnOfEnd(result, total, words[0]!, flags);
  setStatus(exitStatus(result.exit));
};

async function printPlan(words: readonly string[], flags: FlagValues): Promise<void> {
  const plan = await planOf(words, { ...startOptions(flags), onWarning: warning => warn(runWarning(warning)) });
  warnOfPlan(plan);
  output.out(flags.json ? jsonText(plan, 2) : formatPlan(plan));
}

function ranksOutput({ prefix, quietRanks, logDir }: FlagValues): LaunchOptions['output'] {
  const quiet = new Set(quietRanks);
  return { prefix: prefix ? rankPrefix : null, quiet: rank => quiet.has(rank), logDirectory: logDir ?? null };
}

const COLOURS = ['cyan', 'green', 'magenta', 'yellow', 'blue', 'red'] as const;

function rankPrefix(rank: number, stream: 'stdout' | 'stderr'): string {
  const descriptor = stream === 'stdout' ? 1 : 2;
  return `${hasColours(descriptor) ? style(descriptor, COLOURS[rank % COLOURS.length]!, `[${rank}]`) : `[${rank}]`} `;
}

function planLine({ ranks, budget }: LaunchPlan): string {
  const each = count(budget.threadsPerWorker, 'thread');
  return `${count(ranks.length, 'rank')} of ${each} each; governor launch --dry-run shows their places`;
}

function warnOfPlan({ kept, pinning, shared, ranks }: LaunchPlan): void {
  for (const variable of kept) warn(keptVariable(variable));
  for (const variable of pinning) warn(pinningVariable(variable));
  if (shared) warn(`${count(ranks.length, 'rank')} need more CPUs than there are: some share their places`);
}

function warnOfRank(event: RankEvent, { keepGoing }: FlagValues): void {
  if (event.event === 'restart') warn(`rank ${event.rank} failed; restarting it in ${event.delay.toFixed(1)} s`);
  else if (event.event === 'exit' && event.failed && keepGoing)
    warn(`rank ${event.rank} ${event.exit ? `ended with ${exitText(event.exit)}` : 'was not started'}`);
}

function sayVerification(verification: PinVerification, { quiet }: FlagValues): void {
  if (verification.drifts.length > 0) warn(formatVerification(verification));
  else if (!quiet) say(formatVerification(verification));
  for (const drift of verification.drifts) warn(formatDrift(drift));
}

function warnOfEnd(
  { timedOut, failures, left }: LaunchResult,
  total: number,
  program: string,
  { timeout, keepGoing }: FlagValues,
): void {
  const failed = formatFailures(
    failures,
    total,
    !keepGoing,
    (errno, syscall) => notStarted(program, errno, syscall).message,
  );
  if (timedOut) warn(timeIsOver(timeout!, 'all ranks were', left));
  else if (failed) warn(failed);
}
