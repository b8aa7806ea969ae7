import assert from 'node:assert/strict';
import { join } from 'node:path';
import { FollowedTree, type FollowedProcess } from '../../../lib/system/processes/followed-tree.js';
import { readTree, requireProcess } from '../../../lib/system/processes/processes.js';
import { affinitiesByTaskset, temporaryDirectory, TWO_CPUS } from '../../helpers/processes/governed.js';
import { compiled } from '../../helpers/audit/ground-truth.js';
import { requirePackages } from '../../helpers/debian.js';
import { started } from '../../helpers/processes/printing.js';
import { governor } from '../../helpers/processes/run.js';

describe('a process whose first thread has ended, while another goes on', () => {
  let pid = 0;

  beforeEach(async function () {
    requirePackages(this, 'gcc');
    const program = compiled(join(temporaryDirectory(), 'program'), ['gcc', '-pthread', '$/compiled/leader_ended.c']);
    const child = await started([program]);
    assert.equal(child.line, 'ready');
    ({ pid } = child);
  });

  it('is a process, and in trees', () => {
    assert.equal(requireProcess(pid).state, 'Z');
    assert.deepEqual(
      readTree(process.pid)
        .filter(one => one.pid === pid)
        .map(({ threads }) => threads),
      [2],
    );
  });
  it('is followed', async () => {
    let follower: FollowedTree | undefined;
    const tree = await new Promise<readonly FollowedProcess[]>(resolve => {
      follower = new FollowedTree(pid, resolve);
    });
    follower!.stop();
    assert.deepEqual(
      tree.map(one => one.pid),
      [pid],
    );
  });
  it('is audited and pinned', async () => {
    const audit = await governor(['audit', '--window', '0.1', String(pid)]);
    assert.match(audit.stdout, /2 threads in 1 process/, audit.stderr);
    const cpu = TWO_CPUS[0]!;
    const pin = await governor(['pin', '--workers', '1', '--threads-per-worker', '1', '--reserve', '0', String(pid)], {
      GOVERNOR_CPUS: String(cpu),
    });
    assert.equal(pin.status, 0, pin.stderr);
    assert.ok(affinitiesByTaskset(pid).some(cpus => cpus.join() === String(cpu)));
  });
});
