import { readFileSync } from 'node:fs';
import { started } from './printing.js';

/** A program below a shell that leads a session, as in a terminal: whatever runs the tests is not above it. Its pid, and the first line that it prints. */
export async function startedInSession(command: readonly string[]): Promise<{ pid: number; line: string }> {
  const { pid: shell, line } = await started(['sh', '-c', '"$@"; true', 'sh', ...command]);
  return { pid: Number(readFileSync(`/proc/${shell}/task/${shell}/children`, 'utf8').split(' ')[0]), line };
}
