import { watch } from '../../api/watch.js';
import type { Audit } from '../../core/audit/audit.js';
import type { Past } from '../../report/audit/watch/chart.js';
import { formatFrame, type View } from '../../report/audit/watch/frame.js';
import type { Paint } from '../../report/paint.js';
import { formatSample } from '../../report/audit/watch/sample-line.js';
import { jsonText } from '../../report/json.js';
import type { CommandAction } from '../command.js';
import type { FlagValues } from '../flags/flag.js';
import { output, style } from '../output.js';
import { hasScreen, Screen } from '../screen.js';
import { parsePid } from '../values.js';

/** As many audits as the widest screen shows. */
const MOST_PAST = 1000;
const ENDING: readonly NodeJS.Signals[] = ['SIGINT', 'SIGTERM', 'SIGHUP'];

const paint: Paint = (styles, text) => style(1, styles, text);

export const watchProgram: CommandAction = async ([text], flags) => {
  const pid = parsePid(text!);
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
};

async function printed(audits: AsyncIterable<Audit>, { json, samples = Infinity }: FlagValues): Promise<void> {
  let seen = 0;
  for await (const audit of audits) {
    const time = new Date();
    const text = json ? jsonText({ time, ...audit }) : formatSample(audit, time, paint);
    if (!output.isRead(text) || ++seen >= samples) return;
  }
}

async function shown(
  audits: AsyncIterable<Audit>,
  pid: number,
  { interval = 1, samples = Infinity }: FlagValues,
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
