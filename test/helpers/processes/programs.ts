import { readFileSync } from 'node:fs';
import { started } from './printing.js';

/** Starts a program below a shell that leads a session, as in a terminal, so that the test runner is not above it. */
export async function startedInSession(command: readonly string[]): Promise<{ pid: number; line: string }> {
  const { pid: shell, line } = await started(['sh', '-c', '"$@"; true', 'sh', ...command]);
  return { pid: Number(readFileSync(`/proc/${shell}/task/${shell}/children`, 'utf8').split(' ')[0]), line };
}
