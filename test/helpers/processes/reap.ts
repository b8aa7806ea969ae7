import type { ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const children = new Set<ChildProcess>();
const directories = new Set<string>();

/** Remembers a child: it is killed after the test, whatever becomes of it. Started `detached`, its whole group is. */
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

/** Remembers a directory: it is removed after the test. */
export function removedAfterwards(directory: string): string {
  directories.add(directory);
  return directory;
}

/** A ledger of its own for each test: what others run on this machine at the same time does not shut it out. */
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
