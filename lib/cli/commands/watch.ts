import { Command } from 'commander';
import { watch } from '../../api/watch.js';
import type { Audit } from '../../core/audit/audit.js';
import type { Past } from '../../report/audit/watch/chart.js';
import { formatFrame, type View } from '../../report/audit/watch/frame.js';
import type { Paint } from '../../report/paint.js';
import { formatSample } from '../../report/audit/watch/sample-line.js';
import { count, withFlags, type Flags } from '../flags.js';
import { output, style } from '../output.js';
import { hasScreen, Screen } from '../screen.js';
import { parsePid, seconds } from '../values.js';

interface WatchFlags extends Flags {
  interval: number;
  samples?: number;
}

/** As many audits as the widest screen shows. */
const MOST_PAST = 1000;
const ENDING: readonly NodeJS.Signals[] = ['SIGINT', 'SIGTERM', 'SIGHUP'];

const paint: Paint = (styles, text) => style(1, styles, text);

export function watchCommand(): Command {
  const command = new Command('watch')
    .description('the audit of a running program, live')
    .argument('<PID>', 'a process; its descendants are looked at too')
    .option('--interval <SECONDS>', 'how long each sample is', seconds('interval'), 1)
    .option('--samples <N>', 'end after so many (default: when the program ends)', count('samples', 1))
    .addHelpText(
      'after',
      `
On a terminal a screen: verdict and demand, demand over time, who made the threads, which CPUs they run on, and what
was found. Elsewhere, and where TERM is dumb, one line for each sample; with --json one JSON object for each.

Keys: q or Ctrl-C ends it, Ctrl-Z stops it.

Examples:
  governor watch 4242
  governor watch --interval 5 $(pgrep -n python3) | tee demand.log
  governor watch --json --samples 60 4242 | jq -c '[.time, .demand]'

Exit status: 0 the program ended, or you quit; 2 it could not be watched.`,
    );
  return withFlags(command, 'json').action(async (text: string, flags: WatchFlags) => {
    const pid = parsePid(text);
    const ended = new AbortController();
    const end = () => ended.abort();
    for (const signal of ENDING) process.on(signal, end);
    const audits = watch(pid, { interval: flags.interval, signal: ended.signal });
    try {
      if (flags.json || !hasScreen()) await printed(audits, flags);
      else await shown(audits, pid, flags, end);
    } catch (error) {
      if (!ended.signal.aborted) throw error;
    }
  });
}

async function printed(audits: AsyncIterable<Audit>, { json, samples = Infinity }: WatchFlags): Promise<void> {
  let seen = 0;
  for await (const audit of audits) {
    const time = new Date();
    const text = json ? JSON.stringify({ time, ...audit }) : formatSample(audit, time, paint);
    if (!output.isRead(text) || ++seen >= samples) return;
  }
}

async function shown(
  audits: AsyncIterable<Audit>,
  pid: number,
  { interval, samples = Infinity }: WatchFlags,
  end: () => void,
): Promise<void> {
  const past: Past[] = [];
  const view: View = { pid, audit: null, past, interval };
  const screen = new Screen((width, height) => formatFrame(view, width, height, paint), end);
  let seen = 0;
  screen.open();
  try {
    for await (const audit of audits) {
      view.audit = audit;
      past.push({ demand: audit.demand, verdict: audit.verdict });
      if (past.length > MOST_PAST) past.shift();
      screen.show();
      if (++seen >= samples) return;
    }
  } finally {
    screen.close();
  }
  output.out(`pid ${pid} has ended`);
}
