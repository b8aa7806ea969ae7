import { readFileSync, readlinkSync } from 'node:fs';
import type { PathRecord, ReadRequest, StackRecord } from '../../core/processes/records.js';
import { pathsOfWords, type Files, type StartedCommand, type StartFacts } from '../../core/processes/start-facts.js';
import { startedCommand } from '../../core/processes/started-command.js';
import { native } from '../native.js';
import { ifReadable } from '../os-errors.js';
import { readCommandLine, readEnvironment } from './processes.js';
import { readUid } from './users.js';
import { readApart } from './reader.js';

/** Questions about files lead to more of them: looks at files until a command is given up. */
const MOST_LOOKS = 8;

const NOTHING: PathRecord = { exists: false, program: false, file: '', head: '' };

/** What the kernel has put on a process's stack: the words of its command line, and pointers to them. */
interface Stack {
  /** the address of the number of words, which is followed by the pointers */
  address: number;
  /** the addresses at which the words begin and end */
  begin: number;
  end: number;
  /** where each word begins, after `begin` */
  starts: readonly number[];
  /** the length of all words */
  length: number;
}

/**
 * The command that starts a process's program again, which depends on its stack and on files that its command line
 * names. They may never answer, so a reader looks at them, perhaps along with other things.
 */
export class StartReading {
  private readonly stack: Stack | null;
  private readonly known = new Map<string, PathRecord>();
  private readonly shell = { directory: process.cwd(), path: process.env['PATH'] ?? '' };
  private facts: StartFacts;
  private asked: readonly string[];
  private answered: PathRecord[] = [];
  private looks = 0;
  private put = false;
  private readonly isOurs: boolean;

  constructor(readonly pid: number) {
    this.isOurs = readUid(pid) === process.geteuid!();
    this.stack = ifReadable(() => readStack(pid), null);
    this.facts = {
      executable: ifReadable(() => native.executable(pid), ''),
      commandLine: readCommandLine(pid),
      untouched: null,
      contained: null,
      directory: ifReadable(() => readlinkSync(`/proc/${pid}/cwd`), null),
      environment: readEnvironment(pid),
    };
    this.asked = pathsOfWords(this.facts, this.shell);
  }

  /** What a reader has to look at next; whoever takes it passes on the answers. */
  get question(): Pick<ReadRequest, 'stack' | 'paths' | 'followLinks'> {
    this.put = true;
    const pid = this.looks === 0 ? this.pid : 0;
    const stack = { pid, address: this.stack?.address ?? 0, most: this.stack?.starts.length ?? 0 };
    return { stack, paths: this.asked, followLinks: this.isOurs };
  }

  /** Takes an answer to the question. @returns whether it was one */
  learn(answer: unknown): boolean {
    if (isStack(answer)) {
      const untouched = this.stack && isUntouched(this.stack, answer.words);
      this.facts = { ...this.facts, contained: answer.contained, untouched };
    } else if (isPath(answer)) this.answered.push(answer);
    else return false;
    return true;
  }

  /**
   * Asks what is still to be known. Paths without an answer count as missing.
   * @returns null if the command line cannot be trusted, or its files do not answer
   * @throws the signal's reason, at once; GovernorError LIMIT_REACHED
   */
  async finish(signal?: AbortSignal): Promise<StartedCommand | null> {
    for (; this.looks < MOST_LOOKS; this.looks++, this.put = false, this.answered = []) {
      const learn = (answer: unknown) => void this.learn(answer);
      if (!this.put && (await readApart(this.question, learn, signal)) !== null) return null;
      this.asked.forEach((path, i) => this.known.set(path, this.answered[i] ?? NOTHING));
      const missing = new Set<string>();
      const command = startedCommand(this.facts, filesOf(this.known, missing), this.shell);
      if (missing.size === 0) return command;
      this.asked = [...missing];
    }
    return null;
  }
}

/** As `finish` of a new reading. */
export function readStartedCommand(pid: number, signal?: AbortSignal): Promise<StartedCommand | null> {
  return new StartReading(pid).finish(signal);
}

function isStack(answer: unknown): answer is StackRecord {
  return typeof answer === 'object' && answer !== null && 'words' in answer;
}

function isPath(answer: unknown): answer is PathRecord {
  return typeof answer === 'object' && answer !== null && 'exists' in answer;
}

/** The files that are known; asks for others. */
function filesOf(known: ReadonlyMap<string, PathRecord>, missing: Set<string>): Files {
  const at = (path: string) => {
    const record = known.get(path);
    if (!record) missing.add(path);
    return record ?? NOTHING;
  };
  return {
    exists: path => at(path).exists,
    isProgram: path => at(path).program,
    same: (path, other) => at(path).file === at(other).file && at(path).file !== '',
    head: path => at(path).head,
  };
}

/** null: the kernel does not say where the command line lies. */
function readStack(pid: number): Stack | null {
  const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
  const field = text.slice(text.lastIndexOf(')') + 2).split(' '); // begins with the third field
  const [address, begin, end] = [28, 48, 49].map(number => Number(field[number - 3]));
  if (!begin || !end) return null;
  const line = readFileSync(`/proc/${pid}/cmdline`);
  return { address: address ?? 0, begin, end, starts: wordStarts(line), length: line.length };
}

/**
 * Whether a command line is as the kernel put it: the stack begins with the number of words and pointers to them. A
 * program that writes a title changes the words, but not their number there, and getopt(3) at most reorders the
 * pointers. Without the right to read the stack, only a change of the length is seen (proc_pid_stat(5): startstack,
 * arg_start, arg_end).
 */
function isUntouched({ begin, end, starts, length }: Stack, pointers: readonly number[] | null): boolean {
  if (length !== end - begin) return false;
  const known = new Set(starts.map(start => begin + start));
  const isInside = (at: number) => at >= begin && at < end;
  return pointers !== null && pointers.length === starts.length && pointers.every(at => known.has(at) || !isInside(at));
}

/** Where the words of a command line begin; each ends with a zero byte. */
function wordStarts(line: Buffer): number[] {
  const starts: number[] = [];
  for (let at = 0; at < line.length; at = line.indexOf(0, at) + 1 || line.length) starts.push(at);
  return starts;
}
