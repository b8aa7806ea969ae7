// Runs one benchmark: npm run bench -- QUESTION [--rounds N]. A bench that exports `main` parses its own options.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';

const here = new URL('.', import.meta.url);
const questions = readdirSync(here).filter(name => existsSync(new URL(`${name}/bench.mjs`, here)));
const [question, ...words] = process.argv.slice(2);
delete process.env.NODE_EXTRA_CA_CERTS; // with it, reading certificates would dominate the start of Node
const questioned = questions.includes(question) ? await import(new URL(`${question}/bench.mjs`, here)) : undefined;
if (questioned?.main) process.exit(await questioned.main(words));
const [option, value, ...rest] = words;
const rounds = option === undefined ? 21 : option === '--rounds' ? Number(value) : NaN;
if (questioned === undefined || !(Number.isInteger(rounds) && rounds > 0) || rest.length > 0) {
  console.error(`usage: npm run bench -- QUESTION [--rounds N]\nquestions: ${questions.join(', ')}`);
  process.exit(2);
}
const { bench, TOOLS } = questioned;
const missing = Object.entries(TOOLS).filter(
  ([, [command, ...words]]) => spawnSync(command, words, { stdio: 'ignore' }).status !== 0,
);
if (missing.length > 0) {
  console.error(
    `bench ${question}: programs are missing; on Debian: apt-get install ${missing.map(([name]) => name).join(' ')}`,
  );
  process.exit(2);
}
process.exit(await bench(rounds));
