import assert from 'node:assert/strict';
import { libraryTwice } from '../../../../../lib/core/audit/findings/library-twice.js';
import { twoOpenmpRuntimes } from '../../../../../lib/core/audit/findings/two-openmp-runtimes.js';
import { file, madeAudit, madeProcess, madeWorkers, type MadeProcess } from '../../../../helpers/audit/audited.js';

const NUMPY = file('/site/numpy.libs/libscipy_openblas64_-56d6093b.so', 'OpenBLAS');
const SCIPY = file('/site/scipy.libs/libscipy_openblas-6bb2f7a6.so', 'OpenBLAS');
const DEBIAN = '/usr/lib/x86_64-linux-gnu/openblas-pthread';
type Modules = MadeProcess['modules'] & object;
const twice = (...modules: Modules) => libraryTwice(madeAudit(madeProcess({ modules })));
const runtimes = (...modules: Modules) => twoOpenmpRuntimes(madeAudit(madeProcess({ modules })));

describe('finding: a library is loaded twice', () => {
  it("numpy's OpenBLAS and scipy's", () => {
    const [found] = twice(NUMPY, SCIPY);
    assert.equal(found!.text, 'OpenBLAS is loaded 2 times in python3 (pid 100), and each copy starts its own threads.');
    assert.equal(
      found!.evidence,
      '/site/numpy.libs/libscipy_openblas64_-56d6093b.so, /site/scipy.libs/libscipy_openblas-6bb2f7a6.so',
    );
    assert.match(found!.fix, /; until then set OPENBLAS_NUM_THREADS, which each copy reads$/);
  });
  it('reported once for workers that all load it', () => {
    assert.deepEqual(
      libraryTwice(madeAudit(madeProcess(), ...madeWorkers(2, () => ({ modules: [NUMPY, SCIPY] })))).map(
        found => found.pids,
      ),
      [[1000, 1100]],
    );
  });
});

describe('no finding: a library is loaded once', () => {
  it('a file that is mapped in several pieces', () => assert.deepEqual(twice(NUMPY, NUMPY), []));
  it('a library and its interfaces', () =>
    assert.deepEqual(
      twice(
        ...['libblas.so.3', 'liblapack.so.3', 'libopenblasp-r0.3.21.so'].map(name =>
          file(`${DEBIAN}/${name}`, 'OpenBLAS'),
        ),
      ),
      [],
    ));
  it('a library in several files', () => {
    assert.deepEqual(
      twice(...['libtorch_cpu.so', 'libtorch.so', 'libc10.so', 'libtorch_python.so'].map(name => file(name, 'torch'))),
      [],
    );
    assert.deepEqual(
      twice(
        ...['libmkl_rt.so.2', 'libmkl_core.so.2', 'libmkl_intel_thread.so.2', 'libmkl_avx512.so.2'].map(name =>
          file(name, 'MKL'),
        ),
      ),
      [],
    );
    assert.deepEqual(twice(...['libtbb.so.12', 'libtbbbind.so.3'].map(name => file(name, 'TBB'))), []);
    assert.deepEqual(
      twice(
        ...['libonnxruntime.so.1.23.0', 'libonnxruntime_providers_shared.so', 'onnxruntime_pybind11_state.so'].map(
          name => file(name, 'onnxruntime'),
        ),
      ),
      [],
    );
  });
  it('one copy in each of two processes', () =>
    assert.deepEqual(
      libraryTwice(madeAudit(madeProcess({ modules: [NUMPY] }), madeProcess({ pid: 200, modules: [SCIPY] }))),
      [],
    ));
});

describe('finding: two OpenMP runtimes in one process', () => {
  const GOMP = file('libgomp.so.1.0.0', 'libgomp');

  it("GNU's and LLVM's", () => {
    const [found] = runtimes(GOMP, file('libomp.so.5', 'libomp'));
    assert.equal(found!.id, 'two-openmp-runtimes');
    assert.match(found!.text, /^2 OpenMP runtimes are loaded in python3 \(pid 100\): /);
    assert.equal(found!.evidence, '/usr/lib/libgomp.so.1.0.0, /usr/lib/libomp.so.5');
  });
  it('two copies of one runtime, as in Python wheels', () =>
    assert.equal(
      runtimes(
        file('/torch/lib/libgomp-a34b3233.so.1', 'libgomp'),
        file('/sklearn.libs/libgomp-a34b3233.so.1.0.0', 'libgomp'),
      ).length,
      1,
    ));
  it("LLVM's and Intel's", () =>
    assert.equal(runtimes(file('libiomp5.so', 'libiomp5'), file('libomp5.so', 'libomp')).length, 1));
  it('no finding: one runtime, its tracing library, and other libraries', () => {
    assert.deepEqual(
      runtimes(
        file('libomp.so.5', 'libomp'),
        file('libomptarget.so.14', 'libomp'),
        file('libompd.so', 'libomp'),
        file('libompitrace.so.40', 'libomp'),
        NUMPY,
      ),
      [],
    );
    assert.deepEqual(runtimes(), []);
  });
  it('no finding: one runtime in each of two processes', () =>
    assert.deepEqual(
      twoOpenmpRuntimes(
        madeAudit(
          madeProcess({ modules: [GOMP] }),
          madeProcess({ pid: 200, modules: [file('libomp.so.5', 'libomp')] }),
        ),
      ),
      [],
    ));
});
