import assert from 'node:assert/strict';
import { boundRank } from '../../../lib/core/launch/bound-rank.js';
import { madeHost } from '../../helpers/machine/hosts.js';

const bound = (type: string, list: string) => ({ SLURM_CPU_BIND_TYPE: type, SLURM_CPU_BIND_LIST: list });
/** The bound rank of a task with this affinity on a machine of 4 cores × 2 threads, as `rank/ranks`. */
const slurm = (environment: Record<string, string>, rank: number, ranks: number, affinity: string) => {
  const found = boundRank(
    { engine: 'Slurm', rank, ranks },
    environment,
    madeHost({ cores: 4, threads: 2, siblings: 'adjacent', affinity }),
  );
  return found && `${found.rank}/${found.ranks}`;
};
const openMpi = (environment: Record<string, string>, affinity: string) =>
  boundRank(
    { engine: 'Open MPI', rank: 1, ranks: 4 },
    environment,
    madeHost({ cores: 4, threads: 2, siblings: 'adjacent', affinity }),
  );

describe('a rank that its launcher has bound', () => {
  it('has its CPUs for itself if Slurm has bound no other task to them', () => {
    assert.equal(slurm(bound('mask_cpu:', '0x0f,0xF0'), 1, 2, '4-7'), '0/1');
    assert.equal(slurm(bound('map_cpu:', '0,3'), 1, 2, '3'), '0/1');
  });

  it('shares its CPUs with the tasks that Slurm has bound to the same CPUs', () => {
    const sockets = bound('mask_cpu:', '0xf,0xf0,0xf,0xf0');
    assert.deepEqual(
      [0, 1, 2, 3].map(rank => slurm(sockets, rank, 4, rank % 2 === 0 ? '0-3' : '4-7')),
      ['0/2', '0/2', '1/2', '1/2'],
    );
    assert.equal(slurm(bound('mask_cpu:', '0xf,0xf0'), 2, 4, '0-3'), '1/2', 'the list begins again');
    assert.equal(slurm(bound('map_cpu:', '0,0'), 1, 2, '0'), '1/2');
  });

  it('is unknown if Slurm has not bound it, or if the list of masks does not fit its affinity', () => {
    for (const environment of [
      {},
      bound('none', ''),
      bound('mask_cpu:', ''),
      bound('mask_cpu:', '0x'),
      bound('mask_cpu:', '3,x'),
      bound('map_cpu:', '99999'),
      bound('mask_cpu:', `0x${'f'.repeat(5000)}`),
      bound('mask_cpu:', '0x3,0x6'),
      bound('mask_cpu:', '0x1,0x2'),
    ]) {
      assert.equal(slurm(environment, 0, 2, '0-1'), null, JSON.stringify(environment));
    }
  });

  it('has a core of Open MPI for itself; who shares more CPUs than a core is unknown', () => {
    const launched = { OMPI_MCA_orte_bound_at_launch: '1' };
    assert.deepEqual(openMpi(launched, '2-3'), { rank: 0, ranks: 1, locals: [1] });
    assert.equal(openMpi(launched, '0-3'), null);
    assert.equal(openMpi({}, '2-3'), null);
  });

  it('is unknown under torchrun, which binds none', () => {
    assert.equal(
      boundRank({ engine: 'torchrun', rank: 0, ranks: 2 }, bound('mask_cpu:', '0x1,0x2'), madeHost({ cores: 1 })),
      null,
    );
  });
});
