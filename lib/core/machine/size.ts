import { badInput } from '../../errors.js';

const UNITS: Record<string, number> = { '': 1, K: 2 ** 10, M: 2 ** 20, G: 2 ** 30, T: 2 ** 40 };

/**
 * Reads a size in bytes: `2G`, `1.5GiB`, `512MB`, `1073741824`. Units are powers of 1,024, as in the banner.
 * @throws GovernorError BAD_INPUT
 */
export function parseSize(text: string, what: string): number {
  const match = /^(\d{1,15}(?:\.\d{1,6})?)\s*([KMGT]?)(?:i?B)?$/i.exec(text.trim());
  const bytes = match ? Math.floor(Number(match[1]) * UNITS[match[2]!.toUpperCase()]!) : 0;
  if (bytes < 1 || bytes > Number.MAX_SAFE_INTEGER) throw badInput(what, text, 'a size such as 512M or 2.5G');
  return bytes;
}
