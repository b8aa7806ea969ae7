import { badInput } from '../../errors.js';
import type { Environment } from '../environment.js';
import { nearest } from '../text.js';
import { formatMarker, GOVERNOR_SET, setByGovernor } from './marker.js';
import type { Runtime } from './runtimes.js';
import { THREAD_VARIABLES, type ThreadVariable } from './thread-variables.js';

/** A variable that the user has set to another value than the governor would. */
export interface KeptVariable {
  /** the variable's name */
  name: string;
  /** the user's value, which stays */
  value: string;
  /** what the governor would have set */
  instead: string;
}

/** The governed variables for a program. */
export interface ThreadEnvironment {
  /** what to add to its environment */
  set: Record<string, string>;
  /** variables that the user has set to other values, which win */
  kept: KeptVariable[];
}

/** Which of the governed variables a program gets. */
export interface VariableChoice {
  /** names of governed variables that are left as they are; default: none */
  except?: readonly string[] | undefined;
  /** what runs the program: some variables are for one runtime only; default: those are not set */
  runtime?: Runtime | null | undefined;
  /**
   * for a program that has workers: how many CPUs it counts and for how many workers there is room. A variable whose
   * number workers would inherit and multiply is then set only if the program would start too many without it;
   * default: it is set
   */
  room?: { cpus: number; workers: number } | undefined;
  /**
   * for a program that is one process of this runtime: the threads for its own pool, or for every pool if it is a
   * compiled program; default: as many as a worker has
   */
  alone?: { runtime: Runtime; threads: number } | null | undefined;
}

/**
 * The variables to set for a program, and those that its user has set already. A value that an outer governor has set
 * is not the user's.
 * @param count the numbers that variables are set to
 * @param count.workers how many workers
 * @param count.threads how many threads each
 * @param environment the variables that are set already; an empty value counts as unset
 * @param choice which variables; default: all that are for every runtime
 * @throws GovernorError BAD_INPUT if `except` names a variable that is not governed
 */
export function threadEnvironment(
  count: { workers: number; threads: number },
  environment: Environment,
  { except = [], runtime = null, room, alone }: VariableChoice = {},
): ThreadEnvironment {
  for (const name of except) requireGoverned(name);
  const result: ThreadEnvironment = { set: {}, kept: [] };
  const outer = setByGovernor(environment);
  for (const variable of THREAD_VARIABLES) {
    const { name } = variable;
    if (except.includes(name) || (variable.runtime !== undefined && variable.runtime !== runtime)) continue;
    if (room && isNeedless(variable, room)) continue;
    const own = alone && (alone.runtime === 'native' || alone.runtime === variable.poolOf);
    const value = numberFor(variable, own ? { ...count, threads: alone.threads } : count);
    const words = wordsOf(environment[name], variable);
    const given = words.find(word => isOwn(word, variable));
    if (given === undefined || given === outer.get(name))
      result.set[name] = [...words.filter(word => word !== given), value].join(' ');
    else if (given !== value) result.kept.push({ name, value: given, instead: value });
  }
  return result;
}

/**
 * The same for a program that is one of the workers: variables that size a pool of processes get the number of its
 * threads. With the number of all workers, each of N workers would start N processes.
 */
export function workerEnvironment(
  threads: number,
  environment: Environment,
  choice: VariableChoice = {},
): ThreadEnvironment {
  return threadEnvironment({ workers: threads, threads }, environment, choice);
}

/** Adds GOVERNOR_SET, by which a governor inside the program knows them again. */
export function marked(set: Readonly<Record<string, string>>, environment: Environment): Record<string, string> {
  const options = new Map(THREAD_VARIABLES.map(({ name, option }) => [name, option]));
  const ours = Object.entries(set).map(([name, value]): [string, string] => {
    const option = options.get(name);
    return [name, option === undefined ? value : value.slice(value.lastIndexOf(option))];
  });
  return { ...set, [GOVERNOR_SET]: formatMarker(new Map(ours), environment) };
}

function isNeedless({ multiplies }: ThreadVariable, { cpus, workers }: { cpus: number; workers: number }): boolean {
  return multiplies !== undefined && workers >= (multiplies === 'affinity' ? cpus : multiplies);
}

function numberFor(
  { set, least = 1, most = Infinity, option = '' }: ThreadVariable,
  count: Record<string, number>,
): string {
  if (typeof set === 'object') return set.text;
  return `${option}${Math.min(most, Math.max(least, count[set]!))}`;
}

/** The options that a variable holds, or its whole value; empty if it is unset. */
function wordsOf(value: string | undefined, { option }: ThreadVariable): string[] {
  if (value === undefined || value === '') return [];
  return option === undefined ? [value] : value.trim().split(/\s+/);
}

/** Whether a word of a variable's value is the number's: Node takes `--v8_pool_size=1` as well. */
function isOwn(word: string, { option }: ThreadVariable): boolean {
  if (option === undefined) return true;
  const name = (text: string) => text.replace(/=.*/, '').replaceAll('_', '-');
  return name(word) === name(option);
}

function requireGoverned(name: string): void {
  const names = THREAD_VARIABLES.map(variable => variable.name);
  if (names.includes(name)) return;
  const hint = nearest(name, names);
  throw badInput('except', name, `a variable that governor env prints${hint === null ? '' : `, such as ${hint}`}`);
}
