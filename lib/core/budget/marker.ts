import type { Environment } from '../environment.js';

/**
 * The variable that lists what governor has set in a program's environment, as `NAME=VALUE` separated by blanks. A
 * governor inside the program, and an audit, know by it which values are the user's. Of a variable that holds a list of
 * options it names governor's own option.
 */
export const GOVERNOR_SET = 'GOVERNOR_SET';

/** What governor has set, by the variable's name. */
export function setByGovernor(environment: Environment): Map<string, string> {
  const words = (environment[GOVERNOR_SET] ?? '').split(' ').filter(word => word.indexOf('=') > 0);
  return new Map(words.map(word => [word.slice(0, word.indexOf('=')), word.slice(word.indexOf('=') + 1)]));
}

/**
 * The value of GOVERNOR_SET for a program.
 * @param ours what governor sets now
 * @param environment the variables before: an outer governor's that stay are governor's too
 */
export function formatMarker(ours: ReadonlyMap<string, string>, environment: Environment): string {
  const outer = [...setByGovernor(environment)].filter(([name, value]) =>
    environment[name]?.split(/\s+/).includes(value),
  );
  return [...new Map([...outer, ...ours])].map(([name, value]) => `${name}=${value}`).join(' ');
}
