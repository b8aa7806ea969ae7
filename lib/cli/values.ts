import { MOST_WORKERS } from '../core/budget/budget.js';
import { parseCpulist, type Cpuset } from '../core/cpuset.js';
import { badInput } from '../errors.js';

/**
 * Reads the text that a user gave as a value. One parser for each kind of value.
 * @param option the library's name of the option, for the error
 * @param before what the same flag gave before, if it may be repeated
 * @throws GovernorError BAD_INPUT
 */
export type ValueParser<Value> = (text: string, option: string, before?: Value) => Value;

const DECIMAL = /^\d{1,7}(\.\d+)?$/;

export function integer(least: number, most = MOST_WORKERS): ValueParser<number> {
  return (text, option) => {
    if (!/^\d{1,9}$/.test(text) || Number(text) < least || Number(text) > most)
      throw badInput(option, text, `an integer from ${least} to ${most}`);
    return Number(text);
  };
}

/** The same, or `auto`: the default. */
export function integerOrAuto(least: number): ValueParser<number | 'auto'> {
  const number = integer(least);
  return (text, option) => (text === 'auto' ? text : number(text, option));
}

export const positive: ValueParser<number> = (text, option) => {
  if (!DECIMAL.test(text) || Number(text) <= 0 || Number(text) > 1e6) throw badInput(option, text, 'a number above 0');
  return Number(text);
};

/** Any length of time; the library knows the limits of each. */
export const seconds: ValueParser<number> = (text, option) => {
  if (!DECIMAL.test(text)) throw badInput(option, text, 'seconds, such as 10 or 0.5');
  return Number(text);
};

/** The same, or a word that sets no limit: true. */
export function secondsOr(unlimited: string): ValueParser<number | true> {
  return (text, option) => (text === unlimited ? true : seconds(text, option));
}

/** A time that is waited for again and again, or sampled: up to an hour. */
export const period: ValueParser<number> = (text, option) => {
  if (!DECIMAL.test(text) || Number(text) <= 0 || Number(text) > 3600)
    throw badInput(option, text, 'seconds above 0, at most 3600');
  return Number(text);
};

export function oneOf<Choice extends string>(choices: readonly Choice[]): ValueParser<Choice> {
  return (text, option) => {
    const choice = choices.find(name => name === text);
    if (choice === undefined)
      throw badInput(option, text, choices.length > 1 ? `one of ${choices.join(', ')}` : choices[0]!);
    return choice;
  };
}

/** A name that others have for a value of ours. */
export function translated<Value>(meanings: Readonly<Record<string, Value>>): ValueParser<Value> {
  const name = oneOf(Object.keys(meanings));
  return (text, option) => meanings[name(text, option)]!;
}

export const ranks: ValueParser<Cpuset> = (text, option) => {
  try {
    return parseCpulist(text, option);
  } catch {
    throw badInput(option, text, 'ranks such as 1-3,8');
  }
};

/** `I/N`: rank I of N. */
export const rankOf: ValueParser<{ rank: number; ranks: number }> = (text, option) => {
  const match = /^(\d{1,5})\/(\d{1,5})$/.exec(text);
  if (!match || Number(match[1]) >= Number(match[2]))
    throw badInput(option, text, 'I/N with I from 0 to N - 1, such as 0/4');
  return { rank: Number(match[1]), ranks: Number(match[2]) };
};

export function parsePid(text: string): number {
  if (!/^[1-9]\d{0,9}$/.test(text)) throw badInput('pid', text, 'the number of a process, such as ps shows');
  return Number(text);
}
