import { fileURLToPath } from 'node:url';

export { PYTHON } from './debian.js';

export const PROJECT = fileURLToPath(new URL('../../../', import.meta.url));
/** The package's command. */
export const GOVERNOR = fileURLToPath(new URL('../../../bin/governor.js', import.meta.url));
