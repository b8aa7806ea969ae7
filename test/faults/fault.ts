import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import { LEDGER } from '../helpers/ledger.js';
import { GOVERNOR, PROJECT } from '../helpers/shared.js';
import type { SweptCommand } from './commands.js';

/** One failure: the k-th such call of that kind of process, or, without a role, every call by seccomp. */
export interface Fault {
  /** such as `warden:addon`; null: any process, and every call */
  of: string | null;
  call: string;
  k: number;
  error: string;
}

export interface Outcome {
  verdict: 'right' | 'refused' | 'broken';
  /** what is wrong if it is broken, or the line that refuses */
  text: string;
  /** whether the call came */
  fired: boolean;
}

/** How many calls of each kind a command makes, by `ROLE:CALLER:CALL`. */
export type Counts = ReadonlyMap<string, number>;

/** Longer than any command takes; the sweep calls it a hang. */
const MOST_SECONDS = 10;

/** Without the figures that change from one moment to the next, such as the free memory. */
function masked(text: string): string {
  return text.replace(/\d{5,}/g, 'N');
}

/** Ends with us, even if we are killed. */
const IDLE = 'process.stdin.on("end", () => process.exit()).resume(); console.log()';

/** Compiles the program that lets calls fail. */
export function compileInject(directory: string): string {
  const file = join(directory, 'inject');
  execFileSync('gcc', ['-O1', '-Wall', '-Werror', '-o', file, join(PROJECT, 'test/faults/inject.c')]);
  return file;
}

/** A ledger and an idle Node process, for one command at a time. */
export class Place {
  private readonly directory = mkdtempSync(join(tmpdir(), 'governor-faults-'));
  private readonly ledger = join(this.directory, 'ledger');
  private readonly answers = new Map<string, string>();
  private readonly environment: NodeJS.ProcessEnv;
  private readonly idle = spawn(process.execPath, ['-e', IDLE]);
  private holder: ChildProcess | null = null;
  private ready: Promise<unknown> = once(this.idle.stdout, 'data');

  constructor(private readonly inject: string) {
    const { FORCE_COLOR: _, ...rest } = process.env;
    this.environment = { ...rest, GOVERNOR_LEDGER: this.ledger, XDG_RUNTIME_DIR: this.directory };
  }

  async count(command: SweptCommand): Promise<Counts> {
    this.answers.set(command.name, masked((await this.governed(command, [])).stdout));
    const { report, wrong } = await this.run(command, []);
    if (wrong !== null) throw new Error(`governor ${command.name} does not work without a failure: ${wrong}`);
    const calls = [...report.matchAll(/^call (\S+) (\d+)$/gm)];
    return new Map(calls.map(([, kind, count]) => [kind!, Number(count)]));
  }

  async try(command: SweptCommand, { of, call, k, error }: Fault): Promise<Outcome> {
    const errno = constants.errno[error as keyof typeof constants.errno];
    const option = of === null ? ['-d', `${call}:${errno}`] : ['-f', `${of}:${call}:${k}:${errno}`];
    // A file that may not be read counts as one that is not there.
    const known = error === 'EACCES' ? { ...command, answer: /^/ } : command;
    const { report, wrong, refused } = await this.run(known, option);
    const fired = of === null || !/^fired 0$/m.test(report);
    if (wrong === null) return { verdict: 'right', text: '', fired };
    if (refused !== null) return { verdict: 'refused', text: refused, fired };
    return { verdict: 'broken', text: wrong, fired };
  }

  async close(): Promise<void> {
    for (const child of [this.idle, this.holder]) {
      if (!child) continue;
      child.kill('SIGKILL');
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    }
    rmSync(this.directory, { recursive: true, force: true });
  }

  private async run(command: SweptCommand, options: readonly string[]) {
    await this.ready;
    await this.hold(command.claimed ?? false);
    const before = command.name === 'pin --restore' ? this.pinned() : this.affinities();
    const { report, stdout, stderr } = await this.governed(command, options);
    const status = Number(/^exit (\d+)$/m.exec(report)?.[1] ?? NaN);
    const lines = stderr.split('\n').filter(Boolean);
    const end = /^(?:hangs|killed .*|exit .*)$/m.exec(report)?.[0] ?? '';
    const left = [...report.matchAll(/^left .*$/gm)].map(([line]) => line);
    const changed = this.affinities() !== before && status !== 0;
    this.reset();
    const first = lines.find(line => !line.startsWith('governor: '));
    const isSane = left.length === 0 && !Number.isNaN(status) && first === undefined;
    const isRight = isSane && (command.statuses ?? [0]).includes(status) && this.isAnswer(command, stdout);
    const isRefused = isSane && [2, 126].includes(status) && lines.length > 0 && !changed;
    const seen = [end, ...left, ...(changed ? ['affinities are changed'] : []), first ?? lines.at(-1) ?? ''];
    return {
      report,
      wrong: isRight ? null : `${seen.join('; ')}${stdout ? `; stdout: ${JSON.stringify(stdout.slice(0, 60))}` : ''}`,
      refused: isRefused ? lines.at(-1)! : null,
    };
  }

  private async governed(command: SweptCommand, options: readonly string[]) {
    const file = join(this.directory, 'report');
    rmSync(file, { force: true });
    const words = command.words.map(word => (word === 'PID' ? String(this.idle.pid) : word));
    const traced = [
      ...options,
      '-t',
      String(MOST_SECONDS),
      file,
      process.execPath,
      '--v8-pool-size=0',
      command.script ?? GOVERNOR,
    ];
    const child = spawn(this.inject, [...traced, ...words], {
      env: this.environment,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', data => (stdout += String(data)));
    child.stderr.on('data', data => (stderr += String(data)));
    const [status] = (await once(child, 'close')) as [number | null];
    if (status !== 0) throw new Error(`inject ended with ${status} for ${options.join(' ')}: ${stderr}`);
    return { report: readFileSync(file, 'utf8'), stdout, stderr };
  }

  /** Has another process claim all CPUs, or no CPU. */
  private async hold(wanted: boolean): Promise<void> {
    if (wanted === (this.holder !== null)) return;
    if (this.holder) {
      this.holder.kill('SIGKILL');
      await once(this.holder, 'exit');
      this.holder = null;
      return;
    }
    const cpus = execFileSync('nproc', { encoding: 'utf8' });
    const list = Array.from({ length: Number(cpus) }, (_, cpu) => String(cpu));
    const script = join(PROJECT, 'test/fixtures/observers/claim_and_hold.mjs');
    this.holder = spawn(process.execPath, [script, LEDGER, ...list], { env: this.environment });
    await once(this.holder.stdout!, 'data');
  }

  private isAnswer(command: SweptCommand, stdout: string): boolean {
    return command.answer ? command.answer.test(stdout) : masked(stdout) === this.answers.get(command.name);
  }

  private affinities(): string {
    return execFileSync('taskset', ['-a', '-p', String(this.idle.pid)], { encoding: 'utf8' });
  }

  private pinned(): string {
    execFileSync(process.execPath, [GOVERNOR, 'pin', String(this.idle.pid)], { env: this.environment });
    return this.affinities();
  }

  /** Every run starts from the same state. */
  private reset(): void {
    execFileSync('taskset', ['-a', '-c', '-p', '0-4095', String(this.idle.pid)], { stdio: 'ignore' });
    rmSync(join(this.directory, 'thread-governor'), { recursive: true, force: true });
    if (!this.holder) rmSync(this.ledger, { recursive: true, force: true });
    mkdirSync(this.directory, { recursive: true });
  }
}
