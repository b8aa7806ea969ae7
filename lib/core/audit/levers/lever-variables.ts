import { LIBRARY_LEVERS } from './library-levers.js';
import { PROGRAM_LEVERS } from './program-levers.js';

/** Every variable that a lever may set: the audit reads what it is now. */
export const LEVER_VARIABLES: ReadonlySet<string> = new Set([
  ...LIBRARY_LEVERS.flatMap(({ variables = [] }) => variables.map(({ name }) => name)),
  ...PROGRAM_LEVERS.flatMap(({ workers, threads }) => [workers?.variable, threads?.variable]).flatMap(
    variable => variable?.name ?? [],
  ),
]);
