import assert from 'node:assert/strict';
import { localRank } from '../../../lib/core/launch/local-rank.js';

const torchrun = { RANK: '5', WORLD_SIZE: '8', LOCAL_RANK: '1', LOCAL_WORLD_SIZE: '4' };
const openMpi = {
  OMPI_COMM_WORLD_RANK: '6',
  OMPI_COMM_WORLD_SIZE: '8',
  OMPI_COMM_WORLD_LOCAL_RANK: '2',
  OMPI_COMM_WORLD_LOCAL_SIZE: '3',
};
const slurm = {
  SLURM_PROCID: '3',
  SLURM_LOCALID: '1',
  SLURM_NODEID: '1',
  SLURM_NTASKS: '7',
  SLURM_STEP_TASKS_PER_NODE: '2(x3),1',
};
const text = (environment: Record<string, string>) => {
  const found = localRank(environment);
  return found && `${found.engine} ${found.rank}/${found.ranks}`;
};

describe('the rank on this machine', () => {
  it('is read from the variables of torchrun', () => assert.equal(text(torchrun), 'torchrun 1/4'));
  it('is read from the variables of Open MPI', () => assert.equal(text(openMpi), 'Open MPI 2/3'));
  it('is read from the variables of Slurm, which counts the tasks of each node', () => {
    assert.equal(text(slurm), 'Slurm 1/2');
    assert.equal(text({ ...slurm, SLURM_NODEID: '3', SLURM_LOCALID: '0' }), 'Slurm 0/1');
    assert.equal(text({ SLURM_LOCALID: '2', SLURM_NODEID: '0', SLURM_TASKS_PER_NODE: '4' }), 'Slurm 2/4');
  });
  it('is that of the innermost launcher: torchrun before Open MPI before Slurm', () => {
    assert.equal(text({ ...slurm, ...openMpi, ...torchrun }), 'torchrun 1/4');
    assert.equal(text({ ...slurm, ...openMpi }), 'Open MPI 2/3');
  });
  it('is null without a launcher', () => assert.equal(text({}), null));
  it('is null if a variable is missing or impossible', () => {
    assert.equal(text({ LOCAL_RANK: '1' }), null);
    assert.equal(text({ LOCAL_WORLD_SIZE: '4' }), null);
    assert.equal(text({ ...torchrun, LOCAL_RANK: '4' }), null);
    for (const value of ['', '-1', '1.5', 'one', '0x1', ' 1', '99999999'])
      assert.equal(text({ ...torchrun, LOCAL_RANK: value }), null, value);
    for (const value of ['', '2(x3', '(x3)', '2(x1)', '2,x', '2(x0),'])
      assert.equal(text({ ...slurm, SLURM_STEP_TASKS_PER_NODE: value }), null, value);
    assert.equal(text({ ...slurm, SLURM_NODEID: '9' }), null);
  });
  it('is that of the outer launcher if the variables of the inner one are unusable', () => {
    assert.equal(text({ ...openMpi, LOCAL_RANK: '9', LOCAL_WORLD_SIZE: '2' }), 'Open MPI 2/3');
  });
});
