// The one runner: npm run bench -- QUESTION [--rounds N]
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';

const here = new URL('.', import.meta.url);
const questions = readdirSync(here).filter(name => existsSync(new URL(`${name}/bench.mjs`, here)));
const [question, option, value, ...rest] = process.argv.slice(2);
const rounds = option === undefined ? 21 : option === '--rounds' ? Number(value) : NaN;
if (!questions.includes(question) || !(Number.isInteger(rounds) && rounds > 0) || rest.length > 0) {
  console.error(`usage: npm run bench -- QUESTION [--rounds N]\nquestions: ${questions.join(', ')}`);
  process.exit(2);
}
delete process.env.NODE_EXTRA_CA_CERTS; // reading certificates takes Node longer than all else of its start
const { bench, TOOLS } = await import(new URL(`${question}/bench.mjs`, here));
const missing = Object.entries(TOOLS).filter(
  ([, [command, ...words]]) => spawnSync(command, words, { stdio: 'ignore' }).status !== 0,
);
if (missing.length > 0) {
  console.error(`bench ${question}: on Debian: apt-get install ${missing.map(([name]) => name).join(' ')}`);
  process.exit(2);
}
process.exit(await bench(rounds));
