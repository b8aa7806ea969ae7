import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { reaped } from './reap.js';

/** Starts a program that runs until the test ends it, and waits for the first line it prints. */
export async function started(
  command: readonly string[],
  environment: NodeJS.ProcessEnv = {},
  directory = process.cwd(),
): Promise<{ child: ChildProcess; pid: number; line: string }> {
  const child = reaped(
    spawn(command[0]!, command.slice(1), {
      cwd: directory,
      env: { ...process.env, ...environment },
      detached: true,
      stdio: ['pipe', 'pipe', 'inherit'],
    }),
    { group: true },
  );
  for await (const line of createInterface({ input: child.stdout! })) return { child, pid: child.pid!, line };
  throw new Error(`${command.join(' ')} ended without a line`);
}
