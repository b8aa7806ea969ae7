// What does an audit cost? Ours against a C program that only makes the same system calls, psutil, ps, and tools that
// walk stacks, at a program of 100, 1,000 and 10,000 threads; and what the audited program notices of it. docs/bench.md
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CLOCK, CPU, library, medians, table } from '../measure.mjs';
import { disturbance } from './disturbance.mjs';

const here = fileURLToPath(new URL('.', import.meta.url));
const project = join(here, '../..');
const PYTHON = '/usr/bin/python3'; // Debian's, which has its packages
const node = process.execPath;
const SIZES = (process.env.GOVERNOR_BENCH_THREADS ?? '100,1000,10000').split(',').map(Number);
/** What has to run for this bench, and the Debian package of each. */
export const TOOLS = {
  elfutils: ['eu-stack', '--version'],
  gcc: ['cc', '--version'],
  gdb: ['gdb', '--version'],
  hwloc: ['hwloc-ps', '--version'],
  procps: ['ps', '--version'],
  'python3-psutil': [PYTHON, '-c', 'import psutil'],
  'util-linux': ['taskset', '--version'],
};

export async function bench(rounds) {
  const work = mkdtempSync(join(tmpdir(), 'governor-bench-'));
  try {
    for (const name of ['floor', 'latency', 'program', 'threads']) {
      execFileSync('cc', [
        '-O2',
        '-Wall',
        '-Wextra',
        '-Werror',
        '-pthread',
        '-o',
        join(work, name),
        join(here, `${name}.c`),
      ]);
    }
    console.log(
      `${rounds} rounds, contestants in turn; ratio: to the C program that only makes the same system calls\n`,
    );
    const costs = [];
    for (const size of SIZES) costs.push(await costsAt(size, work, rounds));
    console.log(growth(costs));
    for (const kind of ['clock', 'mmap']) console.log(await disturbance(kind, join(work, 'latency'), rounds));
  } finally {
    rmSync(work, { recursive: true });
  }
  return 0;
}

async function costsAt(size, work, rounds) {
  const target = spawn(join(work, 'threads'), [String(size)], { stdio: ['pipe', 'pipe', 'inherit'] });
  const [line] = await Promise.race([
    once(target.stdout, 'data'),
    once(target, 'exit').then(() => {
      throw new Error(`no ${size} threads`);
    }),
  ]);
  const pid = String(line).trim();
  try {
    const questions = { census: census(work, pid, size), owners: owners(work, pid, size), audit: whole(work, pid) };
    const costs = {};
    for (const [question, contestants] of Object.entries(questions)) {
      const found = await medians(contestants, rounds);
      costs[question] = found[1].cpu;
      console.log(table(`${size} threads: ${question}`, contestants, found, [CLOCK, CPU]));
    }
    return { size, costs };
  } finally {
    target.kill('SIGKILL');
    await once(target, 'exit');
  }
}

const floor = (work, what, pid) => library('C, the same system calls', [join(work, 'floor'), what, pid]);
const ours = (name, what, pid) => library(`ours: ${name}`, [node, join(here, 'ours.mjs'), what, pid]);
const psutil = (name, what, pid) => library(`psutil: ${name}`, [PYTHON, join(here, 'psutil_threads.py'), what, pid]);
const program = (name, work, command) => library(name, [join(work, 'program'), ...command]);

/** Which threads are there, and what they have had and wanted of the CPUs. */
const census = (work, pid, size) => [
  floor(work, 'census', pid),
  ours('processes and samples', 'census', pid),
  psutil('threads()', 'threads', pid),
  ...(size <= 1000 ? [psutil('figures of each thread', 'figures', pid)] : []), // of 10,000: minutes
  program('ps -eLf', work, ['ps', '-eLf']),
  program('ps -L -p PID', work, ['ps', '-L', '-p', pid, '-o', 'pid,tid,comm,state,psr,time,lstart']),
  program('hwloc-ps -t --pid PID', work, ['hwloc-ps', '-a', '-t', '--pid', pid]),
];

/** And who made them. Tools that walk stacks stop the program, and take seconds. */
const owners = (work, pid, size) => [
  floor(work, 'owners', pid),
  ours('with owners', 'owners', pid),
  ...(size <= 1000 ? [program('eu-stack', work, ['sh', '-c', `eu-stack -p ${pid} || [ $? -eq 1 ]`])] : []),
  ...(size <= 100
    ? [program('gdb -batch', work, ['gdb', '-batch', '-nx', '-p', pid, '-ex', 'thread apply all bt'])]
    : []),
];

/** Two looks and the owners. */
const whole = (work, pid) => [
  floor(work, 'audit', pid),
  ours('audit()', 'audit', pid),
  program('governor audit', work, [
    'sh',
    '-c',
    `${node} ${join(project, 'bin/governor.js')} audit --window 0.001 ${pid} || [ $? -eq 1 ]`,
  ]),
];

/** Microseconds on a CPU for each thread: the same at every size where the cost grows as the threads do. */
function growth(costs) {
  const line = (name, cells) => name.padEnd(46) + cells.map(cell => cell.padStart(11)).join('');
  const each = question => costs.map(({ size, costs: { [question]: ms } }) => ((ms * 1000) / size).toFixed(1));
  return `${[
    line(
      'ours, CPU µs for each thread',
      costs.map(({ size }) => String(size)),
    ),
    ...['census', 'owners', 'audit'].map(question => line(question, each(question))),
  ].join('\n')}\n`;
}
