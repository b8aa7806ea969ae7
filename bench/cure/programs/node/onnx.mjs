// Worker processes that each run a model with onnxruntime: onnx.mjs WORKERS THREADS RUNS. 0 workers: one for each CPU;
// 0 threads: onnxruntime's own choice.
import cluster from 'node:cluster';
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import * as ort from 'onnxruntime-node';
import { layers, model } from './onnx-model.mjs';
import { span, working } from './span.mjs';

const [workers, threads, runs] = process.argv.slice(2).map(Number);
if (cluster.isPrimary) {
  const pool = Array.from({ length: workers || availableParallelism() }, () => cluster.fork());
  await Promise.all(pool.map(worker => once(worker, 'message')));
  let left = runs;
  const start = working();
  await Promise.all(
    pool.map(async worker => {
      while (left-- > 0) {
        worker.send('run');
        await once(worker, 'message');
      }
      worker.disconnect();
    }),
  );
  span(start, runs);
} else {
  const session = await ort.InferenceSession.create(model(), threads > 0 ? { intraOpNumThreads: threads } : {});
  const input = new ort.Tensor('float32', new Float32Array(64 * layers.width).fill(0.5), [64, layers.width]);
  const run = () => session.run({ x0: input });
  await run();
  process.on('message', async () => {
    await run();
    process.send('done');
  });
  process.send('ready');
}
