// Contestants in turn, A B C A B C …, so that whatever else the machine does meets them all.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

/** A program that runs on: for each line it gets it does one round, and answers with its nanoseconds. */
export function library(name, [command, ...rest], env = {}) {
  const child = spawn(command, rest, { stdio: ['pipe', 'pipe', 'inherit'], env: { ...process.env, ...env } });
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    name,
    async round() {
      child.stdin.write('\n');
      const { value, done } = await answers.next();
      if (done || !/^\d+$/.test(value)) throw new Error(`${name}: ${done ? 'ended' : value}`);
      return Number(value) / 1e6;
    },
    async end() {
      const ended = child.exitCode === null ? once(child, 'exit') : undefined;
      child.stdin.end();
      await ended;
    },
  };
}

/** A program from its start to its end, what it prints thrown away. */
export function program(name, [command, ...rest], env = {}) {
  return {
    name,
    async round() {
      const start = process.hrtime.bigint();
      const { status, error } = spawnSync(command, rest, { stdio: ['ignore', 'ignore', 'inherit'], env: { ...process.env, ...env } });
      const spent = Number(process.hrtime.bigint() - start) / 1e6;
      if (status !== 0) throw new Error(`${name}: ${error?.message ?? `exit ${status}`}`);
      return spent;
    },
    async end() {},
  };
}

/** Medians in milliseconds, by the contestants' order. One round beforehand does not count; who fails in it stays out. */
export async function medians(contestants, rounds) {
  const times = contestants.map(() => []);
  try {
    const able = [];
    for (const [i, contestant] of contestants.entries()) {
      if (await contestant.round().then(() => true, () => false)) able.push([i, contestant]);
    }
    for (let round = 0; round < rounds; round++) {
      for (const [i, contestant] of able) times[i].push(await contestant.round());
    }
  } finally {
    await Promise.all(contestants.map(contestant => contestant.end()));
  }
  return times.map(median);
}

function median(values) {
  if (values.length === 0) return undefined;
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** Each contestant's median, and its ratio to the first one's. */
export function table(title, contestants, values) {
  const rows = contestants.map(({ name }, i) => (
    values[i] === undefined ? [name, 'fails', ''] : [name, values[i].toFixed(2), (values[i] / values[0]).toFixed(2)]));
  const lines = [[title, 'median ms', 'ratio'], ...rows]
    .map(([name, time, ratio]) => `${name.padEnd(46)}${time.padStart(10)}${ratio.padStart(9)}`);
  return lines.join('\n') + '\n';
}
