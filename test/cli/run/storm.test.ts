import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { eventually } from '../../helpers/processes/eventually.js';
import { GovernedRun, onlyCpu, PROGRAMS, temporaryDirectory, TWO_CPUS } from '../../helpers/processes/governed.js';

describe('governor run of a program that starts a thousand short processes a second', () => {
  it('gives each worker its own place, and prints nothing about the short processes', async () => {
    const storm = join(temporaryDirectory(), 'storm');
    execFileSync('gcc', ['-O1', '-o', storm, join(PROGRAMS, 'storm.c')]);
    const run = new GovernedRun(['--reserve', '0'], [storm, '3000']);
    const workers = (await run.line()).split(' ').map(Number);
    await eventually(() => String(workers.map(onlyCpu).sort()) === String(TWO_CPUS));
    const { status, stderr } = await run.end();
    assert.equal(status, 0);
    assert.match(stderr, /^governor: \d workers on 2 places; /m);
    assert.deepEqual(
      stderr.split('\n').filter(line => /more workers|could not be pinned/.test(line)),
      [],
    );
  });
});
