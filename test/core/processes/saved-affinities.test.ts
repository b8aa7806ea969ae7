import assert from 'node:assert/strict';
import fc from 'fast-check';
import { formatCpulist, parseCpulist } from '../../../lib/core/cpuset.js';
import { formatSaved, parseSaved, planRestore, type SavedTree } from '../../../lib/core/processes/saved-affinities.js';
import { holds } from '../../helpers/property.js';

const thread = (tid: number, cpus: string, startTime = tid) => ({ tid, startTime, affinity: parseCpulist(cpus) });
const process = (pid: number, ppid: number, startTime = pid) => ({ pid, ppid, startTime });
const SAVED: SavedTree = {
  boot: 'b007-1d',
  processes: [
    { pid: 100, startTime: 100, threads: [thread(100, '0-11'), thread(101, '3')] },
    { pid: 200, startTime: 200, threads: [thread(200, '5'), thread(201, '0-5')] },
  ],
};

describe('saved affinities as text', () => {
  it('are read as they were written', () => {
    assert.deepEqual(parseSaved(formatSaved(SAVED)), SAVED);
    const affinity = fc
      .uniqueArray(fc.integer({ min: 0, max: 5000 }), { minLength: 1, maxLength: 20 })
      .map(cpus => cpus.sort((a, b) => a - b));
    const threads = fc.array(
      fc.record(
        { tid: fc.integer({ min: 1, max: 2 ** 22 }), startTime: fc.nat(), affinity },
        { noNullPrototype: true },
      ),
      { maxLength: 5 },
    );
    const processes = fc.array(
      fc.record({ pid: fc.integer({ min: 1, max: 2 ** 22 }), startTime: fc.nat(), threads }, { noNullPrototype: true }),
      { minLength: 1, maxLength: 5 },
    );
    holds([processes], list =>
      assert.deepEqual(parseSaved(formatSaved({ boot: '', processes: list })), { boot: '', processes: list }),
    );
  });

  const good = formatSaved(SAVED);
  const bad: [string, string][] = [
    ['nothing', ''],
    ['another text', 'root:x:0:0:root:/root:/bin/bash\n'],
    ['half of one', good.slice(0, good.length / 2)],
    ['one whose last line break is missing', good.slice(0, -1)],
    ['another version', good.replace('affinities 1', 'affinities 2')],
    ['no process', formatSaved({ boot: '', processes: [] })],
    ['a thread without its process', good.replace('process 100 100\n', '')],
    ['a thread without CPUs', good.replace(' 3\n', '\n')],
    ['a process with CPUs', good.replace('process 100 100', 'process 100 100 3')],
    ['a word more', good.replace('thread 101 101 3', 'thread 101 101 3 x')],
    ['pid 0, the caller itself', good.replaceAll('100', '0')],
    ['a negative pid', good.replace('process 200', 'process -200')],
    ['CPUs that are no cpulist', good.replace(' 0-11', ' 11-0')],
    ['a CPU that no machine has', good.replace(' 0-11', ' 0-99999999')],
    ['a million CPUs over and over', good.replace(' 0-11', ` ${Array(1000).fill('0-1048575').join()}`)],
    [
      'a million CPUs in many sets',
      good.replace(
        'end\n',
        `${Array.from({ length: 1000 }, (_, i) => `thread ${i + 1} 1 ${i}-1048575`).join('\n')}\nend\n`,
      ),
    ],
  ];
  for (const [what, text] of bad) it(`rejected: ${what}`, () => assert.equal(parseSaved(text), null));

  it('any change gives a tree or null', () => {
    holds([fc.nat({ max: good.length }), fc.nat({ max: 5 }), fc.string()], (at, length, text) => {
      const saved = parseSaved(good.slice(0, at) + text + good.slice(at + length));
      assert.ok(saved === null || saved.processes.every(({ pid }) => pid > 0));
    });
  });
});

describe('restore: the affinity that each thread gets back', () => {
  const had = (
    tree: ReturnType<typeof process>[],
    pid: number,
    tid: number,
    { startTime = tid, possible = '0-11' } = {},
  ) => {
    const wanted = planRestore(SAVED, tree, parseCpulist(possible)).find(one => one.pid === pid);
    return wanted && formatCpulist(wanted.affinityOf({ tid, startTime }));
  };
  const TREE = [process(100, 1), process(200, 100)];

  it('its own', () => {
    assert.deepEqual(
      [
        [100, 100],
        [100, 101],
        [200, 200],
        [200, 201],
      ].map(([pid, tid]) => had(TREE, pid!, tid!)),
      ['0-11', '3', '5', '0-5'],
    );
  });
  it("for a thread started since: its main thread's", () => {
    assert.equal(had(TREE, 200, 299), '5');
    assert.equal(had(TREE, 100, 101, { startTime: 999 }), '0-11', 'that number was given to another thread');
  });
  it("for a process started since: its parent's main thread's, over any number of generations", () => {
    assert.equal(had([...TREE, process(300, 200), process(301, 300)], 301, 301), '5');
  });
  it('a process with a reused pid is not the saved one', () => {
    assert.equal(had([process(100, 1), process(200, 100, 999)], 200, 201), '0-11');
  });
  it('also for a process that has left the tree', () => assert.equal(had([process(100, 1)], 200, 201), '0-5'));
  it('only CPUs that are still possible, or all possible ones if none is left', () => {
    assert.equal(had(TREE, 200, 201, { possible: '4-7' }), '4-5');
    assert.equal(had(TREE, 100, 101, { possible: '4-7' }), '4-7');
  });
});
