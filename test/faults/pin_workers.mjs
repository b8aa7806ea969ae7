// pin_workers.mjs KIND: starts a pool by the library, prints its places, and closes it.
import { writeSync } from 'node:fs';
import { GovernorError, pinWorkers } from '../../dist/lib/index.js';

process.removeAllListeners('warning').on('warning', ({ message }) => writeSync(2, `governor: ${message}\n`));
try {
  const script = new URL('./pin_workers_worker.mjs', import.meta.url);
  const pool = await pinWorkers(script, { workers: 1, kind: process.argv[2], execArgv: [] });
  const places = pool.workers.map(({ place }) => place.join());
  await pool.close();
  writeSync(1, `closed ${places.join(' ')}\n`);
} catch (error) {
  if (!(error instanceof GovernorError)) throw error;
  writeSync(2, `governor: ${error.message}\n`);
  process.exitCode = 2;
}
