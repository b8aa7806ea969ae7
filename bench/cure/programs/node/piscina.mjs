// A pool of worker threads that sort and serialise: piscina.mjs THREADS TASKS. 0 threads: piscina's own choice.
import { fileURLToPath } from 'node:url';
import { Piscina } from 'piscina';
import { span, working } from './span.mjs';

const [threads, tasks] = process.argv.slice(2).map(Number);
const pool = new Piscina({
  filename: fileURLToPath(new URL('piscina-task.mjs', import.meta.url)),
  ...(threads > 0 ? { minThreads: threads, maxThreads: threads } : {}),
});
await Promise.all(Array.from({ length: 32 }, (_, i) => pool.run(i)));
const start = working();
await Promise.all(Array.from({ length: tasks }, (_, i) => pool.run(i)));
span(start, tasks);
await pool.destroy();
