import assert from 'node:assert/strict';
import { runtimeOf, type ProgramFile } from '../../../lib/core/processes/runtime-of.js';

const ELF = '\x7fELF';
const GO = `${ELF}....\x04\0\0\0\x53\0\0\0\x04\0\0\0Go\0\0abc`;
const FILES: Record<string, string> = {
  '/usr/bin/python3.11': ELF,
  '/usr/bin/node': ELF,
  '/usr/bin/java': ELF,
  '/usr/bin/env': ELF,
  '/usr/bin/timeout': ELF,
  '/usr/bin/sh': ELF,
  '/usr/bin/make': ELF,
  '/usr/bin/a.out': ELF,
  '/usr/bin/gopher': GO,
  '/usr/bin/stencil': `${ELF}\0libm.so.6\0libgomp.so.1\0libc.so.6\0`,
  '/usr/bin/solver': `${ELF}\0libopenblas-r1.so.0\0`,
  '/usr/bin/vitest': '#!/usr/bin/env node\nimport x',
  '/usr/bin/train': '#! /usr/bin/env -S python3.11 -u\n',
  '/usr/bin/build': '#!/bin/sh\nmake',
  '/shims/python3': '#!/usr/bin/sh\nexec pyenv exec python3',
  '/usr/bin/loop': '#!/usr/bin/loop\n',
};
const LINKS: Record<string, string> = { '/bin/sh': '/usr/bin/sh', '/usr/bin/python3': '/usr/bin/python3.11' };

const inShell = (script: string) => runtimeOf(['sh', '-c', script], lookUp).runtime;
const found = (command: string) => runtimeOf(command.split(' '), lookUp).runtime;

function lookUp(program: string): ProgramFile | null {
  const named = program.includes('/') ? program.replace('./', '/usr/bin/') : `/usr/bin/${program}`;
  const path = LINKS[named] ?? named;
  return path in FILES ? { path, head: FILES[path]! } : null;
}

describe('what runs a command', () => {
  for (const [command, runtime] of [
    ['python3 pool.py', 'Python'],
    ['/shims/python3 pool.py', 'Python'],
    ['node server.js', 'Node'],
    ['java -jar a.jar', 'JVM'],
    ['gopher serve', 'Go'],
    ['a.out', 'native'],
    ['vitest run', 'Node'],
    ['train --epochs 3', 'Python'],
    ['env A=1 node x.js', 'Node'],
    ['timeout -s INT 10s java Main', 'JVM'],
    ['build', 'unknown'],
    ['make -j2', 'unknown'],
    ['nothing', 'unknown'],
    ['loop', 'unknown'],
  ] as const)
    it(`${command}: ${runtime}`, () => assert.equal(found(command), runtime));

  for (const [script, runtime] of [
    ['java A & java B & wait', 'JVM'],
    ['for i in 1 2; do timeout 5 python3 a.py & done; wait', 'Python'],
    ['cd /tmp && OMP_NUM_THREADS=1 exec node server.js | a.out', 'Node'],
    ['./gopher; gopher serve', 'Go'],
    ['python3 a.py & node b.js', 'unknown'],
    ['make node', 'unknown'],
    ['a.out & a.out', 'unknown'],
  ] as const)
    it(`sh -c '${script}': ${runtime}`, () => assert.equal(inShell(script), runtime));
});

describe('whether a command is one process whose threads do all the work', () => {
  const alone = (command: readonly string[]) => runtimeOf(command, lookUp).alone;

  for (const command of ['java -jar a.jar', 'gopher serve', 'node x.js', 'stencil', 'solver', 'timeout 5 stencil'])
    it(`${command}: yes`, () => assert.equal(alone(command.split(' ')), true));
  for (const command of ['python3 pool.py', 'a.out', 'make -j2', 'build', 'nothing'])
    it(`${command}: no, or nobody knows`, () => assert.equal(alone(command.split(' ')), false));
  it('in a shell: only if it is the only command', () => {
    assert.equal(alone(['sh', '-c', 'exec java A']), true);
    assert.equal(alone(['sh', '-c', 'java A & java B & wait']), false);
  });
});
