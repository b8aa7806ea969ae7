import assert from 'node:assert/strict';
import { formatCpulist, parseCpulist } from '../../../lib/core/cpuset.js';
import { allowedCpus } from '../../../lib/core/machine/host.js';
import { hostOfTree, placeOf, planPin, type RepinPlacement } from '../../../lib/core/processes/pin.js';
import { HOSTS, madeHost } from '../../helpers/machine/hosts.js';
import { badInputError } from '../../helpers/property.js';
import { forking, made, python, tree, type Made } from '../../helpers/processes/trees.js';

const pool = (...names: (string | Made)[]) => forking(python('main', 'pool.py'), ...names);
const names = (count: number) => Array.from({ length: count }, (_, i) => `w${i}`);
const TWELVE = madeHost({ cores: 12 });

/** The planned affinity of each process: `main 0-11, a 0, b 1`. */
function given(
  root: Made,
  options: RepinPlacement = {},
  host = TWELVE,
  environment: Record<string, string> = {},
): string {
  const members = tree(root);
  const plan = planPin(host, members, options, environment);
  return members.map(member => `${member.name} ${formatCpulist(placeOf(plan, member))}`).join(', ');
}

describe('pin: what a running tree would get on 12 CPUs', () => {
  it('11 workers: 11 places of one CPU; the parent floats over all CPUs', () => {
    assert.equal(given(pool(...names(11))), ['main 0-11', ...names(11).map((name, i) => `${name} ${i}`)].join(', '));
  });
  it('fewer workers divide the CPUs, with all threads of each in its place', () => {
    assert.equal(given(pool('a', 'b', 'c')), 'main 0-11, a 0-2, b 3-5, c 6-8');
    assert.equal(given(pool('a', 'b'), { reserve: 0 }), 'main 0-11, a 0-5, b 6-11');
  });
  it('more workers than CPUs share places evenly', () => {
    const plan = planPin(TWELVE, tree(pool(...names(24))), {}, {});
    const load = plan.places.map((_, place) => [...plan.held.values()].filter(held => held === place).length);
    assert.deepEqual(load, Array(12).fill(2), 'the reserve is used before workers share');
    assert.equal(planPin(TWELVE, tree(pool(...names(22))), { reserve: 1 }, {}).places.length, 11);
  });
  it('a tree without workers: its root gets all CPUs but the reserve, or the requested number', () => {
    assert.equal(given(python('main', 'train.py')), 'main 0-10');
    assert.equal(given(python('main', 'train.py'), { threadsPerWorker: 4 }), 'main 0-3');
    assert.equal(given(python('main', 'train.py', made('git', 'git', ['gc']))), 'main 0-10, git 0-11');
  });
  it('threads, workers and the policy as requested', () => {
    assert.equal(given(pool('a', 'b'), { threadsPerWorker: 1 }), 'main 0-11, a 0, b 1');
    assert.equal(given(pool('a', 'b'), { workers: 11 }), 'main 0-11, a 0, b 1');
    assert.equal(
      given(pool('a', 'b'), { threadsPerWorker: 1, policy: 'spread' }, HOSTS.numa64),
      'main 0-63, a 0, b 16',
    );
    assert.equal(given(pool('a', 'b'), { physical: true }, HOSTS.smt12), 'main 0-11, a 0-1, b 2-3');
  });
  it('near GPUs if requested', () => {
    const gpu = (address: string, cpus: string) => ({
      address,
      vendor: 'NVIDIA',
      device: null,
      numa: null,
      cpus: parseCpulist(cpus),
    });
    const host = madeHost({ cores: 12, gpus: [gpu('0000:01:00.0', '6-11'), gpu('0000:02:00.0', '0-5')] });
    assert.equal(given(pool('a', 'b'), { near: 'gpu', threadsPerWorker: 2 }, host), 'main 0-11, a 6-7, b 0-1');
    assert.throws(() => given(pool('a'), { near: 'gpu' }), badInputError(/a machine with a GPU/));
  });
  it('helpers float', () => {
    const main = pool('a', 'b');
    assert.equal(
      given({ ...main, children: [...main.children, made('git', 'git', ['gc'])] }, { threadsPerWorker: 1 }),
      'main 0-11, a 0, b 1, git 0-11',
    );
  });
});

describe('pin: one plan after another', () => {
  const [a, b, c] = tree(pool('a', 'b', 'c')).slice(1);
  const [main] = tree(pool());
  const options = { threadsPerWorker: 1 };

  it('a worker keeps its place, and a new worker gets another', () => {
    const first = planPin(TWELVE, [main!, b!, c!], options, {});
    const second = planPin(TWELVE, [main!, a!, b!, c!], options, {}, first);
    assert.deepEqual(
      [a!, b!, c!].map(worker => placeOf(second, worker)),
      [[2], [0], [1]],
    );
  });
  it('all places are assigned anew if their size changes', () => {
    const first = planPin(TWELVE, [main!, a!], {}, {});
    const second = planPin(TWELVE, [main!, a!, b!], {}, {}, first);
    assert.deepEqual(
      [a!, b!].map(worker => formatCpulist(placeOf(second, worker))),
      ['0-4', '5-9'],
    );
  });
});

describe('pin: the CPUs that a tree may use', () => {
  const allowed = (affinities: string[], environment = {}, host = TWELVE) =>
    formatCpulist(
      allowedCpus(
        hostOfTree(
          host,
          affinities.map(list => parseCpulist(list)),
          environment,
        ),
      ),
    );

  it('are those of any of its threads: a main thread pinned by a library does not restrict the others', () => {
    assert.equal(allowed(['0', '0-3', '2-7']), '0-7');
  });
  it('stay within the control group and GOVERNOR_CPUS', () => {
    assert.equal(allowed(['0-11'], {}, madeHost({ cores: 12, cpuset: '4-9', affinity: '0' })), '4-9');
    assert.equal(allowed(['0-7'], { GOVERNOR_CPUS: '6-9' }), '6-7');
    assert.throws(() => allowed(['0-7'], { GOVERNOR_CPUS: '9' }), badInputError(/GOVERNOR_CPUS/));
  });
});
