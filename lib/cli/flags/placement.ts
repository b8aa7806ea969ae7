import { parseCpulist } from '../../core/cpuset.js';
import { POLICIES, type PlacementPolicy } from '../../core/placement/policy.js';
import { oneOf, rankOf, secondsOr, translated } from '../values.js';
import type { Flag } from './flag.js';

export const policy: Flag = {
  name: 'policy',
  group: 'Placement',
  value: 'POLICY',
  help: `how places are chosen: ${POLICIES.join(', ')}`,
  default: 'physical',
  parse: oneOf(POLICIES),
  choices: POLICIES,
};

export const near: Flag = {
  name: 'near',
  group: 'Placement',
  value: 'DEVICE',
  help: 'gpu: place worker i on CPUs local to the i-th GPU that it sees',
  parse: oneOf(['gpu']),
  choices: ['gpu'],
};

export const share: Flag = {
  name: 'share',
  group: 'Placement',
  help: "do not claim CPUs, and ignore others' claims",
};

export const lend: Flag = {
  name: 'lend',
  group: 'Placement',
  help: 'lend idle CPUs: Python workers use the CPUs that others under --lend do not need just now',
};

/** The value of `--wait` that sets no limit. */
const FOREVER = 'forever';

export const wait: Flag = {
  name: 'wait',
  group: 'Placement',
  value: 'SECONDS',
  bare: FOREVER,
  help:
    'wait until others give back enough CPUs, instead of failing; who came first gets them first ' +
    '(no value: as long as it takes)',
  conflicts: ['share'],
  parse: secondsOr(FOREVER),
};

export const cpus: Flag = {
  name: 'cpus',
  group: 'Placement',
  value: 'LIST',
  help: 'run on these CPUs, e.g. 0-3,8',
  parse: parseCpulist,
};

export const rank: Flag = {
  name: 'rank',
  group: 'Placement',
  value: 'I/N',
  help: 'take the place of rank I of N on this machine',
  default: 'the rank set by torchrun, Open MPI or Slurm',
  parse: rankOf,
};

export const restore: Flag = {
  name: 'restore',
  group: 'Placement',
  help: 'undo governor pin: put back the affinities from before the first pin',
};

const NUMA_BINDING: Record<string, PlacementPolicy> = {
  node: 'numa',
  socket: 'package',
  exclusive: 'physical',
  'core-complex': 'l3',
};
const CPU_BIND: Record<string, PlacementPolicy> = {
  cores: 'physical',
  threads: 'close',
  sockets: 'package',
  ldoms: 'numa',
};

/** "node is numa, socket is package" */
const meanings = (table: Record<string, PlacementPolicy>) =>
  Object.entries(table)
    .map(([name, meaning]) => `${name} is ${meaning}`)
    .join(', ');

export const numaBinding: Flag = {
  name: 'numa-binding',
  group: 'Placement',
  value: 'MODE',
  help: `torchrun's names for --policy: ${meanings(NUMA_BINDING)}`,
  conflicts: ['policy', 'cpu-bind'],
  parse: translated(NUMA_BINDING),
  choices: Object.keys(NUMA_BINDING),
  implies: (value: PlacementPolicy) => ({ policy: value }),
};

export const cpuBind: Flag = {
  name: 'cpu-bind',
  group: 'Placement',
  value: 'TYPE',
  help: `srun's names for --policy: ${meanings(CPU_BIND)}`,
  conflicts: ['policy'],
  parse: translated(CPU_BIND),
  choices: Object.keys(CPU_BIND),
  implies: (value: PlacementPolicy) => ({ policy: value }),
};
