import assert from 'node:assert/strict';
import { adoptOrphans } from '../../../lib/core/processes/orphans.js';

/** Without a group or session: those of the job. */
interface Made {
  pid: number;
  ppid: number;
  group?: number;
  session?: number;
  comm?: string;
}

/** The shell 10 of a terminal has started a job that 20 leads. */
const SHELL = { pid: 10, ppid: 9, group: 10, session: 10, comm: 'bash' };
const REAPERS = [
  { pid: 1, ppid: 0, group: 1, session: 1, comm: 'systemd' },
  { pid: 9, ppid: 1, group: 9, session: 9, comm: 'terminal' },
];

/** The parent of each process of a job, by its pid. */
function parents(...job: Made[]): Record<number, number> {
  const made = [...REAPERS, SHELL, ...job.map(one => ({ group: 20, session: 10, comm: 'R', ...one }))];
  const listed = adoptOrphans(made.map(one => ({ ...one, startTime: one.pid })));
  return Object.fromEntries(listed.filter(({ pid }) => pid >= 20).map(({ pid, ppid }) => [pid, ppid]));
}

describe('orphans', () => {
  it('are children of the last program of their group that has their name and is older', () =>
    assert.deepEqual(
      parents(
        { pid: 20, ppid: 10, comm: 'make' },
        { pid: 21, ppid: 20 },
        { pid: 25, ppid: 1 },
        { pid: 26, ppid: 1 },
        { pid: 30, ppid: 20 },
      ),
      { 20: 10, 21: 20, 25: 21, 26: 21, 30: 20 },
    ));
  it('are children of the leader of their group if nobody there has their name', () =>
    assert.deepEqual(parents({ pid: 20, ppid: 10, comm: 'python3' }, { pid: 21, ppid: 1, comm: 'solver' }), {
      20: 10,
      21: 20,
    }));
  it('may have a parent in another session', () =>
    assert.deepEqual(parents({ pid: 20, ppid: 10 }, { pid: 21, ppid: 9 }), { 20: 10, 21: 20 }));
  it('whose job has ended keep their parent', () =>
    assert.deepEqual(parents({ pid: 21, ppid: 1 }, { pid: 22, ppid: 1 }), { 21: 1, 22: 1 }));
  it('that lead a group or a session have left their job', () =>
    assert.deepEqual(
      parents({ pid: 20, ppid: 10 }, { pid: 21, ppid: 1, group: 21 }, { pid: 22, ppid: 1, session: 22 }),
      {
        20: 10,
        21: 1,
        22: 1,
      },
    ));
  it('are no processes whose parent is of their session', () =>
    assert.deepEqual(parents({ pid: 20, ppid: 10 }, { pid: 21, ppid: 10 }), { 20: 10, 21: 10 }));
});
