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

describe('finding: a variable that nothing reads, and threads that it does not limit', () => {
  it("OpenBLAS's, where the threads are MKL's", () => {
    const [found, ...more] = variableNotRead(program({ OPENBLAS_NUM_THREADS: '1' }, 'MKL', 8, MKL));
    assert.deepEqual(more, []);
    assert.equal(found!.text, 'OPENBLAS_NUM_THREADS=1 limits nothing here: MKL made the threads and does not read it.');
    assert.equal(
      found!.evidence,
      '8 threads of MKL (/usr/lib/MKL.so) in each of pid 100; no library that is loaded reads OPENBLAS_NUM_THREADS',
    );
    assert.equal(found!.fix, 'export MKL_NUM_THREADS=1');
  });
  it("OpenBLAS's, where they are libgomp's", () =>
    assert.equal(
      variableNotRead(program({ OPENBLAS_NUM_THREADS: '2' }, 'libgomp', 8, GOMP))[0]!.fix,
      'export OMP_NUM_THREADS=2',
    ));
  it("all of them, where they are onnxruntime's: its number stands in code", () => {
    const [found] = variableNotRead(
      program({ OMP_NUM_THREADS: '1', OPENBLAS_NUM_THREADS: '1' }, 'onnxruntime', 8, ORT),
    );
    assert.equal(
      found!.text,
      'OPENBLAS_NUM_THREADS=1 and OMP_NUM_THREADS=1 limit nothing here: onnxruntime made the threads and does not read them.',
    );
    assert.match(found!.fix, /^session_options\.intra_op_num_threads = 1 /);
  });
  it('a name that is read by nobody at all', () => {
    assert.equal(variableNotRead(program({ TBB_NUM_THREADS: '2' }, 'TBB', 8)).length, 1);
    assert.equal(
      variableNotRead(program({ RAYON_RS_NUM_THREADS: '2' }, 'rayon', 8))[0]!.fix,
      'export RAYON_NUM_THREADS=2',
    );
  });
  it('that only the workers have', () => {
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

describe('no finding: a variable that does no harm', () => {
  const fine = (seen: Audited) => assert.deepEqual(variableNotRead(seen), []);

  it('a governed program, which gets them all', () => {
    fine(program(governed(), 'libgomp', 8, GOMP));
    fine(program(governed(), 'onnxruntime', 8, ORT));
    fine(program(governed(4), 'MKL', 8, MKL));
  });
  it('one that is read', () => fine(program({ OPENBLAS_NUM_THREADS: '1' }, 'OpenBLAS', 8, BLAS)));
  it('one whose library is loaded beside the one with the threads', () =>
    fine(program({ OPENBLAS_NUM_THREADS: '1' }, 'libgomp', 8, BLAS, GOMP)));
  it('one beside the variable that is read', () =>
    fine(program({ OPENBLAS_NUM_THREADS: '1', MKL_NUM_THREADS: '4' }, 'MKL', 4, MKL)));
  it('one that would have limited nothing', () => fine(program({ OPENBLAS_NUM_THREADS: '8' }, 'MKL', 8, MKL)));
  it('no threads of a library', () => fine({ ...program({ OPENBLAS_NUM_THREADS: '1' }, 'MKL', 8, MKL), pools: [] }));
  it('threads of nobody we know, of Python, or that do not compute', () => {
    fine(program({ OPENBLAS_NUM_THREADS: '1' }, 'unknown', 8));
    fine(program({ OPENBLAS_NUM_THREADS: '1' }, 'Python thread', 8));
    fine({ ...program({ OPENBLAS_NUM_THREADS: '1' }, 'MKL', 8), pools: [madePool('MKL', 8, { computes: false })] });
  });
  it('a variable of a library that no file gives away', () =>
    fine(program({ RAYON_NUM_THREADS: '1', NUMBA_NUM_THREADS: '1', GDAL_NUM_THREADS: '1' }, 'MKL', 8, MKL)));
  it('modules that may not be read', () => {
    const seen = program({ OPENBLAS_NUM_THREADS: '1' }, 'MKL', 8, MKL);
    fine({ ...seen, processes: seen.processes.map(process => ({ ...process, modules: [] })) });
  });
  it('what is no number', () => fine(program({ OPENBLAS_NUM_THREADS: '' }, 'MKL', 8, MKL)));
});
