// Contestants in turn, A B C A B C …, so that whatever else the machine does meets them all.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

/** A program that runs on: for each line it gets it does one round, and answers with its nanoseconds: by the clock, and on a CPU where it tells. */
export function library(name, [command, ...rest], env = {}) {
  const child = spawn(command, rest, { stdio: ['pipe', 'pipe', 'inherit'], env: { ...process.env, ...env } });
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    name,
    async round() {
      child.stdin.write('\n');
      const { value, done } = await answers.next();
      if (done || !/^\d+( \d+)?$/.test(value)) throw new Error(`${name}: ${done ? 'ended' : value}`);
      const [wall, cpu] = value.split(' ').map(figure => Number(figure) / 1e6);
      return { wall, cpu };
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
      return { wall: spent };
    },
    async end() {},
  };
}

/** Medians of both figures in milliseconds, by the contestants' order. One round beforehand does not count; who fails in it stays out. */
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
  return times.map(own => ({ wall: median(own.map(({ wall }) => wall)), cpu: median(own.flatMap(({ cpu }) => cpu ?? [])) }));
}

function median(values) {
  if (values.length === 0) return undefined;
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** Each contestant's median by the clock, its ratio to the first one's, and, where asked for, the same on a CPU. */
export function table(title, contestants, values, { cpu = false } = {}) {
  const columns = [['median ms', 'ratio', ({ wall }) => wall], ...(cpu ? [['CPU ms', 'ratio', value => value.cpu]] : [])];
  const row = (name, cells) => name.padEnd(46) + cells.map((cell, i) => cell.padStart(i % 2 ? 9 : 11)).join('');
  const cells = (value, figure) => (figure(value) === undefined ? ['fails', ''] : [figure(value).toFixed(2), (figure(value) / figure(values[0])).toFixed(2)]);
  const lines = contestants.map(({ name }, i) => row(name, columns.flatMap(([, , figure]) => cells(values[i], figure))));
  return [row(title, columns.flatMap(([time, ratio]) => [time, ratio])), ...lines].join('\n') + '\n';
}
