import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { GOVERNOR } from '../shared.js';
import { reaped } from './reap.js';

export interface Finished {
  status: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

/** Runs a program to its end. `environment` is added to ours; a value of undefined removes a variable. */
export async function finished(
  command: readonly string[],
  environment: NodeJS.ProcessEnv = {},
  input = '',
): Promise<Finished> {
  const child = reaped(spawn(command[0]!, command.slice(1), { env: plainEnvironment(environment) }));
  const texts = Promise.all([collect(child.stdout), collect(child.stderr)]);
  child.stdin.on('error', () => undefined).end(input);
  const [status, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
  const [stdout, stderr] = await texts;
  return { status, signal, stdout, stderr };
}

/** Runs `governor` to its end. */
export function governor(args: readonly string[], environment: NodeJS.ProcessEnv = {}, input = ''): Promise<Finished> {
  return finished([process.execPath, GOVERNOR, ...args], environment, input);
}

async function collect(stream: NodeJS.ReadableStream): Promise<string> {
  let text = '';
  for await (const chunk of stream) text += String(chunk);
  return text;
}

/** Our environment without colours forced by a test runner, and with these changes; undefined removes a variable. */
export function plainEnvironment(changes: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const all = { ...process.env, FORCE_COLOR: undefined, ...changes };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
}
