import { output, style } from './output.js';

/** A line of ours on stderr. */
export const say = (text: string): void => output.error(`${style(2, 'dim', 'governor:')} ${text}`);

/** The same for what is not as it should be. */
export const warn = (text: string): void => output.error(`${style(2, 'yellow', 'governor:')} ${text}`);
