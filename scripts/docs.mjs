// Writes what is made from the tables of commands and flags: docs/reference/cli.md and man/.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { generatedFiles } from '../dist/lib/cli/docs/generated.js';

const ROOT = fileURLToPath(new URL('../', import.meta.url));

rmSync(`${ROOT}man`, { recursive: true, force: true });
for (const [file, text] of Object.entries(generatedFiles())) {
  mkdirSync(dirname(ROOT + file), { recursive: true });
  writeFileSync(ROOT + file, text);
}
