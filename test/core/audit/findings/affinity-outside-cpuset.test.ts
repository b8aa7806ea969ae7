import assert from 'node:assert/strict';
import { affinityOutsideCpuset } from '../../../../lib/core/audit/findings/affinity-outside-cpuset.js';
import { file, madeAudit, madeProcess, madeWorkers, type MadeProcess } from '../../../helpers/audit/audited.js';
import { madeHost } from '../../../helpers/machine/hosts.js';

const FOUR_OF_EIGHT = madeHost({ cores: 8, cpuset: '0-3' });
const GOMP = [file('libgomp.so.1', 'libgomp')];
const found = (process: MadeProcess, host = FOUR_OF_EIGHT) =>
  affinityOutsideCpuset({ ...madeAudit(madeProcess({ threads: [{ cpus: '0-3' }], modules: GOMP, ...process })), host });

describe('finding: CPUs that the program may not use', () => {
  it('in a variable', () => {
    const [finding] = found({ environment: { GOMP_CPU_AFFINITY: '2-5' } });
    assert.equal(finding!.text, 'GOMP_CPU_AFFINITY=2-5 names CPUs 4-5, which the program may not use.');
    assert.equal(
      finding!.evidence,
      'the control group allows CPUs 0-3 (/sys/fs/cgroup/job/cpuset.cpus.effective); python3 (pid 100)',
    );
    assert.equal(finding!.fix, 'unset GOMP_CPU_AFFINITY');
  });
  it('in each variable that names CPUs', () => {
    const fixes = found({
      environment: { OMP_PLACES: '{0:4},{4:4}', KMP_AFFINITY: 'explicit,proclist=[7]', GOVERNOR_CPUS: '0-7' },
    }).map(finding => finding.fix);
    assert.deepEqual(fixes, ['unset OMP_PLACES', 'unset KMP_AFFINITY', 'unset GOVERNOR_CPUS']);
  });
  it("in a thread's own affinity", () => {
    const [finding] = found({ threads: [{ cpus: '0-3' }, { cpus: '3-4' }] });
    assert.equal(finding!.text, "a thread's affinity names CPU 4, which the program may not use.");
  });
  it('that are offline', () =>
    assert.match(
      found({ environment: { GOVERNOR_CPUS: '0-7' } }, madeHost({ cores: 8, offline: '7' }))[0]!.evidence,
      /^online: CPUs 0-6; /,
    ));
  it('reported once for all processes', () => {
    const each = { environment: { GOMP_CPU_AFFINITY: '9' }, modules: GOMP, threads: [{ cpus: '0-3' }] };
    const seen = madeAudit(madeProcess(each), ...madeWorkers(2, () => each));
    assert.deepEqual(
      affinityOutsideCpuset({ ...seen, host: FOUR_OF_EIGHT }).map(finding => finding.pids),
      [[100, 1000, 1100]],
    );
  });
});

describe('no finding: CPUs that the program may use', () => {
  const fine = (...of: Parameters<typeof found>) => assert.deepEqual(found(...of), []);

  it('a variable that names only those', () =>
    fine({ environment: { GOMP_CPU_AFFINITY: '0-3', OMP_PLACES: '{0:2},{2:2}', GOVERNOR_CPUS: '1,3' } }));
  it('places without CPU numbers', () => fine({ environment: { OMP_PLACES: 'cores', KMP_AFFINITY: 'compact' } }));
  it('a variable that no loaded library reads', () => fine({ environment: { GOMP_CPU_AFFINITY: '0-7' }, modules: [] }));
  it('an unrestricted affinity, which names CPUs that may be plugged in', () => fine({ threads: [{ cpus: '0-127' }] }));
  it('an affinity within the allowed CPUs', () => fine({ threads: [{ cpus: '1' }, { cpus: '2-3' }] }));
});
