// All that is measured of one case: what the audit prescribes, which settings by hand are the best, and the rounds.
import { mkdirSync } from 'node:fs';
import { createServer } from 'node:net';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { audited, measure } from './measure.mjs';
import { applied } from './prescription.mjs';
import { settingsText, summary } from './report.mjs';
import { GOVERNOR, command, commandsOf } from './variants.mjs';

/** The audited program has more to do than the usual work, so that it works during the whole audit. */
const AUDITED_SCALE = 5;
/** The candidates by hand run that often before the rounds; the best run of each counts. */
const TRIALS = 2;
/** A candidate that got less of the best one's work done is not tried again. */
const HOPEFUL = 0.8;
/** A candidate is killed if it takes that many times as long as the program as it is. */
const HOPELESS = 5;
/** The amounts of work are made for a machine of 2 CPUs. */
const USUAL_CPUS = 2;

export class Measurement {
  constructor(one, directory, { environment, options, say }) {
    Object.assign(this, { one, directory, environment, options, say });
    this.name = one.name;
    this.usualScale = availableParallelism() / USUAL_CPUS;
    this.scale = options.scale * this.usualScale;
    this.expectedSeconds = 0;
    this.rounds = 0;
  }

  /** Compiles the program, warms it up, audits it, and chooses the settings by hand. */
  async prepare() {
    const { one } = this;
    const built = join(this.directory, 'built');
    mkdirSync(built, { recursive: true });
    one.setUp?.(built);
    this.context = await this.contextFor(this.scale, 'work', built);
    this.byHand = await this.bestByHand();
    this.prescription = await this.prescribe(built);
    this.commands = commandsOf(one, this.context, {
      prescribed: this.prescription.settings,
      byHand: this.byHand.settings,
    });
    this.variants = Object.fromEntries(
      Object.entries(this.commands).map(([name, { settings }]) => [name, { settings, rates: [], failures: [] }]),
    );
    this.expectedSeconds = Object.keys(this.commands).length * this.usualSeconds;
    if (!this.prescription.settings)
      this.variants.prescribed = { settings: {}, rates: [], failures: [`not audited: ${this.prescription.failure}`] };
  }

  async contextFor(scale, name, built) {
    const directory = join(this.directory, name);
    mkdirSync(directory, { recursive: true });
    const context = { scale, directory, built, port: await freePort(), node: process.execPath };
    this.one.prepare?.(context);
    return context;
  }

  /** The best of the settings by hand, and of the program as it is, by trials that do not count later. */
  async bestByHand() {
    const candidates = Object.entries({ ...this.one.byHand, 'nothing set': this.one.asItIs });
    const best = candidates.map(() => 0);
    const trials = Math.min(TRIALS, this.options.rounds);
    const began = Date.now();
    await this.timed(this.one.asItIs, this.options.limit); // warms up files and caches
    this.usualSeconds = (Date.now() - began) / 1000;
    const limit = Math.min(this.options.limit, HOPELESS * this.usualSeconds + HOPELESS);
    for (let trial = 0; trial < trials; trial++) {
      const hopeful = trial * HOPEFUL * Math.max(...best);
      for (const [i, [name, settings]] of candidates.entries()) {
        if (best[i] < hopeful) continue;
        const { rate, failure } = await this.timed(settings, limit);
        if (failure) this.say(`  by hand, ${name}: ${failure}`);
        best[i] = Math.max(best[i], rate ?? 0);
      }
    }
    const chosen = best.indexOf(Math.max(...best));
    const [name, settings] = candidates[chosen];
    this.say(`  by hand: ${candidates.map(([words], i) => `${words} ${best[i].toPrecision(3)}`).join('; ')}`);
    return {
      chosen: name,
      settings,
      candidates: candidates.map(([words], i) => ({ name: words, rate: best[i] })),
    };
  }

  async timed(settings, limit) {
    return measure(command(this.one, settings, this.context), this.environment, limit);
  }

  /** Audits N × M while it works, and applies what the audit says. */
  async prescribe(built) {
    const { one, environment, options } = this;
    const context = await this.contextFor(Math.max(this.scale, this.usualScale) * AUDITED_SCALE, 'audited', built);
    const found = await audited(command(one, one.nxm, context), environment, options.limit, GOVERNOR);
    if (found.failure) {
      this.say(`  audit: ${found.failure}`);
      return { failure: found.failure };
    }
    const { settings, done, ignored } = applied(found.audit, one.nxm, one.levers);
    const { verdict, fix, demand } = found.audit;
    this.say(`  prescribed (${verdict}): ${done.join(', ') || 'nothing'}; now ${settingsText(settings)}`);
    return { settings, done, ignored, verdict, demand, fix };
  }

  /** Every variant once, beginning with another one in each round. */
  async round(number) {
    const names = Object.keys(this.commands);
    const began = Date.now();
    for (let i = 0; i < names.length; i++) {
      const name = names[(i + number) % names.length];
      const { rate, failure, left } = await measure(this.commands[name], this.environment, this.options.limit);
      const variant = this.variants[name];
      variant.rates.push(rate ?? null);
      if (failure) variant.failures.push(`round ${number + 1}: ${failure}`);
      if (left) variant.failures.push(`round ${number + 1}: processes were left over and killed`);
    }
    if (!this.commands.prescribed) this.variants.prescribed.rates.push(null);
    this.expectedSeconds = (Date.now() - began) / 1000;
    this.rounds++;
    this.say(`  ${summary(this.result())}`);
  }

  result() {
    const { settings: _, ...byHand } = this.byHand;
    const { one, prescription, variants } = this;
    return { case: one.name, kind: one.kind, prescription, byHand, variants };
  }
}

function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}
