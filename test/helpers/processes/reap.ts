import type { ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const children = new Set<ChildProcess>();
const directories = new Set<string>();

/** Kills a child after the test. @param options group: kill the whole group of a child that was started `detached` */
export function reaped<C extends ChildProcess>(child: C, options: { group?: boolean } = {}): C {
  const kill = child.kill.bind(child);
  if (options.group) {
    child.kill = signal => {
      try {
        return child.pid !== undefined && process.kill(-child.pid, signal);
      } catch {
        return kill(signal);
      }
    };
  }
  children.add(child);
  return child;
}

/** Removes a directory after the test. */
export function removedAfterwards(directory: string): string {
  directories.add(directory);
  return directory;
}

/** Each test gets its own ledger, so that other runs on this machine cannot take its CPUs. */
function ownLedger(): string {
  return removedAfterwards(join(tmpdir(), `governor-ledger-${randomUUID()}`));
}

process.env['GOVERNOR_LEDGER'] = ownLedger();
const environment = { ...process.env };

export const mochaHooks = {
  beforeEach(): void {
    process.env['GOVERNOR_LEDGER'] = ownLedger();
  },
  async afterEach(): Promise<void> {
    for (const child of children) {
      if (child.exitCode === null && child.signalCode === null) {
        const ended = new Promise(resolve => child.once('exit', resolve));
        child.kill('SIGKILL');
        await ended;
      } else {
        child.kill('SIGKILL');
      }
    }
    children.clear();
    for (const directory of directories) rmSync(directory, { recursive: true, force: true });
    directories.clear();
    for (const name of Object.keys(process.env)) if (!(name in environment)) delete process.env[name];
    Object.assign(process.env, environment);
  },
};
