import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { finished, type Finished } from '../processes/run.js';
import { PROJECT } from '../shared.js';

/** Directories for a whole file of tests: `removedAfterwards` is for one test. Call `remove` in `after`. */
export class Workbench {
  private readonly directories: string[] = [];

  directory(purpose: string): string {
    const made = mkdtempSync(join(tmpdir(), `thread-governor-${purpose}-`));
    this.directories.push(made);
    return made;
  }

  /** The project's files as git lists them, new ones too, with our node_modules: what is built there disturbs nobody. */
  async copyOfProject(): Promise<string> {
    const copy = this.directory('copy');
    const { stdout } = await succeeded([
      'git',
      '-C',
      PROJECT,
      'ls-files',
      '-z',
      '--cached',
      '--others',
      '--exclude-standard',
    ]);
    for (const file of stdout.split('\0').filter(name => name && existsSync(join(PROJECT, name)))) {
      mkdirSync(dirname(join(copy, file)), { recursive: true });
      cpSync(join(PROJECT, file), join(copy, file));
    }
    symlinkSync(join(PROJECT, 'node_modules'), join(copy, 'node_modules'));
    return copy;
  }

  remove(): void {
    for (const directory of this.directories.splice(0)) rmSync(directory, { recursive: true, force: true });
  }
}

/** Runs a program in a directory, as a shell would: nothing of an `npm test` around us reaches it. */
export function ranIn(
  directory: string,
  command: readonly string[],
  environment: NodeJS.ProcessEnv = {},
): Promise<Finished> {
  const ofNpm = Object.keys(process.env).filter(name =>
    /^(npm_(package|lifecycle)_|npm_config_local_prefix$|INIT_CWD$)/.test(name),
  );
  const without = Object.fromEntries(ofNpm.map(name => [name, undefined]));
  return finished(['env', '-C', directory, ...command], { ...without, ...environment });
}

/** Runs a program that must succeed; npm may print its notes to stderr. */
export async function succeededIn(
  directory: string,
  command: readonly string[],
  environment: NodeJS.ProcessEnv = {},
): Promise<Finished> {
  return required(command, await ranIn(directory, command, environment));
}

export async function succeeded(command: readonly string[]): Promise<Finished> {
  return required(command, await finished(command));
}

function required(command: readonly string[], result: Finished): Finished {
  if (result.status !== 0)
    throw new Error(
      `${command.join(' ')} ended with ${result.status ?? result.signal}:\n${result.stdout}\n${result.stderr}`,
    );
  return result;
}
