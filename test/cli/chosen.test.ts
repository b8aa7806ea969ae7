import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Budget, Host } from '../../lib/index.js';
import { temporaryDirectory, TWO_CPUS } from '../helpers/processes/governed.js';
import { madeHost, type Shape } from '../helpers/machine/hosts.js';
import { finished, governor } from '../helpers/processes/run.js';
import { GOVERNOR } from '../helpers/shared.js';

function hostFile(shape: Shape): string {
  const file = join(temporaryDirectory(), 'host.json');
  writeFileSync(file, JSON.stringify(madeHost(shape)));
  return file;
}

describe('GOVERNOR_CPUS on the command line', () => {
  const four = { GOVERNOR_CPUS: '0-3' };

  it('limits budget, banner, env and topology of a machine from a file', async () => {
    const host = hostFile({ cores: 6, threads: 2 });
    const { workers, winner } = JSON.parse(
      (await governor(['budget', '--json', '--host', host], four)).stdout,
    ) as Budget;
    assert.deepEqual({ workers, winner }, { workers: 4, winner: 'GOVERNOR_CPUS' });
    assert.match(
      (await governor(['budget', '--host', host], four)).stdout,
      /^\* +GOVERNOR_CPUS +4 +4 chosen \(0-3\) +GOVERNOR_CPUS$/m,
    );
    assert.match(
      (await governor(['banner', '--host', host], four)).stdout,
      /^\[HW AUTO-DETECT\] Limited by your choice: 4 chosen \(0-3\) \(GOVERNOR_CPUS\)$/m,
    );
    assert.match((await governor(['env', '--export', 'POOL=workers', '--host', host], four)).stdout, /POOL=4$/m);
  });

  it('limits this machine: topology shows it, run and its program obey it', async () => {
    const one = { GOVERNOR_CPUS: String(TWO_CPUS[1]) };
    const { cpus, limits } = JSON.parse((await governor(['topology', '--json'], one)).stdout) as Host;
    assert.deepEqual(
      cpus.filter(cpu => cpu.allowed).map(cpu => cpu.cpu),
      [TWO_CPUS[1]],
    );
    assert.deepEqual(limits.chosen, { value: [TWO_CPUS[1]], source: 'GOVERNOR_CPUS' });
    assert.match((await governor(['topology'], one)).stdout, /^Allowed: 1 CPU \(\d+\), by .*GOVERNOR_CPUS$/m);
    const { stderr, stdout } = await finished(
      [GOVERNOR, 'run', '--export', 'POOL=workers', '--', 'sh', '-c', 'echo "$POOL $GOVERNOR_CPUS"'],
      one,
    );
    assert.equal(stdout, `1 ${TWO_CPUS[1]}\n`);
    assert.match(stderr, /Worker Processes: 1 x/);
  });

  it('is refused if it is no cpulist, or leaves no CPU', async () => {
    for (const [value, text] of [
      ['x', /^governor: invalid GOVERNOR_CPUS "x": expected CPUs such as 0-3,8\n$/],
      [
        '900-901',
        /^governor: invalid GOVERNOR_CPUS "900-901": expected at least one of the CPUs that are allowed \([\d,-]+\)\n$/,
      ],
    ] as const) {
      for (const args of [[], ['budget'], ['env'], ['topology'], ['run', '--', 'true']]) {
        const { status, stdout, stderr } = await governor(args, { GOVERNOR_CPUS: value });
        assert.deepEqual({ status, stdout }, { status: 2, stdout: '' });
        assert.match(stderr, text);
      }
    }
  });
});

describe('limits that are reported but not obeyed', () => {
  it('budget reports the CPU count of a batch system', async () => {
    const host = hostFile({ cores: 6, threads: 2 });
    const { stdout } = await governor(['budget', '--host', host], {
      SLURM_CPUS_PER_TASK: '4',
      SLURM_CPUS_ON_NODE: '12',
    });
    assert.match(stdout, /^advice: SLURM_CPUS_PER_TASK says 4 CPUs, but nothing enforces it here; ignored/m);
    assert.doesNotMatch(stdout, /SLURM_CPUS_ON_NODE/);
    assert.match(stdout, /^11 workers /);
  });

  it('topology and budget report a CPU weight', async () => {
    const host = hostFile({ cores: 6, threads: 2, weight: { value: 39, usual: 100 } });
    const line =
      /^CPU weight: 39 \(default 100, \/sys\/fs\/cgroup\/job\/cpu\.weight\); matters only under contention; ignored$/m;
    assert.match((await governor(['topology', '--host', host])).stdout, line);
    assert.match((await governor(['budget', '--host', host])).stdout, line);
    assert.match((await governor(['budget', '--host', host])).stdout, /^11 workers /);
  });
});
