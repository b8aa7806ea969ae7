import assert from 'node:assert/strict';
import { ownVariables } from '../../../lib/core/budget/library-variables.js';
import type { Runtime } from '../../../lib/core/budget/runtimes.js';
import { marked, threadEnvironment } from '../../../lib/core/budget/thread-environment.js';
import { libraryThreads, PINNING_VARIABLES, THREAD_VARIABLES } from '../../../lib/core/budget/thread-variables.js';

const COUNT = { workers: 11, threads: 3 };
const FOR_ONE_RUNTIME = THREAD_VARIABLES.filter(variable => variable.runtime !== undefined).length;
const namesWith = (value: string) =>
  Object.entries(threadEnvironment(COUNT, {}).set).flatMap(([name, own]) => (own === value ? [name] : []));

describe('thread variables: what a governed program gets', () => {
  it('the number of workers if a variable sizes a pool of processes', () => {
    assert.deepEqual(namesWith('11'), ['PYTHON_CPU_COUNT', 'LOKY_MAX_CPU_COUNT', 'MC_CORES']);
  });
  it('a fixed text if a library would change the number itself', () =>
    assert.deepEqual(namesWith('FALSE'), ['OMP_DYNAMIC', 'MKL_DYNAMIC']));
  it('the threads of a worker everywhere else', () => {
    assert.equal(namesWith('3').length, THREAD_VARIABLES.length - 5 - FOR_ONE_RUNTIME);
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

describe('thread variables: pools of runtimes', () => {
  const setFor = (threads: number, own: Record<string, string>, runtime: Runtime | null) =>
    threadEnvironment({ workers: 1, threads }, own, { runtime });

  it("libuv's pool never has fewer than two threads, because it waits for files too", () => {
    assert.equal(setFor(1, {}, null).set.UV_THREADPOOL_SIZE, '2');
    assert.equal(setFor(12, {}, null).set.UV_THREADPOOL_SIZE, '12');
  });
  it("V8's helpers: an option is added to the user's, of a program that is known to be Node", () => {
    assert.equal(setFor(1, {}, 'Node').set.NODE_OPTIONS, '--v8-pool-size=1');
    assert.equal(setFor(12, {}, 'Node').set.NODE_OPTIONS, '--v8-pool-size=4');
    assert.equal(
      setFor(1, { NODE_OPTIONS: '--no-warnings  --enable-source-maps' }, 'Node').set.NODE_OPTIONS,
      '--no-warnings --enable-source-maps --v8-pool-size=1',
    );
    for (const runtime of [null, 'unknown', 'Python', 'JVM'] as const)
      assert.equal(setFor(1, {}, runtime).set.NODE_OPTIONS, undefined);
  });
  it("the user's own option wins, however it is written", () => {
    for (const own of ['--v8-pool-size=3', '--v8_pool_size=3', '--no-warnings --v8-pool-size=3']) {
      const { set, kept } = setFor(1, { NODE_OPTIONS: own }, 'Node');
      assert.equal(set.NODE_OPTIONS, undefined);
      assert.deepEqual(
        kept.map(({ name, instead }) => [name, instead]),
        [['NODE_OPTIONS', '--v8-pool-size=1']],
      );
    }
  });
  it('the CPUs that a JVM counts, of a program that is known to be one', () => {
    assert.equal(setFor(3, {}, 'JVM').set.JAVA_TOOL_OPTIONS, '-XX:ActiveProcessorCount=3');
    assert.equal(
      setFor(3, { JAVA_TOOL_OPTIONS: '-Xmx1g' }, 'JVM').set.JAVA_TOOL_OPTIONS,
      '-Xmx1g -XX:ActiveProcessorCount=3',
    );
    assert.equal(setFor(3, {}, 'unknown').set.JAVA_TOOL_OPTIONS, undefined);
  });
});

describe('thread variables: a program that is one process', () => {
  const setFor = (runtime: Runtime, threads = 12) =>
    threadEnvironment({ workers: 11, threads: 1 }, {}, { runtime, alone: { runtime, threads } }).set;

  it('of Go, or a JVM: its own pool gets the threads, libraries of what it starts do not', () => {
    assert.equal(setFor('Go').GOMAXPROCS, '12');
    assert.equal(setFor('JVM').JAVA_TOOL_OPTIONS, '-XX:ActiveProcessorCount=12');
    for (const runtime of ['Go', 'JVM'] as const) assert.equal(setFor(runtime).OMP_NUM_THREADS, '1');
  });
  it("of Node: libuv's pool", () => {
    assert.equal(setFor('Node', 4).UV_THREADPOOL_SIZE, '4');
    assert.equal(setFor('Node', 4).GOMAXPROCS, '1');
  });
  it('compiled: every library gets them', () => {
    const set = setFor('native');
    assert.deepEqual([set.OMP_NUM_THREADS, set.OPENBLAS_NUM_THREADS, set.OMP_DYNAMIC], ['12', '12', 'FALSE']);
  });
});

describe('thread variables: pools inside workers', () => {
  const setWith = (room: { cpus: number; workers: number }) => {
    const { set } = threadEnvironment({ workers: 11, threads: 1 }, {}, { room });
    return ['PYTHON_CPU_COUNT', 'LOKY_MAX_CPU_COUNT', 'MC_CORES'].filter(name => set[name] === '11');
  };

  it('do not multiply by a variable that changes nothing: the program counts no more CPUs than there is room for', () =>
    assert.deepEqual(setWith({ cpus: 12, workers: 12 }), []));
  it('a program that would start too many gets it', () => {
    assert.deepEqual(setWith({ cpus: 12, workers: 4 }), ['PYTHON_CPU_COUNT', 'LOKY_MAX_CPU_COUNT']);
    assert.deepEqual(setWith({ cpus: 12, workers: 1 }), ['PYTHON_CPU_COUNT', 'LOKY_MAX_CPU_COUNT', 'MC_CORES']);
  });
});

describe('thread variables: --except', () => {
  it('leaves variables as they are', () => {
    const { set, kept } = threadEnvironment(COUNT, { MKL_NUM_THREADS: '7' }, { except: ['OMP_NUM_THREADS'] });
    assert.equal(set.OMP_NUM_THREADS, undefined);
    assert.equal(set.OPENBLAS_NUM_THREADS, '3');
    assert.deepEqual(
      kept.map(({ name }) => name),
      ['MKL_NUM_THREADS'],
    );
    assert.deepEqual(threadEnvironment(COUNT, { MKL_NUM_THREADS: '7' }, { except: ['MKL_NUM_THREADS'] }).kept, []);
  });
  it('refuses a name that is not governed, and names the one that it resembles', () => {
    const refused = (name: string) => () => threadEnvironment(COUNT, {}, { except: [name] });
    assert.throws(refused('OMP_NUM_THREAD'), {
      code: 'BAD_INPUT',
      message: 'invalid except "OMP_NUM_THREAD": expected a variable that governor env prints, such as OMP_NUM_THREADS',
    });
    assert.throws(refused('omp_num_threads'), /such as OMP_NUM_THREADS$/);
    assert.throws(refused('PATH'), /invalid except "PATH": expected a variable that governor env prints$/);
    assert.throws(refused(''), /invalid except ""/);
  });
});

describe('thread variables: a governor inside a governor', () => {
  const outer = (own: Record<string, string> = {}) => {
    const { set } = threadEnvironment({ workers: 11, threads: 1 }, own, { runtime: 'Node' });
    return { ...own, ...marked(set, own) };
  };

  it("does not take the outer one's values for the user's", () => {
    const { set, kept } = threadEnvironment(COUNT, outer(), { runtime: 'Node' });
    assert.deepEqual(kept, []);
    assert.deepEqual(set, threadEnvironment(COUNT, {}, { runtime: 'Node' }).set);
  });
  it('keeps what the user has set outside, and what the program has changed', () => {
    const environment = { ...outer({ OMP_NUM_THREADS: '8' }), MKL_NUM_THREADS: '2' };
    assert.deepEqual(threadEnvironment(COUNT, environment).kept, [
      { name: 'OMP_NUM_THREADS', value: '8', instead: '3' },
      { name: 'MKL_NUM_THREADS', value: '2', instead: '3' },
    ]);
  });
  it("replaces the outer one's option, and keeps the user's other options", () => {
    const environment = outer({ NODE_OPTIONS: '--no-warnings' });
    assert.equal(environment.NODE_OPTIONS, '--no-warnings --v8-pool-size=1');
    const { set } = threadEnvironment({ workers: 1, threads: 4 }, environment, { runtime: 'Node' });
    assert.equal(set.NODE_OPTIONS, '--no-warnings --v8-pool-size=4');
    const between = { ...environment, ...marked(threadEnvironment(COUNT, environment).set, environment) };
    assert.deepEqual(threadEnvironment({ workers: 1, threads: 4 }, between, { runtime: 'Node' }).kept, []);
  });
  it('hands on what the outer one has set and it leaves as it is', () => {
    const environment = outer();
    const { set } = threadEnvironment(COUNT, environment, { except: ['OMP_NUM_THREADS'] });
    const third = { ...environment, ...marked(set, environment) };
    assert.equal(third.OMP_NUM_THREADS, '1');
    assert.deepEqual(threadEnvironment(COUNT, third).kept, []);
  });
  it('an audit knows the values of the governor, whatever they are', () => {
    const own = ownVariables({ ...outer({ OMP_NUM_THREADS: '1' }), BLIS_NUM_THREADS: '2' });
    assert.equal(own.OMP_NUM_THREADS, '1', "the user's own, which happens to be the same");
    assert.equal(own.BLIS_NUM_THREADS, '2');
    assert.equal(own.OPENBLAS_NUM_THREADS, undefined);
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
