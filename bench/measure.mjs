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
      const { status, error } = spawnSync(command, rest, {
        stdio: ['ignore', 'ignore', 'inherit'],
        env: { ...process.env, ...env },
      });
      const spent = Number(process.hrtime.bigint() - start) / 1e6;
      if (status !== 0) throw new Error(`${name}: ${error?.message ?? `exit ${status}`}`);
      return { wall: spent };
    },
    async end() {},
  };
}

/** Medians of each figure of a round, and their least values, by the contestants' order. One round beforehand does not count; who fails in it stays out. */
export async function medians(contestants, rounds) {
  const times = contestants.map(() => []);
  try {
    const able = [];
    for (const [i, contestant] of contestants.entries()) {
      if (
        await contestant.round().then(
          () => true,
          () => false,
        )
      )
        able.push([i, contestant]);
    }
    for (let round = 0; round < rounds; round++) {
      for (const [i, contestant] of able) times[i].push(await contestant.round());
    }
  } finally {
    await Promise.all(contestants.map(contestant => contestant.end()));
  }
  return times.map(own =>
    Object.fromEntries(
      Object.keys(own[0] ?? {}).flatMap(name => {
        const values = own.flatMap(figures => figures[name] ?? []);
        return values.length === 0
          ? []
          : [
              [name, median(values)],
              [`least ${name}`, Math.min(...values)],
            ];
      }),
    ),
  );
}

function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

export const CLOCK = ['median ms', 'wall'];
export const CPU = ['CPU ms', 'cpu'];

/** Each contestant's medians, and their ratios to the first one's. */
export function table(title, contestants, values, columns = [CLOCK]) {
  const line = (name, cells) => name.padEnd(46) + cells.map((cell, i) => cell.padStart(i % 2 ? 9 : 11)).join('');
  const cells = (value, figure) =>
    value[figure] === undefined
      ? ['fails', '']
      : [value[figure].toFixed(2), (value[figure] / values[0][figure]).toFixed(2)];
  const rows = contestants.map(({ name }, i) =>
    line(
      name,
      columns.flatMap(([, figure]) => cells(values[i], figure)),
    ),
  );
  return `${[
    line(
      title,
      columns.flatMap(([heading]) => [heading, 'ratio']),
    ),
    ...rows,
  ].join('\n')}\n`;
}
