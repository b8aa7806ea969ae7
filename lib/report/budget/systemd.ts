import { badInput } from '../../errors.js';

/**
 * `Environment=` of a unit: one quoted word with C escapes, in which % is a specifier and $ is literal
 * (systemd.exec(5), systemd.syntax(7)).
 * @throws GovernorError BAD_INPUT for a character that systemd rejects in a value, even if escaped
 */
export function systemdEnvironment(name: string, value: string): string {
  if (REFUSED.test(value))
    throw badInput(name, value, 'a value that systemd accepts: no control characters but tab and line break');
  return `Environment="${name}=${value.replace(/[\\"%]|[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, escaped)}"`;
}

/** ASCII control characters except tab and line break; noncharacters and surrogates of Unicode. */
const REFUSED = /[\0-\x08\v-\x1f\x7f\p{Noncharacter_Code_Point}\p{Cs}]/u;

function escaped(character: string): string {
  if (character === '%') return '%%';
  if (character === '"' || character === '\\') return `\\${character}`;
  return `\\U${character.codePointAt(0)!.toString(16).padStart(8, '0')}`;
}
