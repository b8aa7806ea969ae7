import assert from 'node:assert/strict';
import { findPoolWorkers, findWorkers, siblingPrograms } from '../../../lib/core/processes/workers.js';
import { forking, made, python, pythonCode, sh, tree, type Made } from '../../helpers/processes/trees.js';

const found = (root: Made) =>
  findWorkers(tree(root), 1000)
    .map(member => member.name)
    .sort()
    .join(' ');

const tracker = () => pythonCode('tracker', 'from multiprocessing.resource_tracker import main;main(5)');
const spawned = (name: string) =>
  made(name, 'python3', [
    '-c',
    'from multiprocessing.spawn import spawn_main; spawn_main(tracker_fd=6, pipe_handle=8)',
    '--multiprocessing-fork',
  ]);
const pool = (...names: (string | Made)[]) => forking(python('main', 'pool.py'), ...names);

describe("workers: Python's multiprocessing", () => {
  it('by fork: the children that are the same program', () => assert.equal(found(pool('a', 'b', 'c')), 'a b c'));
  it('by fork, a pool of one', () => assert.equal(found(pool('a')), 'a'));
  it('by fork, with a tracker of shared memory', () => {
    const main = pool('a', 'b');
    assert.equal(found({ ...main, children: [tracker(), ...main.children] }), 'a b');
  });
  it('by spawn: the children that spawn_main starts, not the tracker', () => {
    assert.equal(found(python('main', 'pool.py', tracker(), spawned('a'), spawned('b'))), 'a b');
    assert.equal(found(python('main', 'pool.py', tracker(), spawned('a'))), 'a');
  });
  it("by forkserver: the server's children, not the server", () => {
    const server = pythonCode('server', "from multiprocessing.forkserver import main; main(6, 7, ['__main__'], **{})");
    assert.equal(found(python('main', 'pool.py', tracker(), forking(server, 'a', 'b'))), 'a b');
  });
  it('a worker with its own workers is not a worker: they are', () => {
    assert.equal(found(pool('a', pool('b1', 'b2'))), 'a b1 b2');
  });
  it('a pool without a worker yet', () => assert.equal(found(python('main', 'pool.py', tracker())), ''));
});

describe('workers: other pools', () => {
  it("joblib's loky, not its tracker", () => {
    const loky = (name: string) =>
      python(name, `-m joblib.externals.loky.backend.popen_loky_posix --process-name ${name} --pipe 20`);
    const lokyTracker = pythonCode(
      'tracker',
      'from joblib.externals.loky.backend.resource_tracker import main; main(9, False)',
    );
    assert.equal(found(python('main', 'fit.py', lokyTracker, loky('a'), loky('b'), loky('c'))), 'a b c');
    assert.equal(found(python('main', 'fit.py', lokyTracker, loky('a'))), 'a');
  });
  it("Node's cluster, a single worker too", () => {
    const fork = (name: string, script: string): Made => ({ ...made(name, 'node', [script]), clusterWorker: true });
    assert.equal(
      found(made('primary', 'node', ['server.js'], [fork('a', 'server.js'), fork('b', 'server.js')])),
      'a b',
    );
    assert.equal(found(made('main', 'node', ['main.js'], [fork('a', 'worker.js')])), 'a');
  });
  it("Node's child_process.fork if there are several; a single one may be the program itself, behind a wrapper", () => {
    const fork = (name: string) => made(name, 'node', ['worker.js']);
    assert.equal(found(made('main', 'node', ['main.js'], [fork('a'), fork('b')])), 'a b');
    assert.equal(found(made('tsx', 'node', ['tsx', 'train.ts'], [fork('train')])), '');
  });
  it("a launcher's ranks: siblings with the same executable", () => {
    const rank = (name: string) => python(name, 'train.py --epochs 3');
    assert.equal(
      found(python('torchrun', '/usr/bin/torchrun --nproc-per-node 2 train.py', rank('a'), rank('b'))),
      'a b',
    );
    assert.equal(
      found(made('mpirun', 'mpirun', ['-n', '2', 'train'], [made('a', 'train', []), made('b', 'train', [])])),
      'a b',
    );
  });
  it('ranks that load data in forked children: the children are the workers', () => {
    const rank = (name: string) => forking(python(name, 'train.py'), `${name}1`, `${name}2`);
    assert.equal(found(python('torchrun', '/usr/bin/torchrun train.py', rank('a'), rank('b'))), 'a1 a2 b1 b2');
  });
  it('a rank stays the worker when it starts a helper', () => {
    const rank = (name: string) => python(name, 'train.py', made('logger', 'wandb-core', []));
    assert.equal(found(python('torchrun', '/usr/bin/torchrun train.py', rank('a'), rank('b'))), 'a b');
  });
});

describe('workers: behind shells', () => {
  it('sh -c "python pool.py": the pool\'s workers, whether the shell remains or not', () => {
    assert.equal(found(sh('sh', 'python3 pool.py; true', pool('a', 'b'))), 'a b');
    assert.equal(found(pool('a', 'b')), 'a b');
  });
  it('sh -c "python a & python b & wait": both programs', () => {
    assert.equal(
      found(sh('sh', 'python3 a.py & python3 b.py & wait', python('a', 'a.py'), python('b', 'b.py'))),
      'a b',
    );
  });
  it('subshells are replaced by the program that they wait for', () => {
    const main = sh('sh', '(python3 a.py; true) & (python3 b.py; true) & wait');
    const [a, b] = [
      { ...main, name: 'sh1', children: [python('a', 'a.py')] },
      { ...main, name: 'sh2', children: [python('b', 'b.py')] },
    ];
    assert.equal(found({ ...main, children: [a, b] }), 'a b');
  });
  const xargs = (...children: Made[]) =>
    made('xargs', 'xargs', ['-P', '2', 'sh', '-c', 'python3 "$0"; true'], children);
  it('xargs -P: the programs behind the shells', () => {
    assert.equal(
      found(xargs(sh('sh1', 'python3 "$0"', python('a', 'a.py')), sh('sh2', 'python3 "$0"', python('b', 'b.py')))),
      'a b',
    );
    assert.equal(found(xargs(python('a', 'a.py'), python('b', 'b.py'))), 'a b');
  });
  it('a shell within a shell', () => {
    const nested = (name: string) =>
      sh(
        'outer',
        'sh -c x; true',
        sh('inner', 'x; true', made('timeout', 'timeout', ['9', 'python3'], [python(name, 'a.py')])),
      );
    assert.equal(found(xargs(nested('a'), nested('b'))), 'a b');
  });
  it('a pool behind each shell: the workers of the pools, not their parents', () => {
    const wrapped = (n: number) =>
      sh(`sh${n}`, 'python3 pool.py; true', forking(python(`main${n}`, 'pool.py'), `a${n}`, `b${n}`));
    assert.equal(found(xargs(wrapped(1), wrapped(2))), 'a1 a2 b1 b2');
  });
  it('a shell that works itself', () =>
    assert.equal(found(xargs(sh('a', 'while :; do :; done'), sh('b', 'while :; do :; done'))), 'a b'));
});

describe('workers: the last of several siblings', () => {
  const jobs = tree(sh('sh', 'python3 a.py & python3 b.py & wait', python('a', 'a.py'), python('b', 'b.py')));
  const last = jobs.filter(member => member.name !== 'a');
  const names = (members: typeof jobs, before: typeof jobs) =>
    findWorkers(members, 1000, siblingPrograms(before, 1000)).map(member => member.name);

  it('stays a worker', () => {
    assert.deepEqual(names(last, jobs), ['b']);
    assert.deepEqual(names(last, []), [], 'a program that was always alone is no worker');
  });
  it('unless it has become another program, as a subshell does', () => {
    const other = last.map(member => (member.name === 'b' ? { ...member, executable: '/usr/bin/git' } : member));
    assert.deepEqual(names(other, jobs), []);
  });
  it('or another process has its pid', () => {
    const other = last.map(member => (member.name === 'b' ? { ...member, startTime: 9000 } : member));
    assert.deepEqual(names(other, jobs), []);
  });
  it('a tracker is no sibling', () => {
    const main = tree(python('main', 'train.py', tracker(), python('a', 'a.py')));
    assert.deepEqual(names(main, main), []);
  });
});

describe('workers: behind different wrappers of one parent', () => {
  const worker = (name: string, ...children: Made[]) => made(name, 'worker', ['-n', '1'], children);
  const timeout = (name: string, ...children: Made[]) => made(name, 'timeout', ['60', 'worker', '-n', '1'], children);
  /** Each worker and the pid of its pool's parent. */
  const pools = (root: Made) =>
    findPoolWorkers(tree(root), 1000)
      .map(({ worker: found, parent }) => `${found.name} of ${parent}`)
      .join(' ');

  it('are one pool of that parent', () => {
    const main = sh('main', 'x', sh('a', 'worker; true', worker('1')), timeout('b', worker('2')), worker('3'));
    assert.equal(pools(main), '1 of 1000 2 of 1000 3 of 1000');
  });
  it('are one pool however many wrappers there are', () => {
    const main = made(
      'parallel',
      'perl',
      ['/usr/bin/parallel'],
      [sh('a', 'x', timeout('t', sh('b', 'y', worker('1')))), sh('c', 'x', worker('2'))],
    );
    assert.equal(pools(main), '1 of 1000 2 of 1000');
  });
  it('are known if the command line of a wrapper ends with that of the program', () => {
    const strange = (name: string, child: Made) =>
      made(name, 'watchdog', ['--every', '5', ...child.commandLine], [child]);
    assert.equal(pools(made('main', 'main', [], [strange('a', worker('1')), worker('2')])), '1 of 1000 2 of 1000');
    assert.equal(
      pools(made('main', 'main', [], [strange('a', worker('1')), strange('b', worker('2'))])),
      '1 of 1000 2 of 1000',
    );
  });
  it('are workers if only their wrappers are alike', () => {
    assert.equal(
      pools(made('xargs', 'xargs', [], [sh('a', 'x', made('1', 'grep', [])), sh('b', 'x', worker('2'))])),
      '1 of 1000 2 of 1000',
    );
  });
  it('belong to their own parents, if those are several', () => {
    const rank = (name: string, n: number) =>
      forking(python(name, 'pool.py'), ...Array.from({ length: n }, (_, i) => `${name}${i}`));
    assert.equal(
      pools(made('mpirun', 'mpirun', [], [sh('s', 'x', rank('a', 2)), rank('b', 1)])),
      'a0 of 1002 a1 of 1002 b0 of 1005',
    );
  });
  it('a program that only has the same arguments as its parent is no wrapped one', () => {
    assert.equal(pools(made('main', 'main', ['-n', '1'], [made('a', 'other', ['-n', '1'])])), '');
  });
});

describe('workers: what is not a worker', () => {
  it('the root, whatever it is', () => assert.equal(found(python('main', 'train.py')), ''));
  it('a single helper, such as git', () =>
    assert.equal(found(python('main', 'train.py', made('git', 'git', ['status']))), ''));
  it('a helper beside a pool', () => {
    const main = pool('a', 'b');
    assert.equal(found({ ...main, children: [...main.children, made('git', 'git', ['status'])] }), 'a b');
  });
  it("a worker's helper: the worker stays the worker", () => {
    const worker = { ...python('a', 'pool.py'), children: [made('git', 'git', ['status'])] };
    assert.equal(found(pool(worker, 'b')), 'a b');
  });
  it('two helpers of different programs', () => {
    assert.equal(found(python('main', 'train.py', made('git', 'git', ['gc']), made('less', 'less', []))), '');
  });
  it('a program that a subshell waits for', () => {
    const subshell = {
      ...made('subshell', 'bash', ['train.sh'], [python('main', 'train.py')]),
      commandLine: ['bash', 'train.sh'],
    };
    assert.equal(found(made('script', 'bash', ['train.sh'], [subshell])), '');
  });
  it('processes whose parent is not in the tree', () => {
    assert.deepEqual(findWorkers([{ ...tree(python('main', 'a.py'))[0]!, pid: 7, ppid: 6 }], 1000), []);
  });
});
