import assert from 'node:assert/strict';
import {
  libraryThreads,
  PINNING_VARIABLES,
  THREAD_VARIABLES,
  threadEnvironment,
} from '../../../lib/core/budget/thread-variables.js';

const COUNT = { workers: 11, threads: 3 };
const namesWith = (value: string) =>
  Object.entries(threadEnvironment(COUNT, {}).set).flatMap(([name, own]) => (own === value ? [name] : []));

describe('thread variables: what a governed program gets', () => {
  it('the number of workers if a variable sizes a pool of processes', () => {
    assert.deepEqual(namesWith('11'), ['PYTHON_CPU_COUNT', 'LOKY_MAX_CPU_COUNT', 'MC_CORES']);
  });
  it('a fixed text if a library would change the number itself', () =>
    assert.deepEqual(namesWith('FALSE'), ['OMP_DYNAMIC', 'MKL_DYNAMIC']));
  it('the threads of a worker everywhere else', () => {
    assert.equal(namesWith('3').length, THREAD_VARIABLES.length - 5);
    for (const name of ['OMP', 'MKL', 'OPENBLAS', 'BLIS', 'NUMEXPR', 'NUMBA', 'RAYON'])
      assert.ok(namesWith('3').includes(`${name}_NUM_THREADS`), name);
  });
  it('no variable that makes a library pin threads', () => {
    assert.deepEqual(PINNING_VARIABLES, ['OMP_PROC_BIND', 'OMP_PLACES', 'GOMP_CPU_AFFINITY', 'KMP_AFFINITY']);
    const set = threadEnvironment(COUNT, {}).set;
    for (const name of PINNING_VARIABLES) assert.equal(set[name], undefined);
  });
});

describe('thread variables: the table', () => {
  it('lists each variable once', () => {
    const names = THREAD_VARIABLES.map(variable => variable.name);
    assert.deepEqual(names, [...new Set(names)]);
  });
  it('has names that a shell can export', () => {
    for (const { name } of THREAD_VARIABLES) assert.match(name, /^[A-Z][A-Z0-9_]*$/);
  });
});

describe("thread variables: the user's own value wins", () => {
  it('and is reported with what the governor would have set', () => {
    const { set, kept } = threadEnvironment(COUNT, { OMP_NUM_THREADS: '5', PATH: '/bin' });
    assert.deepEqual(kept, [{ name: 'OMP_NUM_THREADS', value: '5', instead: '3' }]);
    assert.equal(set.OMP_NUM_THREADS, undefined);
    assert.equal(set.OPENBLAS_NUM_THREADS, '3');
  });
  it('and is not reported if it is the same', () => {
    const { set, kept } = threadEnvironment(COUNT, { OMP_NUM_THREADS: '3' });
    assert.deepEqual([set.OMP_NUM_THREADS, kept], [undefined, []]);
  });
  it('but an empty value counts as unset', () => {
    const { set, kept } = threadEnvironment(COUNT, { OMP_NUM_THREADS: '', MC_CORES: '' });
    assert.deepEqual([set.OMP_NUM_THREADS, set.MC_CORES, kept], ['3', '11', []]);
  });
  it('and stays even if it is harmful', () => {
    const { set, kept } = threadEnvironment(COUNT, { OMP_PROC_BIND: 'true' });
    assert.deepEqual([set.OMP_PROC_BIND, kept], [undefined, []]);
  });
});

describe('thread variables: the threads that a library starts', () => {
  const taken = (library: string, environment: Record<string, string>) => {
    const { threads, variable } = libraryThreads(environment, 12).find(found => found.library === library)!;
    return [threads, variable];
  };

  it('are listed with OpenBLAS first', () => assert.equal(libraryThreads({}, 12)[0]!.library, 'OpenBLAS'));
  it('are the CPUs of its affinity if no variable is set', () => {
    for (const { library, threads, variable } of libraryThreads({}, 12))
      assert.deepEqual([threads, variable], [12, null], library);
  });
  it("OpenBLAS: its own variable, its default, GotoBLAS's, then OpenMP's", () => {
    const all = {
      OPENBLAS_NUM_THREADS: '1',
      OPENBLAS_DEFAULT_NUM_THREADS: '2',
      GOTO_NUM_THREADS: '3',
      OMP_NUM_THREADS: '4',
    };
    const without = (...names: string[]) =>
      Object.fromEntries(Object.entries(all).filter(([name]) => !names.includes(name)));
    assert.deepEqual(taken('OpenBLAS', all), [1, 'OPENBLAS_NUM_THREADS']);
    assert.deepEqual(taken('OpenBLAS', without('OPENBLAS_NUM_THREADS')), [2, 'OPENBLAS_DEFAULT_NUM_THREADS']);
    assert.deepEqual(taken('OpenBLAS', without('OPENBLAS_NUM_THREADS', 'OPENBLAS_DEFAULT_NUM_THREADS')), [
      3,
      'GOTO_NUM_THREADS',
    ]);
    assert.deepEqual(taken('OpenBLAS', { OMP_NUM_THREADS: '4' }), [4, 'OMP_NUM_THREADS']);
  });
  it("MKL and numexpr: their own, then OpenMP's", () => {
    assert.deepEqual(taken('MKL', { MKL_NUM_THREADS: '2', OMP_NUM_THREADS: '4' }), [2, 'MKL_NUM_THREADS']);
    assert.deepEqual(taken('numexpr', { OMP_NUM_THREADS: '4' }), [4, 'OMP_NUM_THREADS']);
  });
  it("numba, polars, rayon and TensorFlow ignore OpenMP's", () => {
    for (const library of ['numba', 'polars', 'rayon', 'TensorFlow'])
      assert.deepEqual(taken(library, { OMP_NUM_THREADS: '4' }), [12, null]);
  });
  it('takes the first number of a list, and ignores anything but a positive number', () => {
    const values: [string, unknown[]][] = [
      ['4,2', [4, 'OMP_NUM_THREADS']],
      [' 8 ', [8, 'OMP_NUM_THREADS']],
      ...['0', '-1', '', 'x', '4x', '1e3', '4.5', '99999999'].map((value): [string, unknown[]] => [value, [12, null]]),
    ];
    for (const [value, expected] of values)
      assert.deepEqual(taken('OpenMP', { OMP_NUM_THREADS: value }), expected, value);
  });
});
