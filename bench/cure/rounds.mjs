// A whole run: prepares all cases, then measures them round by round.
import { join } from 'node:path';
import { cleanEnvironment, machine, othersBusy, stealMeter } from './environment.mjs';
import { Measurement } from './measurement.mjs';
import { results } from './results.mjs';

/** How long the machine is observed before each case of each round, while none of our programs runs. */
const OBSERVED_SECONDS = 0.25;

export class Rounds {
  constructor(able, options, { directory, say, version, skipped }) {
    Object.assign(this, { options, say, version, skipped });
    const environment = cleanEnvironment(directory);
    this.measurements = able.map(
      (one, i) => new Measurement(one, join(directory, String(i)), { environment, options, say }),
    );
    this.stolen = stealMeter();
    /** CPUs that other programs used, each time that we looked */
    this.others = [];
  }

  async measure() {
    const { options, say } = this;
    const began = Date.now();
    for (const [i, measurement] of this.measurements.entries()) {
      say(`preparing ${measurement.name} (${i + 1} of ${this.measurements.length})`);
      await measurement
        .prepare()
        .catch(error => this.skip(measurement.name, `it cannot be prepared: ${error.message.split('\n')[0]}`));
    }
    const measurements = this.measurements.filter(({ name }) => !this.skipped.some(one => one.case === name));
    say(`prepared in ${minutes((Date.now() - began) / 1000)}`);
    for (let round = 0; round < options.rounds; round++) {
      for (const [i, measurement] of measurements.entries()) {
        const left = secondsOf(measurements.slice(i)) + secondsOf(measurements) * (options.rounds - round - 1);
        say(`round ${round + 1} of ${options.rounds}, ${measurement.name}; about ${minutes(left)} left`);
        this.others.push(await othersBusy(OBSERVED_SECONDS));
        await measurement.round(round);
      }
    }
  }

  skip(name, reason) {
    this.say(`  skipped; ${reason}`);
    this.skipped.push({ case: name, reason });
  }

  /** The figures so far; null if no case has been measured. */
  result() {
    const measured = this.measurements.filter(({ rounds }) => rounds > 0);
    if (measured.length === 0) return null;
    const others = this.others.reduce((sum, busy) => sum + busy, 0) / this.others.length;
    return results(
      measured.map(measurement => measurement.result()),
      {
        machine: { ...machine(), others, stolen: this.stolen() },
        date: new Date().toISOString(),
        version: this.version,
        rounds: Math.max(...measured.map(({ rounds }) => rounds)),
        skipped: this.skipped,
      },
    );
  }
}

const secondsOf = measurements => measurements.reduce((sum, { expectedSeconds }) => sum + expectedSeconds, 0);
const minutes = seconds => (seconds < 90 ? `${Math.round(seconds)} s` : `${Math.round(seconds / 60)} minutes`);
