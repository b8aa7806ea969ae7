import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Finished } from '../helpers/processes/run.js';
import { ranIn, succeededIn, Workbench } from '../helpers/package/package.js';

/** The shortest file that describes a machine. */
const MACHINE = {
  cpus: [0, 1, 2, 3].map(cpu => ({ cpu, online: true, allowed: true, core: cpu, package: 0, numa: 0, kind: 0 })),
};

describe('on an unsupported operating system', function () {
  this.timeout(120_000);
  const bench = new Workbench();
  let copy = '';

  before('build the addon as for such a system', async () => {
    copy = await bench.copyOfProject();
    await succeededIn(copy, ['npm', 'run', 'compile']);
    await succeededIn(copy, ['npm', 'run', 'build:addon', '--', '--', '-DOS=freebsd']);
    writeFileSync(join(copy, 'machine.json'), JSON.stringify(MACHINE));
  });
  after(() => bench.remove());

  const governor = (...args: string[]): Promise<Finished> =>
    ranIn(copy, [process.execPath, 'bin/governor.js', ...args]);

  for (const command of [
    ['banner'],
    ['run', '--', 'true'],
    ['audit', String(process.pid)],
    ['budget'],
    ['env'],
    ['topology'],
  ]) {
    it(`governor ${command[0]} prints that in one line, and exits with 2`, async () => {
      const { status, stdout, stderr } = await governor(...command);
      assert.equal(stdout, '');
      assert.match(stderr, /^governor: \S+ is not supported yet; .*\n$/);
      assert.equal(status, 2);
    });
  }

  for (const command of ['banner', 'budget', 'env', 'topology']) {
    it(`governor ${command} --host FILE works`, async () => {
      const { status, stdout, stderr } = await governor(command, '--host', 'machine.json');
      assert.equal(stderr, '');
      assert.notEqual(stdout, '');
      assert.equal(status, 0);
    });
  }

  it('pinWorkers rejects with NOT_SUPPORTED', async () => {
    const script =
      "import { pinWorkers } from './dist/lib/index.js'; " +
      "await pinWorkers('worker.mjs').catch(error => console.log(error.name, error.code))";
    const { stdout } = await succeededIn(copy, [process.execPath, '--input-type=module', '-e', script]);
    assert.equal(stdout, 'GovernorError NOT_SUPPORTED\n');
  });
});
