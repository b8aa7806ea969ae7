import assert from 'node:assert/strict';
import type { AuditedPool } from '../../../../lib/core/audit/audited.js';
import { libraryWithoutVariable } from '../../../../lib/core/audit/findings/library-without-variable.js';
import { EIGHT_CPUS, madeAudit, madePool, madeProcess, madeWorkers } from '../../../helpers/audit/audited.js';
import { madeHost } from '../../../helpers/machine/hosts.js';

const pids = (count: number) => Array.from({ length: count }, (_, i) => 1000 + 100 * i);
/** Workers with a pool each, confined to `cpus` of 8 CPUs. */
const found = (
  library: string,
  count: number,
  threads: number,
  { cpus = '0-7', host = EIGHT_CPUS, pool = {} as Partial<AuditedPool> } = {},
) =>
  libraryWithoutVariable({
    ...madeAudit(madeProcess(), ...madeWorkers(count, () => ({ threads: [{ cpus }] }))),
    host,
    pools: [madePool(library, threads, { pids: pids(count), ...pool })],
  });

describe('finding: a library without a variable starts more threads than CPUs', () => {
  it('a thread per core in each of several processes', () => {
    const [finding] = found('onnxruntime', 4, 8);
    assert.equal(
      finding!.text,
      'onnxruntime starts 8 threads in each of 4 processes with 2 CPUs, and reads no variable.',
    );
    assert.equal(finding!.evidence, '/usr/lib/onnxruntime.so in pids 1000, 1100, 1200, 1300');
    assert.equal(finding!.fix, 'session_options.intra_op_num_threads = 2  # in Node: { intraOpNumThreads: 2 }');
  });
  it('in confined processes', () =>
    assert.match(found('onnxruntime', 2, 8, { cpus: '3' })[0]!.fix, /intra_op_num_threads = 1 /));
  it('under a quota', () =>
    assert.match(
      found('onnxruntime', 1, 8, { host: madeHost({ cores: 8, quota: 1.5 }) })[0]!.text,
      /in 1 process with 1\.5 CPUs/,
    ));
  it('TBB', () => assert.match(found('TBB', 4, 8)[0]!.fix, /max_allowed_parallelism, 2\);$/));
});

describe('no finding: a library within its CPUs', () => {
  it('one process with a thread per CPU', () => assert.deepEqual(found('onnxruntime', 1, 8), []));
  it('processes with an equal part each', () => assert.deepEqual(found('onnxruntime', 4, 2), []));
  it('a part that is not a whole number', () => assert.deepEqual(found('onnxruntime', 3, 3), []));
  it('a library with a variable, or an unknown one', () =>
    assert.deepEqual(
      ['libgomp', 'OpenBLAS', 'unknown', 'constructor'].flatMap(library => found(library, 4, 8)),
      [],
    ));
  it('a pool that sleeps, or does not compute', () => {
    assert.deepEqual(found('onnxruntime', 4, 8, { pool: { run: 0 } }), []);
    assert.deepEqual(found('TBB', 4, 8, { pool: { computes: false } }), []);
  });
});
