import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { requirePackages } from '../helpers/debian.js';
import { eventually } from '../helpers/processes/eventually.js';
import { reaped, removedAfterwards } from '../helpers/processes/reap.js';
import { finished } from '../helpers/processes/run.js';
import { PROJECT } from '../helpers/shared.js';

const cure = (...words: string[]) => [process.execPath, join(PROJECT, 'bench/run.mjs'), 'cure', ...words];

/** The commands of the processes that a bench has started and that still run. */
function startedBy(pid: number): string[] {
  return readdirSync('/proc')
    .filter(name => /^\d+$/.test(name))
    .flatMap(other => {
      try {
        const environment = readFileSync(`/proc/${other}/environ`, 'utf8').split('\0');
        const mark = environment.includes(`GOVERNOR_BENCH_CURE=${pid}`);
        return mark ? [readFileSync(`/proc/${other}/cmdline`, 'utf8').replaceAll('\0', ' ')] : [];
      } catch {
        return []; // it has ended, or belongs to somebody else
      }
    });
}

describe('npm run bench -- cure', () => {
  beforeEach(function () {
    requirePackages(this, 'gcc', 'util-linux');
  });

  it('measures every variant of a case, and writes ratios', async () => {
    const file = join(removedAfterwards(mkdtempSync(join(tmpdir(), 'governor-test-'))), 'cure.json');
    const words = ['--cases', 'openmp', '--rounds', '1', '--scale', '0.02', '--json', file];
    const { status, stdout, stderr } = await finished(cure(...words));
    assert.equal(status, 0, stderr);
    const { ratios, cases, version, machine } = JSON.parse(readFileSync(file, 'utf8'));
    const variants = ['as it is', 'N × M', 'prescribed', 'run', 'by hand'];
    assert.deepEqual(Object.keys(cases[0].variants), variants, stderr);
    for (const variant of variants.slice(0, -1)) {
      const found = ratios.find(
        (one: { variant: string; against: string }) => one.variant === variant && one.against === 'by hand',
      );
      assert.ok(found?.bench === 'cure' && found.case === 'openmp' && found.ratio > 0, `${variant}: ${stderr}`);
      assert.ok(found.low <= found.ratio && found.ratio <= found.high);
    }
    assert.ok(version && machine.cpus > 0);
    assert.match(stdout, /^\| openmp \| C, one OpenMP team/m);
  });

  it('ends everything that it started when it is interrupted', async () => {
    const [node, ...words] = cure('--cases', 'ranks', '--scale', '100');
    const bench = reaped(spawn(node!, words, { stdio: 'ignore' }));
    await eventually(() => startedBy(bench.pid!).some(command => /\/openmp /.test(command)));
    bench.kill('SIGINT');
    const [status] = await once(bench, 'exit');
    assert.equal(status, 130);
    assert.deepEqual(startedBy(bench.pid!), []);
  });

  it('reports a variant that runs too long as failed', async () => {
    const words = ['--cases', 'ranks', '--rounds', '1', '--scale', '100', '--limit', '0.1'];
    const { status, stdout, stderr } = await finished(cure(...words));
    assert.equal(status, 0, stderr);
    assert.match(stdout, /^- ranks, run: round 1: killed after 0\.1 s$/m);
    assert.match(stdout, /^- ranks, prescribed: not audited: killed after 0\.1 s$/m);
  });

  it('refuses what it does not know, and lists the cases', async () => {
    const wrong = await finished(cure('--cases', 'nothing'));
    assert.equal(wrong.status, 2);
    assert.match(wrong.stderr, /^bench cure: no case nothing; there are numpy-fork, /);
    const { status, stdout } = await finished(cure('--list'));
    assert.equal(status, 0);
    assert.match(stdout, /^sharp +sharp, images resized in libuv’s pool +sharp \(npm\)$/m);
  });
});
