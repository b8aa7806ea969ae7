import assert from 'node:assert/strict';
import fc from 'fast-check';
import { variablesContradict } from '../../../../lib/core/audit/findings/variables-contradict.js';
import {
  file,
  governed,
  madeAudit,
  madeProcess,
  madeWorkers,
  type MadeProcess,
} from '../../../helpers/audit/audited.js';
import { holds } from '../../../helpers/property.js';

const BLAS = file('libopenblas.so.0', 'OpenBLAS');
const GOMP = file('libgomp.so.1', 'libgomp');
const NUMEXPR = file('numexpr/interpreter.so', 'numexpr');
const found = (environment: Record<string, string>, modules: MadeProcess['modules'] & object, cpus = '0-7') =>
  variablesContradict(madeAudit(madeProcess({ environment, modules, threads: [{ cpus }] }))).map(({ text, fix }) => [
    text,
    fix,
  ]);

describe('finding: variables that contradict each other', () => {
  it('of one library: which variable wins', () =>
    assert.deepEqual(found({ OMP_NUM_THREADS: '8', OPENBLAS_NUM_THREADS: '2' }, [BLAS]), [
      [
        'OpenBLAS reads OPENBLAS_NUM_THREADS=2 and OMP_NUM_THREADS=8: OPENBLAS_NUM_THREADS wins.',
        'unset OMP_NUM_THREADS',
      ],
    ]));
  it("torch: MKL's wins", () =>
    assert.match(
      found({ OMP_NUM_THREADS: '8', MKL_NUM_THREADS: '2' }, [file('libtorch_cpu.so', 'torch')])[0]![0]!,
      /^torch .*: MKL_NUM_THREADS wins\.$/,
    ));
  it('numexpr: more threads than its maximum', () =>
    assert.deepEqual(found({ NUMEXPR_NUM_THREADS: '8', NUMEXPR_MAX_THREADS: '4' }, [NUMEXPR]), [
      [
        'NUMEXPR_NUM_THREADS=8 exceeds NUMEXPR_MAX_THREADS=4, and numexpr rejects that.',
        'export NUMEXPR_NUM_THREADS=4',
      ],
    ]));
  it('numexpr: a list for OpenMP', () =>
    assert.deepEqual(
      found({ OMP_NUM_THREADS: '4,2' }, [NUMEXPR]).map(([, fix]) => fix),
      ['export NUMEXPR_NUM_THREADS=4'],
    ));
  it('reported once for similar processes', () => {
    const workers = madeWorkers(3, () => ({
      environment: { OMP_NUM_THREADS: '8', OPENBLAS_NUM_THREADS: '2' },
      modules: [BLAS],
    }));
    assert.deepEqual(
      variablesContradict(madeAudit(madeProcess(), ...workers)).map(({ evidence, pids }) => [evidence, pids]),
      [['OPENBLAS_NUM_THREADS=2 OMP_NUM_THREADS=8; python3 (pids 1000, 1100, 1200)', [1000, 1100, 1200]]],
    );
  });
});

describe('finding: a variable that contradicts the affinity', () => {
  it('more threads than the process has CPUs', () =>
    assert.deepEqual(found({ OMP_NUM_THREADS: '64' }, [GOMP], '0-3'), [
      [
        'OMP_NUM_THREADS=64 makes libgomp use 64 threads, but the process may use only 4 CPUs.',
        'export OMP_NUM_THREADS=4',
      ],
    ]));
  it('reported once for all libraries that read it', () =>
    assert.match(found({ OMP_NUM_THREADS: '9' }, [GOMP, BLAS])[0]![0]!, /makes libgomp, OpenBLAS use 9 threads/));
  it("the user's own variable under governor run", () =>
    assert.equal(found(governed(1, { OMP_NUM_THREADS: '8' }), [GOMP], '0').length, 1));
});

describe('no finding: variables that agree', () => {
  const fine = (...of: Parameters<typeof found>) => assert.deepEqual(found(...of), []);

  it('the same number in both', () => fine({ OMP_NUM_THREADS: '4', OPENBLAS_NUM_THREADS: '4' }, [BLAS]));
  it("OpenMP's variable, meant for an OpenMP runtime that is also loaded", () =>
    fine({ OMP_NUM_THREADS: '8', OPENBLAS_NUM_THREADS: '1' }, [BLAS, GOMP]));
  it('no library that reads both', () => fine({ OMP_NUM_THREADS: '8', OPENBLAS_NUM_THREADS: '2' }, [GOMP]));
  it("a list without numexpr, or with numexpr's own variable", () => {
    fine({ OMP_NUM_THREADS: '4,2' }, [GOMP]);
    fine({ OMP_NUM_THREADS: '4,2', NUMEXPR_NUM_THREADS: '4' }, [NUMEXPR, GOMP]);
  });
  it('as many threads as CPUs', () => fine({ OMP_NUM_THREADS: '8' }, [GOMP]));
  it('OpenBLAS, which used no more threads than CPUs', () =>
    fine({ OPENBLAS_NUM_THREADS: '8' }, [{ ...BLAS, configured: 2 }], '0-1'));
  it('a pinned main thread in a process with more CPUs', () => {
    const threads = [{ cpus: '0' }, { cpus: '0-7' }];
    assert.deepEqual(
      variablesContradict(madeAudit(madeProcess({ environment: { OMP_NUM_THREADS: '8' }, modules: [GOMP], threads }))),
      [],
    );
  });
  it("the governor's variables with any of the user's, on any number of CPUs", () => {
    const variable = fc.constantFrom(
      'OMP_NUM_THREADS',
      'OPENBLAS_NUM_THREADS',
      'MKL_NUM_THREADS',
      'NUMEXPR_NUM_THREADS',
    );
    holds([fc.integer({ min: 1, max: 8 }), variable, fc.integer({ min: 1, max: 2 })], (threads, name, own) => {
      fine(governed(threads), [BLAS, GOMP, NUMEXPR], '0');
      fine(governed(threads, { [name]: `${own}` }), [BLAS], '0-1');
    });
  });
  it('an unreadable environment', () =>
    assert.deepEqual(variablesContradict(madeAudit(madeProcess({ environment: null, modules: [BLAS] }))), []));
});
