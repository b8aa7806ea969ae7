import type { CoreChoice } from '../../core/budget/kinds-of-cores.js';
import type { VariableExport } from '../../core/budget/exports.js';
import type { Cpuset } from '../../core/cpuset.js';
import type { NearDevice } from '../../core/machine/gpu.js';
import type { PlacementPolicy } from '../../core/placement/policy.js';
import type { FixFormat } from '../../report/audit/fix.js';
import type { EnvironmentFormat } from '../../report/budget/environment.js';

/** Headings of the help, in their order. */
export const GROUPS = ['Budget', 'Placement', 'Lifecycle', 'Sampling', 'Output', 'Machine'] as const;
export type FlagGroup = (typeof GROUPS)[number];

/**
 * One flag of the command line. The table of flags yields parsing, help, man pages, the reference and completions;
 * a command lists the flags that it takes (specs/).
 */
export interface Flag {
  /** long name without its dashes; one that begins with `no-` switches something off */
  name: string;
  short?: string | undefined;
  group: FlagGroup;
  /** one line, in the imperative or as a noun, without a full stop */
  help: string;
  /** placeholder of its value; a flag without one is a switch */
  value?: string;
  /**
   * the value if none is given. A value is then only ever joined to the flag by `=`, so that a bare flag never takes
   * the next word: in `run --verify ./train` the program is ./train
   */
  bare?: string | undefined;
  /** reads the value; without it the text is the value */
  parse?(text: string, option: string, before: unknown): unknown;
  /** the library's name of the option, if it is not the flag's own in camelCase */
  option?: string;
  /** what happens without the flag, for people */
  default?: string;
  /** flags that it cannot be given with, in every command that takes both; declared on one of the two */
  conflicts?: readonly string[];
  /** what else it sets; a flag that is given itself wins */
  implies?(value: never): FlagValues;
  /** the values there are, for completion */
  choices?: readonly string[];
  /** what completes its value */
  completes?: 'file' | 'directory';
  /** may be given more than once */
  repeats?: true;
}

/** Values that were given, by the flags' names in camelCase. */
export interface FlagValues {
  workers?: number | 'auto';
  threadsPerWorker?: number;
  reserve?: number;
  physical?: boolean;
  cores?: CoreChoice;
  memoryPerWorker?: number;
  export?: VariableExport[];
  except?: string[];
  ninstances?: number;
  ncoresPerInstance?: number;
  policy?: PlacementPolicy;
  near?: NearDevice;
  numaBinding?: PlacementPolicy;
  cpuBind?: PlacementPolicy;
  cpus?: Cpuset;
  rank?: { rank: number; ranks: number };
  share?: boolean;
  lend?: boolean;
  wait?: number | true;
  restore?: boolean;
  keepGoing?: boolean;
  restarts?: number;
  timeout?: number;
  grace?: number;
  verify?: number;
  enforce?: boolean;
  dryRun?: boolean;
  threads?: number;
  budget?: boolean;
  library?: string;
  undo?: boolean;
  otherUsers?: boolean;
  apply?: boolean;
  window?: number;
  interval?: number;
  samples?: number;
  maxDemand?: number;
  maxRatio?: number;
  all?: boolean;
  limit?: number;
  prefix?: boolean;
  logDir?: string;
  quietRanks?: Cpuset;
  quiet?: boolean;
  report?: string;
  format?: EnvironmentFormat;
  fixFormat?: FixFormat;
  svg?: string;
  json?: boolean;
  sysroot?: string;
  host?: string;
}

/** The property of FlagValues that a flag sets: `threads-per-worker` as threadsPerWorker, `no-prefix` as prefix. */
export function propertyOf({ name }: Flag): keyof FlagValues {
  return name.replace(/^no-/, '').replace(/-(.)/g, (_, letter: string) => letter.toUpperCase()) as keyof FlagValues;
}

/** `-n, --workers <N>`, as help shows it. */
export function flagTerm({ short, name, value, bare }: Pick<Flag, 'short' | 'name' | 'value' | 'bare'>): string {
  const operand = value === undefined ? '' : bare === undefined ? ` <${value}>` : `[=<${value}>]`;
  return `${short ? `-${short}, ` : ''}--${name}${operand}`;
}

/** The help with the default. */
export function flagHelp({ help, default: usual }: Flag): string {
  return usual === undefined ? help : `${help} (default: ${usual})`;
}

/** A command's flags in the order of their groups. */
export function inGroups(flags: readonly Flag[]): [group: FlagGroup, flags: readonly Flag[]][] {
  return GROUPS.map((group): [FlagGroup, readonly Flag[]] => [
    group,
    flags.filter(flag => flag.group === group),
  ]).filter(([, members]) => members.length > 0);
}
