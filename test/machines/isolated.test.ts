import assert from 'node:assert/strict';
import { join } from 'node:path';
import type { Audit } from '../../lib/index.js';
import { requirePackages } from '../helpers/debian.js';
import { inMachine } from '../helpers/machine/vm.js';
import { GUEST_PROGRAMS, PROGRAMS, temporaryDirectory } from '../helpers/processes/governed.js';
import { finished } from '../helpers/processes/run.js';
import { GOVERNOR } from '../helpers/shared.js';

describe('an audit on a machine with isolcpus=1-3 finds threads stacked on one of the isolated CPUs', () => {
  it('of workers and of a team; after what it prescribes, each has its own CPU', async function () {
    requirePackages(this, 'gcc');
    const team = join(temporaryDirectory(), 'openmp_team');
    const made = await finished(['gcc', '-O1', '-fopenmp', join(PROGRAMS, 'openmp_team.c'), '-o', team]);
    assert.equal(made.status, 0, made.stderr);
    const { status, stdout, stderr } = await inMachine(
      this,
      ['--smp', 'cores=4', '--append', 'isolcpus=1-3'],
      ['sh', join(GUEST_PROGRAMS, 'tell_isolated.sh'), process.execPath, GOVERNOR, team],
    );
    assert.equal(status, 0, stderr);
    const audits = stdout
      .trim()
      .split('\n')
      .map(line => JSON.parse(line) as Audit);
    const [workers, spread, threads, apart] = audits;
    for (const stacked of [workers!, threads!]) {
      assert.equal(stacked.verdict, 'stacked');
      assert.match(
        stacked.findings[0]!.text,
        /^3 threads of \w+ \(pids? [\d, ]+\) share CPU 1, and CPUs 2-3 are idle: the kernel moves no thread/,
      );
      assert.ok(stacked.run < 1.3, `they had ${stacked.run} CPUs`);
    }
    assert.match(workers!.findings[0]!.fix, /^governor pin \d+ {2}# /);
    assert.match(threads!.findings[0]!.fix, /^taskset -pc 1 \d+; taskset -pc 2 \d+; taskset -pc 3 \d+ {2}# /);
    for (const free of [spread!, apart!]) {
      assert.deepEqual(free.findings, []);
      assert.ok(free.run > 2, `they have ${free.run} CPUs`);
    }
  });
});
