// Starts programs so that none outlives the bench: each has its own process group and a mark in its environment.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';

const MARK = `GOVERNOR_BENCH_CURE=${process.pid}`;
/** How long a program may take to end after SIGTERM. */
const GRACE_MS = 5000;
/** How long the rest of them may take, to end by themselves and when they are killed. */
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
      const timer = setTimeout(() => child.kill('SIGKILL'), GRACE_MS);
      await once(child, 'exit');
      clearTimeout(timer);
    },
  };
}

/** Processes of the groups or with the mark, besides this one. A zombie has ended; who reaps it is not our business. */
function running() {
  return readdirSync('/proc')
    .filter(name => /^\d+$/.test(name) && Number(name) !== process.pid)
    .filter(pid => {
      try {
        const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
        const [state, , group] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
        if (state === 'Z' || state === 'X') return false;
        return groups.has(Number(group)) || readFileSync(`/proc/${pid}/environ`, 'latin1').split('\0').includes(MARK);
      } catch {
        return false; // it has ended
      }
    })
    .map(Number);
}

function kill(pid) {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended.
  }
}

/** Kills what is left of the programs, at once. */
export function killAll() {
  const end = Date.now() + STRAGGLERS_MS;
  for (let left = running(); left.length > 0 && Date.now() < end; left = running()) left.forEach(kill);
}

/** Waits for what is left of the programs to end, and kills the rest; returns whether there was any. */
export async function sweep() {
  const end = Date.now() + STRAGGLERS_MS;
  while (running().length > 0 && Date.now() < end) await pause(20);
  const left = running().length > 0;
  if (left) killAll();
  groups.clear();
  return left;
}
