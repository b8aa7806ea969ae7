// The environment of the measured programs: this one's, without what sizes pools, and with our own ledger of claims.
import { cpus, loadavg, release } from 'node:os';
import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';

const SIZES_POOLS =
  /^(GOVERNOR_|npm_|.*_NUM_THREADS$|OMP_|KMP_|MKL_|GOMAXPROCS$|UV_THREADPOOL_SIZE$|NODE_EXTRA_CA_CERTS$)/;

/** @param directory for the claims of the governed programs: those of other programs on this machine do not count */
export function cleanEnvironment(directory) {
  const kept = Object.entries(process.env).filter(([name]) => !SIZES_POOLS.test(name));
  return { ...Object.fromEntries(kept), GOVERNOR_LEDGER: directory };
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
