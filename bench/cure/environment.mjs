// The environment of the measured programs, and the machine that they run on.
import { cpus, loadavg, release } from 'node:os';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

/** Variables that size pools, ours, and npm's. */
const SIZES_POOLS = /^(GOVERNOR_|npm_|OMP_|KMP_|MKL_|.*_NUM_THREADS$|GOMAXPROCS$|UV_THREADPOOL_SIZE$)/;

/**
 * This program's environment without what sizes pools, and with its own places for temporary files and for claims:
 * those of other programs on this machine do not count.
 */
export function cleanEnvironment(directory) {
  const [temporary, ledger] = ['tmp', 'ledger'].map(name => join(directory, name));
  for (const made of [temporary, ledger]) mkdirSync(made);
  const kept = Object.entries(process.env).filter(([name]) => !SIZES_POOLS.test(name));
  return { ...Object.fromEntries(kept), TMPDIR: temporary, GOVERNOR_LEDGER: ledger };
}

/** Busy and stolen CPU time of the machine so far, in ticks. */
function ticks() {
  const [, user, nice, system, idle, wait, irq, soft, steal] = readFileSync('/proc/stat', 'utf8')
    .split(/\s+/)
    .map(Number);
  return {
    busy: user + nice + system + irq + soft,
    stolen: steal,
    all: user + nice + system + idle + wait + irq + soft + steal,
  };
}

/** How many CPUs other programs, and other guests of the host, use while this program waits. */
export async function othersBusy(seconds) {
  const before = ticks();
  await pause(seconds * 1000);
  const after = ticks();
  const share = figure => ((after[figure] - before[figure]) / (after.all - before.all)) * cpus().length;
  return share('busy') + share('stolen');
}

/** Says what share of the machine's time its host has taken since. */
export function stealMeter() {
  const before = ticks();
  return () => {
    const after = ticks();
    return (after.stolen - before.stolen) / Math.max(1, after.all - before.all);
  };
}

export function machine() {
  return {
    model: cpus()[0]?.model.trim() ?? 'unknown',
    cpus: cpus().length,
    kernel: release(),
    node: process.version,
    load: loadavg()[0],
  };
}
