import { CORE_CHOICES } from '../../core/budget/kinds-of-cores.js';
import { parseExport, type VariableExport } from '../../core/budget/exports.js';
import { THREAD_VARIABLES } from '../../core/budget/thread-variables.js';
import { parseSize } from '../../core/machine/size.js';
import { integer, integerOrAuto, oneOf } from '../values.js';
import type { Flag } from './flag.js';

const workers: Flag = {
  name: 'workers',
  short: 'n',
  group: 'Budget',
  value: 'N',
  help: 'number of workers, or auto',
  default: 'auto, as many as the limits allow',
  parse: integerOrAuto(1),
};

const threadsPerWorker: Flag = {
  name: 'threads-per-worker',
  short: 't',
  group: 'Budget',
  value: 'K',
  help: 'threads of each worker',
  default: '1; with a given number of workers, an equal share of the CPUs',
  parse: integer(1),
};

const reserve: Flag = {
  name: 'reserve',
  group: 'Budget',
  value: 'CPUS',
  help: 'CPUs to keep for the OS and the parent, even if workers share',
  default: '1; 0 if a quota or a cpuset already leaves others a CPU',
  parse: integer(0),
};

const physical: Flag = {
  name: 'physical',
  group: 'Budget',
  help: 'count cores instead of CPUs',
};

const cores: Flag = {
  name: 'cores',
  group: 'Budget',
  value: 'WHICH',
  help: 'cores for a worker that several kinds of cores would slow down: performance (of one kind) or all',
  default: 'performance',
  parse: oneOf(CORE_CHOICES),
  choices: CORE_CHOICES,
};

const memoryPerWorker: Flag = {
  name: 'memory-per-worker',
  group: 'Budget',
  value: 'SIZE',
  help: 'memory one worker needs, e.g. 2G; caps the worker count',
  parse: parseSize,
};

export const exportFlag: Flag = {
  name: 'export',
  group: 'Budget',
  value: 'NAME=WHAT',
  help: "set the program's variable NAME to workers, threads or memory-workers[:SIZE]; may be repeated",
  option: 'exports',
  repeats: true,
  parse: (text, _, before) => [...((before as VariableExport[] | undefined) ?? []), parseExport(text)],
};

export const except: Flag = {
  name: 'except',
  group: 'Budget',
  value: 'NAME',
  help: 'leave the governed variable NAME as it is, such as OMP_NUM_THREADS; may be repeated',
  repeats: true,
  choices: THREAD_VARIABLES.map(variable => variable.name),
  parse: (text, _, before) => [...((before as string[] | undefined) ?? []), text],
};

/** Names that users of other launchers know. */
export const ninstances: Flag = {
  name: 'ninstances',
  group: 'Budget',
  value: 'N',
  help: 'same as --workers',
  conflicts: ['workers'],
  parse: integer(1),
  implies: (value: number) => ({ workers: value }),
};

export const ncoresPerInstance: Flag = {
  name: 'ncores-per-instance',
  group: 'Budget',
  value: 'K',
  help: 'same as --threads-per-worker; implies --physical',
  conflicts: ['threads-per-worker'],
  parse: integer(1),
  implies: (value: number) => ({ threadsPerWorker: value, physical: true }),
};

/** For commands that count workers themselves. */
export const THREADS: readonly Flag[] = [workers, threadsPerWorker, reserve, physical, cores];
export const BUDGET: readonly Flag[] = [...THREADS, memoryPerWorker];
/** For one worker, of a number that others have decided. */
export const ONE_WORKER: readonly Flag[] = BUDGET.filter(flag => flag !== workers && flag !== cores);
