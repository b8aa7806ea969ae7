import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { computingLibraries } from '../../../lib/system/audit/computing-libraries.js';
import { requirePackages } from '../../helpers/debian.js';
import { reaped } from '../../helpers/processes/reap.js';
import { PYTHON } from '../../helpers/shared.js';

/** The libraries of a program that prints a line once it has loaded them, and then waits for its stdin. */
async function librariesIn(command: string, args: string[]): Promise<string[]> {
  const child = reaped(spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'] }));
  await createInterface({ input: child.stdout })[Symbol.asyncIterator]().next();
  return computingLibraries(child.pid!);
}

describe('libraries with which a process can compute by several threads', () => {
  it('are those that it has loaded', async function () {
    requirePackages(this, 'python3-numpy');
    assert.ok((await librariesIn(PYTHON, ['-c', 'import numpy; print(flush=True); input()'])).includes('OpenBLAS'));
  });
  it('are none in a shell, in Python itself, or in Node itself', async () => {
    assert.deepEqual(await librariesIn('sh', ['-c', 'echo; read line']), []);
    assert.deepEqual(await librariesIn(PYTHON, ['-c', 'print(flush=True); input()']), []);
    assert.deepEqual(await librariesIn(process.execPath, ['-e', 'console.log(); process.stdin.resume()']), []);
  });
});
