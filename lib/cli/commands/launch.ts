import { Command, Option } from 'commander';
import { launch, planOf, type LaunchOptions } from '../../api/launch.js';
import type { LaunchPlan } from '../../core/launch/launch-plan.js';
import type { RunWarning } from '../../core/launch/run-warning.js';
import { parseCpulist } from '../../core/cpuset.js';
import { parsePolicy, type PlacementPolicy } from '../../core/placement/policy.js';
import { badInput } from '../../errors.js';
import { exitText, formatDrift, formatFailures, formatPlan, formatVerification } from '../../report/launch/launch.js';
import { keptVariable, pinningVariable, runWarning } from '../../report/warnings.js';
import { exitStatus, notStarted } from '../../system/launch/command.js';
import { adoptOrphans } from '../../system/launch/warden.js';
import { budgetOptions, withFlags, type Flags } from '../flags.js';
import { lifecycleFlags, lifecycleOf, type LifecycleFlags } from '../lifecycle.js';
import type { SetStatus } from '../status.js';
import { hasColours, output, style } from '../output.js';

interface LaunchFlags extends Flags, LifecycleFlags {
  keepGoing?: boolean;
  prefix: boolean;
  quietRanks?: string | true;
  logDir?: string;
  dryRun?: boolean;
  quiet?: boolean;
  ninstances?: number;
  ncoresPerInstance?: number;
  numaBinding?: PlacementPolicy;
  cpuBind?: PlacementPolicy;
}

export function launchCommand(setStatus: SetStatus): Command {
  const command = new Command('launch')
    .description(
      'start ranks of a program, each pinned to a place of its own from its first instruction, and see them through',
    )
    .usage('[-n N|auto] [-t K] [options] -- CMD [ARGUMENT...]')
    .argument('<CMD...>', 'the program and its arguments')
    .passThroughOptions();
  withFlags(command, 'budget', 'placement', 'near', 'share', 'export', 'json');
  for (const option of [...lifecycleOptions(), ...outputOptions(), ...aliases()]) command.addOption(option);
  return command.addHelpText('after', HELP).action(async (words: string[], flags: LaunchFlags) => {
    const options = {
      ...budgetOptions(flags),
      ...placement(flags),
      near: flags.near,
      share: flags.share,
      exports: flags.export,
    };
    if (flags.dryRun) {
      const plan = await planOf(words, { ...options, onWarning });
      tellKept(plan);
      output.out(flags.json ? JSON.stringify(plan, null, 2) : formatPlan(plan));
      return;
    }
    setStatus(
      await launched(
        words,
        { ...options, ...lifecycleOf(flags), keepGoing: flags.keepGoing, output: ranksOutput(flags) },
        flags,
      ),
    );
  });
}

const HELP = `
Each rank has RANK, LOCAL_RANK, WORLD_SIZE, LOCAL_WORLD_SIZE, MASTER_ADDR, MASTER_PORT (a free port), the governed
thread variables, and its place in GOVERNOR_CPUS. Rank 0 has the standard input. The first rank that fails ends the
others; nothing that ranks have started is left behind, not even where governor is killed.

Examples:
  governor launch -n 4 -- python3 train.py              four ranks, the CPUs shared out among them
  governor launch -t 2 -- ./train                       as many ranks of two threads as there are CPUs for
  governor launch -n 8 --policy numa --dry-run -- ./train
  governor launch -n 2 --near gpu --log-dir logs -- python3 ddp.py
  governor launch -n 4 --restarts 3 --timeout 3600 -- ./serve

Exit status: 0; of the first rank that failed its own, or 128 + N where signal N ended it; 124 after --timeout;
2 bad input; 126 not executable; 127 not found.`;

function lifecycleOptions(): Option[] {
  return [
    new Option('--keep-going', 'let the others go on where a rank fails'),
    ...lifecycleFlags({ one: 'a failed rank', all: 'all ranks', placed: 'ranks' }),
    new Option('--dry-run', 'print who would get which CPUs and variables now, and start and claim nothing'),
  ];
}

function outputOptions(): Option[] {
  return [
    new Option('--no-prefix', 'pass output on as it comes, byte for byte, without the rank before each line'),
    new Option('--log-dir <DIR>', 'also write what each rank prints to DIR/rank-N.log'),
    new Option('--quiet-ranks [RANKS]', 'do not show the output of these ranks, as a list (default: all but rank 0)'),
    new Option('-q, --quiet', 'say nothing of our own but warnings'),
  ];
}

const wholeNumber = (flag: string) => (text: string) => {
  if (!/^[1-9]\d{0,4}$/.test(text)) throw badInput(flag, text, 'an integer of at least 1');
  return Number(text);
};

/** What users of other launchers know. */
function aliases(): Option[] {
  const table = (flag: string, meanings: Record<string, PlacementPolicy>) => (text: string) => {
    const policy = Object.hasOwn(meanings, text) ? meanings[text] : undefined;
    if (!policy) throw badInput(flag, text, `one of ${Object.keys(meanings).join(', ')}`);
    return parsePolicy(policy);
  };
  return [
    new Option('--ninstances <N>', 'as --workers').argParser(wholeNumber('ninstances')),
    new Option('--ncores-per-instance <K>', 'as --threads-per-worker with --physical').argParser(
      wholeNumber('ncoresPerInstance'),
    ),
    new Option(
      '--numa-binding <MODE>',
      'node: as --policy numa; socket: package; exclusive: physical; core-complex: l3',
    ).argParser(
      table('--numa-binding', { node: 'numa', socket: 'package', exclusive: 'physical', 'core-complex': 'l3' }),
    ),
    new Option(
      '--cpu-bind <TYPE>',
      'cores: as --policy physical; threads: close; sockets: package; ldoms: numa',
    ).argParser(table('--cpu-bind', { cores: 'physical', threads: 'close', sockets: 'package', ldoms: 'numa' })),
  ];
}

function placement(flags: LaunchFlags) {
  const { ninstances, ncoresPerInstance } = flags;
  return {
    policy: flags.policy ?? flags.numaBinding ?? flags.cpuBind,
    ...(ninstances === undefined ? {} : { workers: ninstances }),
    ...(ncoresPerInstance === undefined ? {} : { threadsPerWorker: ncoresPerInstance, physical: true }),
  };
}

function ranksOutput(flags: LaunchFlags): LaunchOptions['output'] {
  const quiet =
    flags.quietRanks === undefined
      ? () => false
      : flags.quietRanks === true
        ? (rank: number) => rank !== 0
        : among(flags.quietRanks);
  return { prefix: flags.prefix ? rankPrefix : null, quiet, logDirectory: flags.logDir ?? null };
}

function among(list: string): (rank: number) => boolean {
  const ranks = new Set(parseCpulist(list, 'quietRanks'));
  return rank => ranks.has(rank);
}

const COLOURS = ['cyan', 'green', 'magenta', 'yellow', 'blue', 'red'] as const;

function rankPrefix(rank: number, stream: 'stdout' | 'stderr'): string {
  const descriptor = stream === 'stdout' ? 1 : 2;
  return `${hasColours(descriptor) ? style(descriptor, COLOURS[rank % COLOURS.length]!, `[${rank}]`) : `[${rank}]`} `;
}

const say = (text: string) => output.error(`${style(2, 'dim', 'governor:')} ${text}`);
const warn = (text: string) => output.error(`${style(2, 'yellow', 'governor:')} ${text}`);

const onWarning = (warning: RunWarning) => warn(runWarning(warning));

function tellKept({ kept, pinning, shared, ranks }: LaunchPlan): void {
  for (const variable of kept) warn(keptVariable(variable));
  for (const variable of pinning) warn(pinningVariable(variable));
  if (shared) warn(`${ranks.length} ranks are more than the CPUs have places for: some share theirs`);
}

async function launched(words: readonly string[], options: LaunchOptions, flags: LaunchFlags): Promise<number> {
  const news = !flags.quiet;
  adoptOrphans();
  let total = 0;
  const result = await launch(words, {
    ...options,
    onWarning,
    onPlan: plan => {
      total = plan.ranks.length;
      tellKept(plan);
      if (news)
        say(
          `${total} rank${total === 1 ? '' : 's'} of ${plan.budget.threadsPerWorker} thread${plan.budget.threadsPerWorker === 1 ? '' : 's'} each; governor launch --dry-run shows their places`,
        );
    },
    onRank: event => {
      if (event.event === 'restart')
        warn(`rank ${event.rank} failed; it is started again in ${event.delay.toFixed(1)} s`);
      else if (event.event === 'exit' && event.failed && options.keepGoing)
        warn(`rank ${event.rank} ended with ${event.exit ? exitText(event.exit) : 'nothing started'}`);
    },
    onVerified: verification => {
      if (verification.drifts.length > 0) warn(formatVerification(verification));
      else if (news) say(formatVerification(verification));
      for (const drift of verification.drifts) warn(formatDrift(drift));
    },
  });
  const failed = formatFailures(
    result.failures,
    total,
    !options.keepGoing,
    errno => notStarted(words[0]!, errno).message,
  );
  if (result.timedOut) warn(`the time limit of ${options.timeout} s is over: all ranks were ended`);
  else if (failed) warn(failed);
  return exitStatus(result.exit);
}
