// What an audit prescribes, applied to a program's settings without knowing the program: its variables, its number of
// workers, and the options that the case says its parameters stand for.

/**
 * The settings that follow from an audit's JSON.
 * @param audit the parsed output of `governor audit --json`
 * @param settings those that the audited program was started with
 * @param levers `takes`: the parameters that the program has ('workers', 'threads'); `workers`, `threads`: patterns of
 *   the options that these parameters stand for
 * @returns the new settings, what was applied, and what the case has no parameter for, in words
 */
export function applied(audit, settings, { takes = [], workers, threads } = {}) {
  const next = { ...settings, env: { ...settings.env } };
  const done = [];
  const ignored = [];
  const take = (parameter, value, words) => {
    const number = Number(value);
    if (!takes.includes(parameter) || !Number.isInteger(number) || number < 1) return ignored.push(words);
    if (next[parameter] === number) return;
    next[parameter] = number;
    done.push(words);
  };
  const set = (name, value) => {
    if (next.env[name] === value) return;
    next.env[name] = value;
    done.push(`${name}=${value}`);
  };
  const { fix } = audit;
  if (!fix) return { settings: next, done, ignored };
  for (const name of fix.unset ?? []) {
    if (name in next.env) done.push(`-u ${name}`);
    delete next.env[name];
  }
  for (const [name, value] of Object.entries(fix.variables ?? {})) set(name, value);
  for (const lever of fix.levers ?? []) {
    const words = `${lever.set} ${lever.value}`;
    if (lever.kind === 'variable') set(lever.set, String(lever.value));
    else if (lever.kind === 'workers' || workers?.test(lever.set)) take('workers', lever.value, words);
    else if (threads?.test(lever.set)) take('threads', lever.value, words);
    else ignored.push(words);
  }
  const count = workersOf(audit);
  if (count !== null) take('workers', count, `${count} worker${count === 1 ? '' : 's'}`);
  return { settings: next, done, ignored };
}

/** The number of workers to start; null if the audit saw no workers. */
function workersOf({ fix, pools = [] }) {
  if (typeof fix.workers === 'object') return fix.workers?.start ?? null;
  return pools.some(({ role }) => role === 'worker') ? (fix.workers ?? null) : null;
}
