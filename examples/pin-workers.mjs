// The library: worker threads that each have a CPU of their own before their code runs.
//
//   node examples/pin-workers.mjs
import { isMainThread, parentPort } from 'node:worker_threads';
import { banner, pinWorkers } from 'thread-governor';

if (isMainThread) {
  console.log(await banner());
  const pool = await pinWorkers(new URL(import.meta.url));
  await Promise.all(
    pool.workers.map(
      ({ index, place, tid, worker }) =>
        new Promise(resolve =>
          worker.once('message', primes => {
            console.log(`worker ${index}: thread ${tid} on CPU ${place}: ${primes} primes`);
            resolve();
          }),
        ),
    ),
  );
  await pool.close();
} else {
  parentPort.postMessage(primesBelow(200_000));
}

function primesBelow(limit) {
  const composite = new Uint8Array(limit);
  let count = 0;
  for (let n = 2; n < limit; n++) {
    if (composite[n]) continue;
    count++;
    for (let multiple = n * n; multiple < limit; multiple += n) composite[multiple] = 1;
  }
  return count;
}
