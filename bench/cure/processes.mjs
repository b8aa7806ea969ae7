// Starts programs so that none outlives the bench: each has its own process group and a mark in its environment.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';

const MARK = `GOVERNOR_BENCH_CURE=${process.pid}`;
/** How long a program may take to end after SIGTERM. */
const GRACE_MS = 5000;
const STRAGGLERS_MS = 1000;
const OUTPUT_MS = 500;
/** The process groups of programs that were started and not swept yet: a program may overwrite its environment. */
const groups = new Set();

/** A program; `output` resolves to what it printed when it has ended, and `said(text)` when it has printed that. */
export function start([command, ...words], environment) {
  const [name, value] = MARK.split('=');
  const child = spawn(command, words, {
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...environment, [name]: value },
  });
  if (child.pid !== undefined) groups.add(child.pid);
  let stdout = '';
  let stderr = '';
  const waiting = [];
  child.stdout.setEncoding('utf8').on('data', text => {
    stdout += text;
    for (const { wanted, resolve } of waiting) if (stdout.includes(wanted)) resolve();
  });
  child.stderr.setEncoding('utf8').on('data', text => {
    stderr = (stderr + text).slice(-4000);
  });
  const exit = new Promise(resolve => {
    child.on('error', error => resolve(error.message));
    // Its output is complete when it is closed; descendants that stay may keep it open.
    child.on('close', (code, signal) => resolve(signal ?? code));
    child.on('exit', (code, signal) => setTimeout(() => resolve(signal ?? code), OUTPUT_MS));
  });
  return {
    pid: child.pid,
    exit,
    stdout: () => stdout,
    stderr: () => stderr,
    said: wanted =>
      stdout.includes(wanted) ? Promise.resolve() : new Promise(resolve => waiting.push({ wanted, resolve })),
    /** Ends it politely, then by force, and resolves when it has ended. */
    async end() {
      if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
      child.kill('SIGTERM');
      const timer = setTimeout(() => killGroup(child.pid), GRACE_MS);
      await once(child, 'exit');
      clearTimeout(timer);
    },
    kill: () => child.pid !== undefined && killGroup(child.pid),
  };
}

function killGroup(pid, signal = 'SIGKILL') {
  try {
    return process.kill(-pid, signal);
  } catch {
    return false; // all of it has ended
  }
}

/** Processes that carry the mark, besides this one. */
function marked() {
  return readdirSync('/proc')
    .filter(name => /^\d+$/.test(name) && Number(name) !== process.pid)
    .filter(pid => {
      try {
        return readFileSync(`/proc/${pid}/environ`, 'latin1').split('\0').includes(MARK);
      } catch {
        return false;
      }
    })
    .map(Number);
}

/** Kills what is left of the programs, at once. */
export function killAll() {
  for (const group of groups) killGroup(group);
  for (let left = marked(); left.length > 0; left = marked()) {
    for (const pid of left) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // It has ended.
      }
    }
  }
}

/** Waits for what is left of the programs to end, and kills the rest; returns whether there was any. */
export async function sweep() {
  const isLeft = () => [...groups].some(group => killGroup(group, 0)) || marked().length > 0;
  const end = Date.now() + STRAGGLERS_MS;
  while (isLeft() && Date.now() < end) await pause(20);
  const left = isLeft();
  if (left) killAll();
  groups.clear();
  return left;
}
