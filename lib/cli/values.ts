import { badInput } from '../errors.js';

export function parsePid(text: string): number {
  if (!/^[1-9]\d{0,9}$/.test(text)) throw badInput('pid', text, 'the number of a process, such as ps shows');
  return Number(text);
}

/** Parser of an option's value: a number above 0, at most `most`. */
export function positive(option: string, most: number, wanted: string): (text: string) => number {
  return text => {
    if (!/^\d{1,7}(\.\d+)?$/.test(text) || Number(text) <= 0 || Number(text) > most)
      throw badInput(option, text, wanted);
    return Number(text);
  };
}

export function seconds(option: string): (text: string) => number {
  return positive(option, 3600, 'seconds from above 0 to 3600');
}
