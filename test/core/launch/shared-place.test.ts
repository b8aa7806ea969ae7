import assert from 'node:assert/strict';
import { sharedByPlan, sharedBySight } from '../../../lib/core/launch/shared-place.js';
import { sharedPlace } from '../../../lib/report/warnings.js';

const openMpi = (job: string, rank: number) => ({
  PMIX_NAMESPACE: job,
  OMPI_COMM_WORLD_LOCAL_RANK: `${rank}`,
  OMPI_COMM_WORLD_LOCAL_SIZE: '4',
});
const sight = (rank: number, ...others: [pid: number, job: string, rank: number][]) =>
  sharedBySight(
    { engine: 'Open MPI', rank, ranks: 4 },
    openMpi('1', rank),
    [0],
    true,
    others.map(([pid, job, other]) => ({ pid, environment: openMpi(job, other) })),
  );

describe('ranks that share CPUs by the plan', () => {
  it('each of them knows all', () => {
    const places = [[0], [1], [0], [1], [0]];
    assert.deepEqual(sharedByPlan(places, 0, [0, 1, 2, 3, 4], null), {
      cpus: [0],
      ranks: [0, 2, 4],
      strangers: [],
      boundBy: null,
    });
    assert.deepEqual(
      [1, 2, 3, 4].map(rank => sharedByPlan(places, rank, [0, 1, 2, 3, 4], null)?.ranks),
      [
        [1, 3],
        [0, 2, 4],
        [1, 3],
        [0, 2, 4],
      ],
    );
  });
  it('under the numbers that the launcher gave them', () =>
    assert.deepEqual(sharedByPlan([[3], [3]], 0, [1, 3], 'Slurm')?.ranks, [1, 3]));
  it('none if each has its own CPUs', () => assert.equal(sharedByPlan([[0], [1, 2], [3]], 1, [0, 1, 2], null), null));
});

describe('ranks that are confined to the CPUs of this one', () => {
  it('of the same launch: the last of them names all', () => {
    assert.deepEqual(sight(1, [50, '1', 0])?.ranks, [0, 1]);
    assert.equal(sight(0, [51, '1', 1]), null);
  });
  it('of another launch, by pid and each once, with the processes that they have started', () =>
    assert.deepEqual(sight(0, [50, '2', 0], [51, '2', 0])?.strangers, [50]));
  it('not itself, its own shell or child, nor processes that are no rank', () => {
    assert.equal(sight(0, [50, '1', 0]), null);
    const others = [{ pid: 7, environment: { PATH: '/bin' } }];
    assert.equal(sharedBySight({ engine: 'Open MPI', rank: 0, ranks: 4 }, openMpi('1', 0), [0], true, others), null);
  });
});

describe('the line about ranks that share CPUs says who, where, and what to do', () => {
  const shared = { cpus: [0], ranks: [0, 1], strangers: [], boundBy: null };
  it('more ranks than CPUs', () =>
    assert.equal(sharedPlace(shared), 'ranks 0 and 1 share CPU 0: there are more ranks than CPUs (start fewer)'));
  it("mpirun's binding, Slurm's binding", () => {
    assert.match(
      sharedPlace({ ...shared, boundBy: 'Open MPI' }),
      /: mpirun bound them there \(start it with --bind-to/,
    );
    assert.match(sharedPlace({ ...shared, boundBy: 'Slurm' }), /: Slurm bound them there \(use srun --cpu-bind=none, /);
  });
  it('another launch', () => {
    assert.match(
      sharedPlace({ ...shared, ranks: [0], strangers: [50], boundBy: 'Open MPI' }),
      /^rank 0 shares CPU 0 with 1 rank of another launch \(pid 50\): mpirun/,
    );
    assert.match(sharedPlace({ ...shared, ranks: [0], strangers: [50] }), /: each launch begins at the same CPU/);
  });
});
