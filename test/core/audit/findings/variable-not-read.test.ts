import assert from 'node:assert/strict';
import type { Audited } from '../../../../lib/core/audit/findings.js';
import { variableNotRead } from '../../../../lib/core/audit/findings/variable-not-read.js';
import { file, governed, madeAudit, madePool, madeProcess, type MadeProcess } from '../../../helpers/audit/audited.js';

const BLAS = file('libopenblas.so.0', 'OpenBLAS');
const MKL = file('libmkl_core.so.2', 'MKL');
const GOMP = file('libgomp.so.1', 'libgomp');
const ORT = file('libonnxruntime.so.1.23', 'onnxruntime');
const program = (
  environment: Record<string, string>,
  library: string,
  threads: number,
  ...modules: MadeProcess['modules'] & object
): Audited => ({
  ...madeAudit(madeProcess({ environment, modules })),
  pools: [madePool(library, threads)],
});

describe('finding: a variable that no library reads, and threads that it does not limit', () => {
  it("OpenBLAS's variable, but the threads are MKL's", () => {
    const [found, ...more] = variableNotRead(program({ OPENBLAS_NUM_THREADS: '1' }, 'MKL', 8, MKL));
    assert.deepEqual(more, []);
    assert.equal(found!.text, 'OPENBLAS_NUM_THREADS=1 has no effect: MKL created the threads and does not read it.');
    assert.equal(
      found!.evidence,
      '8 MKL threads (/usr/lib/MKL.so) in pid 100; no loaded library reads OPENBLAS_NUM_THREADS',
    );
    assert.equal(found!.fix, 'export MKL_NUM_THREADS=1');
  });
  it("OpenBLAS's variable, but the threads are libgomp's", () =>
    assert.equal(
      variableNotRead(program({ OPENBLAS_NUM_THREADS: '2' }, 'libgomp', 8, GOMP))[0]!.fix,
      'export OMP_NUM_THREADS=2',
    ));
  it("every variable, but the threads are onnxruntime's, which are set in code", () => {
    const [found] = variableNotRead(
      program({ OMP_NUM_THREADS: '1', OPENBLAS_NUM_THREADS: '1' }, 'onnxruntime', 8, ORT),
    );
    assert.equal(
      found!.text,
      'OPENBLAS_NUM_THREADS=1 and OMP_NUM_THREADS=1 have no effect: ' +
        'onnxruntime created the threads and does not read them.',
    );
    assert.match(found!.fix, /^session_options\.intra_op_num_threads = 1 /);
  });
  it('a name that no library reads', () => {
    assert.equal(variableNotRead(program({ TBB_NUM_THREADS: '2' }, 'TBB', 8)).length, 1);
    assert.equal(
      variableNotRead(program({ RAYON_RS_NUM_THREADS: '2' }, 'rayon', 8))[0]!.fix,
      'export RAYON_NUM_THREADS=2',
    );
  });
  it('a variable that only the workers have', () => {
    const seen = program({}, 'MKL', 8, MKL);
    const worker = madeProcess({
      pid: 200,
      role: 'worker',
      environment: { OPENBLAS_NUM_THREADS: '1' },
      modules: [MKL],
    });
    assert.deepEqual(
      variableNotRead({
        ...seen,
        processes: [...seen.processes, worker],
        pools: [madePool('MKL', 8, { pids: [200] })],
      }).map(found => found.pids),
      [[200]],
    );
  });
});

describe('no finding: a harmless variable', () => {
  const fine = (seen: Audited) => assert.deepEqual(variableNotRead(seen), []);

  it('a governed program, which has them all', () => {
    fine(program(governed(), 'libgomp', 8, GOMP));
    fine(program(governed(), 'onnxruntime', 8, ORT));
    fine(program(governed(4), 'MKL', 8, MKL));
  });
  it('a variable that is read', () => fine(program({ OPENBLAS_NUM_THREADS: '1' }, 'OpenBLAS', 8, BLAS)));
  it('a variable whose library is also loaded', () =>
    fine(program({ OPENBLAS_NUM_THREADS: '1' }, 'libgomp', 8, BLAS, GOMP)));
  it('a second variable besides the one that is read', () =>
    fine(program({ OPENBLAS_NUM_THREADS: '1', MKL_NUM_THREADS: '4' }, 'MKL', 4, MKL)));
  it('a number that would limit nothing', () => fine(program({ OPENBLAS_NUM_THREADS: '8' }, 'MKL', 8, MKL)));
  it('no library threads', () => fine({ ...program({ OPENBLAS_NUM_THREADS: '1' }, 'MKL', 8, MKL), pools: [] }));
  it('threads of an unknown owner, of Python, or that do not compute', () => {
    fine(program({ OPENBLAS_NUM_THREADS: '1' }, 'unknown', 8));
    fine(program({ OPENBLAS_NUM_THREADS: '1' }, 'Python thread', 8));
    fine({ ...program({ OPENBLAS_NUM_THREADS: '1' }, 'MKL', 8), pools: [madePool('MKL', 8, { computes: false })] });
  });
  it('a variable of a library without its own file', () =>
    fine(program({ RAYON_NUM_THREADS: '1', NUMBA_NUM_THREADS: '1', GDAL_NUM_THREADS: '1' }, 'MKL', 8, MKL)));
  it('unreadable modules', () => {
    const seen = program({ OPENBLAS_NUM_THREADS: '1' }, 'MKL', 8, MKL);
    fine({ ...seen, processes: seen.processes.map(process => ({ ...process, modules: [] })) });
  });
  it('a value that is not a number', () => fine(program({ OPENBLAS_NUM_THREADS: '' }, 'MKL', 8, MKL)));
});
