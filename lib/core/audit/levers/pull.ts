import { formatCpulist, type Cpuset } from '../../cpuset.js';
import type { Environment } from '../../environment.js';
import { numberIn, settingOf, type AuditLever, type VariableSetting } from './lever.js';
import type { LibraryLever } from './library-levers.js';
import { optionNow, optionText, type ProgramOption } from './program.js';

/** A lever, and how to pull it mechanically. */
export interface PulledLever extends AuditLever {
  /** the variable to set; null if the lever is none */
  variable: { name: string; value: string } | null;
  /** the option to set on the command line of `program`; null if the lever is none */
  option: ProgramOption | null;
}

/** What a lever is for. */
export type LeverAim = Pick<AuditLever, 'owner' | 'of' | 'value' | 'now'>;

export function byVariable(
  aim: LeverAim,
  setting: VariableSetting,
  environment: Environment,
  source: string,
): PulledLever {
  const value = Math.max(aim.value, setting.least ?? 1);
  const variable = { name: setting.name, value: settingOf(setting, value, environment[setting.name]) };
  const set = `${variable.name}=${variable.value}`;
  return { ...aim, kind: 'variable', set, value, source, variable, option: null };
}

/** The variable that wins over all others of the library; empty if it has none. */
export function byFirstVariable(aim: LeverAim, lever: LibraryLever | null, environment: Environment): PulledLever[] {
  const [setting] = lever?.variables ?? [];
  return lever && setting ? [byVariable(aim, setting, environment, lever.source)] : [];
}

export function byCode(aim: LeverAim, code: (count: number) => string, source: string): PulledLever {
  return { ...aim, kind: 'code', set: code(aim.value), source, variable: null, option: null };
}

/**
 * No setting is known: confined to so many CPUs, many libraries start as many threads.
 * @param cpus for one process; null: for each worker its own, which `governor run` gives
 */
export function byCpus(aim: LeverAim, cpus: Cpuset | null): PulledLever {
  const set = cpus ? `${CONFINE} ${formatCpulist(cpus)}` : 'governor run';
  return { ...aim, kind: 'cpus', set, source: null, variable: null, option: null };
}

/** The command that confines a program to CPUs. */
const CONFINE = 'taskset -c';

/** The program, confined if a lever says so. */
export function confinedCommand(levers: readonly PulledLever[], program: readonly string[]): string[] {
  const lever = levers.find(({ kind, set }) => kind === 'cpus' && set.startsWith(CONFINE));
  return lever ? [...lever.set.split(' '), ...program] : [...program];
}

/**
 * An option of a program: as a variable if it has one and the command line does not set the number, else as the option,
 * or as a line of its configuration.
 */
export function byOption(
  aim: LeverAim,
  option: ProgramOption,
  commandLine: readonly string[],
  environment: Environment,
): PulledLever {
  const { variable, configuration, source, flags } = option;
  if (configuration)
    return { ...aim, kind: 'configuration', set: configuration(aim.value), source, variable: null, option: null };
  const inForce = optionNow(option, commandLine);
  if (variable && inForce === null && (flags.length === 0 || isSet(variable, environment) || variable.part))
    return byVariable(aim, variable, environment, source);
  return { ...aim, kind: 'option', set: optionText(option, aim.value), source, variable: null, option };
}

function isSet(variable: VariableSetting, environment: Environment): boolean {
  return numberIn(variable, environment[variable.name]) !== null;
}
