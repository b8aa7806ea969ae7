import { type Command, Option } from 'commander';
import { MOST_WORKERS, type BudgetOptions } from '../core/budget/budget.js';
import { parsePolicy, POLICIES, type PlacementPolicy } from '../core/placement/policy.js';
import { parseExport, type VariableExport } from '../core/budget/exports.js';
import type { NearDevice } from '../core/machine/gpu.js';
import type { Host } from '../core/machine/host.js';
import { parseSize } from '../core/machine/size.js';
import { badInput } from '../errors.js';
import { readHost, readHostFile } from '../system/machine/host.js';

/** Options of more than one command, each once. */
export interface Flags {
  workers?: number;
  threadsPerWorker?: number;
  reserve?: number;
  physical?: boolean;
  memoryPerWorker?: number;
  policy?: PlacementPolicy;
  near?: NearDevice;
  sysroot?: string;
  host?: string;
  share?: boolean;
  export?: VariableExport[];
  json?: boolean;
}

export const count = (flag: string, least: number) => (text: string) => {
  if (!/^\d{1,9}$/.test(text) || Number(text) < least || Number(text) > MOST_WORKERS) {
    throw badInput(flag, text, `an integer from ${least} to ${MOST_WORKERS}`);
  }
  return Number(text);
};

const THREADS = () => [
  new Option('-n, --workers <N>', 'how many workers (default: as many as the CPUs allow)').argParser(
    count('workers', 1),
  ),
  new Option(
    '-t, --threads-per-worker <K>',
    'threads of each worker (default: 1; with --workers what the CPUs leave for each)',
  ).argParser(count('threadsPerWorker', 1)),
  new Option(
    '--reserve <CPUS>',
    'CPUs kept for the OS and the parent (default: 1, or 0 where a quota or cpuset leaves others a CPU)',
  ).argParser(count('reserve', 0)),
  new Option('--physical', 'count cores, not SMT siblings'),
];

const FLAGS = {
  threads: THREADS,
  budget: () => [
    ...THREADS(),
    new Option(
      '--memory-per-worker <SIZE>',
      'what one worker needs, such as 2G: so many as fit into the memory',
    ).argParser((text: string) => parseSize(text, 'memoryPerWorker')),
  ],
  placement: () => [
    new Option(
      '--policy <POLICY>',
      `where workers are placed: ${POLICIES.join(', ')} (default: physical for one thread each, close for several)`,
    ).argParser((text: string) => parsePolicy(text, 'policy')),
  ],
  host: () => [
    new Option('--sysroot <DIR>', 'read a recorded machine: a directory with sys/ and proc/'),
    new Option('--host <FILE>', 'read a machine that `governor topology --json` has printed').conflicts('sysroot'),
  ],
  near: () => [
    new Option('--near <WHAT>', 'gpu: worker i gets CPUs that are local to the i-th GPU that it sees').argParser(
      (text: string) => {
        if (text !== 'gpu') throw badInput('near', text, 'gpu');
        return text;
      },
    ),
  ],
  share: () => [new Option('--share', 'neither claim the CPUs nor mind who has claimed them')],
  export: () => [
    new Option(
      '--export <NAME=WHAT>',
      "set a program's own variable to workers, threads or memory-workers[:SIZE]; may be repeated",
    ).argParser((text: string, before: VariableExport[] | undefined) => [...(before ?? []), parseExport(text)]),
  ],
  json: () => [new Option('--json', 'print JSON')],
};

/** Adds groups of options to a command. */
export function withFlags(command: Command, ...groups: (keyof typeof FLAGS)[]): Command {
  for (const group of groups) for (const option of FLAGS[group]()) command.addOption(option);
  return command;
}

export function budgetOptions(flags: Flags): BudgetOptions {
  const { workers, threadsPerWorker, reserve, physical, memoryPerWorker } = flags;
  return { workers, threadsPerWorker, reserve, physical, memoryPerWorker };
}

/** The machine that --host or --sysroot names; null: this one. */
export async function givenHost(flags: Flags): Promise<Host | null> {
  if (flags.host !== undefined) return readHostFile(flags.host);
  return flags.sysroot === undefined ? null : readHost({ sysroot: flags.sysroot });
}
