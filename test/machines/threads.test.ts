import assert from 'node:assert/strict';
import { join } from 'node:path';
import type { Context } from 'mocha';
import { compiled } from '../helpers/audit/ground-truth.js';
import { PYTHON, requirePackages } from '../helpers/debian.js';
import { inMachine } from '../helpers/machine/vm.js';
import { GUEST_PROGRAMS, PROGRAMS, temporaryDirectory, TWO_CPUS } from '../helpers/processes/governed.js';
import { finished } from '../helpers/processes/run.js';
import { GOVERNOR, PROJECT } from '../helpers/shared.js';

const overload = (name: string) => join(PROJECT, 'test/fixtures/overloads', name);

/** Commands that start a pool for a number of workers: numpy's, Node's, Java's and Go's. */
function pools(workers: number): string[] {
  const directory = temporaryDirectory();
  const go = join(directory, 'compute');
  compiled(go, ['go', 'build', '-o', go, overload('compute.go')], {
    GOCACHE: join(directory, 'go'),
    GO111MODULE: 'off',
  });
  compiled(join(directory, 'Compute.class'), ['javac', '-d', directory, overload('Compute.java')]);
  return [
    `${PYTHON} ${overload('busy_numpy_pool.py')} ${workers}`,
    `${process.execPath} ${join(PROGRAMS, 'busy_cluster.mjs')} ${workers}`,
    `java -cp ${directory} Compute`,
    go,
  ];
}

const script = (seconds: number, commands: readonly string[]) => [
  'sh',
  join(GUEST_PROGRAMS, 'tell_threads.sh'),
  process.execPath,
  GOVERNOR,
  String(seconds),
  ...commands,
];

describe('the threads that governor counts are as many as its banner expects: numpy, Node, Java and Go', () => {
  const needs = (test: Context) => requirePackages(test, 'python3-numpy', 'default-jdk-headless', 'golang-go');
  const check = (stdout: string) => {
    const lines = stdout.trim().split('\n');
    assert.equal(lines.length, 4, stdout);
    for (const line of lines) assert.match(line, /threads, within the \d+-\d+ expected/, stdout);
  };

  it('on 2 CPUs', async function () {
    needs(this);
    const { stdout } = await finished(['taskset', '-c', TWO_CPUS.join(), ...script(6, pools(2))]);
    check(stdout);
  });
  it('on a machine of 12 CPUs', async function () {
    needs(this);
    const { stdout, stderr } = await inMachine(this, [], script(30, pools(11)));
    assert.notEqual(stdout, '', stderr);
    check(stdout);
  });
});
