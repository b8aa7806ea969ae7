// What an audit prescribes, applied to a program's settings without knowing the program: its variables, its number of
// workers, and the options that the case says its parameters stand for.

/**
 * The settings that follow from an audit's JSON.
 * @param audit the parsed output of `governor audit --json`
 * @param settings those that the audited program was started with
 * @param levers `takes`: the parameters that the program has ('workers', 'threads'); `workers`, `threads`: patterns of
 *   the options and lines of code that these parameters stand for
 * @returns the new settings, what was applied, and what the case has no parameter for, in words
 */
export function applied({ fix, pools = [] }, settings, levers) {
  const applying = new Prescription(settings, levers);
  if (!fix) return applying.result();
  for (const name of fix.unset ?? []) applying.unset(name);
  for (const [name, value] of Object.entries(fix.variables ?? {})) applying.set(name, value);
  for (const lever of fix.levers ?? []) applying.pull(lever);
  applying.start(fix.workers, pools);
  return applying.result();
}

class Prescription {
  done = [];
  ignored = [];

  constructor(settings, { takes = [], workers, threads } = {}) {
    this.settings = { ...settings, env: { ...settings.env } };
    this.takes = takes;
    this.patterns = { workers, threads };
  }

  unset(name) {
    if (name in this.settings.env) this.done.push(`-u ${name}`);
    delete this.settings.env[name];
  }

  set(name, value) {
    if (this.settings.env[name] === value) return;
    this.settings.env[name] = value;
    this.done.push(`${name}=${value}`);
  }

  /** Anything but a variable: an option, a line of code or configuration; or no setting is known but `governor run`. */
  pull({ kind, of, set, value }) {
    if (kind === 'variable') return;
    if (kind === 'cpus') {
      this.settings.governed = true;
      this.done.push(set);
    } else {
      const named = this.takes.find(parameter => this.patterns[parameter]?.test(set));
      const parameter = named ?? (of === 'workers' && kind !== 'option' ? 'workers' : undefined);
      this.take(parameter, value, set);
    }
  }

  /** The number of workers, if the audit saw workers; one version of the JSON has only how many there are. */
  start(workers, pools) {
    if (typeof workers === 'object') {
      if (workers && workers.start !== workers.now) this.take('workers', workers.start, `${workers.start} workers`);
    } else if (pools.some(({ role }) => role === 'worker')) {
      this.take('workers', workers, `${workers} workers`);
    }
  }

  take(parameter, value, words) {
    if (!this.takes.includes(parameter) || !Number.isInteger(value) || value < 1) this.ignored.push(words);
    else if (this.settings[parameter] !== value) {
      this.settings[parameter] = value;
      this.done.push(words);
    }
  }

  result() {
    const { settings, done, ignored } = this;
    return { settings, done, ignored };
  }
}
