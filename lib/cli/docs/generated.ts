import { SPECS } from '../specs/all.js';
import { manPages } from './man.js';
import { reference } from './reference.js';

/** The files that are made from the tables, by their paths from the project's root. */
export function generatedFiles(): Record<string, string> {
  const pages = Object.entries(manPages(SPECS)).map(([name, text]) => [`man/${name}`, text]);
  return { 'docs/reference/cli.md': reference(SPECS), ...Object.fromEntries(pages) };
}
