import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Context } from 'mocha';
import { requirePackages, SYSTEMD } from '../debian.js';
import { temporaryDirectory } from '../processes/governed.js';

/** The words that bash gives a program: what `script` prints, each ended by a NUL. */
export function printedByBash(script: string): string[] {
  const text = execFileSync('bash', ['--norc', '-c', script], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { PATH: process.env['PATH'] },
  });
  return text.split('\0').slice(0, -1);
}

/** How systemd reads a service with this drop-in, from the dump of its units. Skips the test without systemd. */
export function readBySystemd(test: Context, dropIn: string): string {
  requirePackages(test, 'systemd');
  const directory = temporaryDirectory();
  mkdirSync(join(directory, 'made.service.d'));
  writeFileSync(
    join(directory, 'made.service'),
    '[Service]\nExecStart=/bin/true\nEnvironment=OMP_PLACES=cores\nCPUAffinity=63\nAllowedCPUs=63\n',
  );
  writeFileSync(join(directory, 'made.service.d/governor.conf'), dropIn);
  const runtime = join(directory, 'runtime');
  mkdirSync(runtime);
  chmodSync(directory, 0o755);
  chmodSync(runtime, 0o777);
  const command = [SYSTEMD, '--test', '--user', '--unit=made.service'];
  const [program, ...args] =
    process.getuid?.() === 0 ? ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups', ...command] : command;
  const environment = { ...process.env, SYSTEMD_UNIT_PATH: `${directory}:`, XDG_RUNTIME_DIR: runtime, HOME: runtime };
  const dump = execFileSync(program!, args, {
    encoding: 'utf8',
    env: environment,
    stdio: ['ignore', 'pipe', 'ignore'],
    maxBuffer: 2 ** 26,
  });
  const unit = dump.slice(dump.indexOf('-> Unit made.service:'));
  return unit.slice(0, unit.indexOf('\n-> Unit ', 1) >>> 0);
}
