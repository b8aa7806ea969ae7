import { createInterface } from 'node:readline';
import { started } from './printing.js';

/** A program that answers each line of its input with a line. */
export class Asked {
  private constructor(
    readonly pid: number,
    /** what it printed first */
    readonly line: string,
    private readonly input: NodeJS.WritableStream,
    private readonly output: AsyncIterator<string>,
  ) {}

  static async start(command: readonly string[], environment: NodeJS.ProcessEnv = {}): Promise<Asked> {
    const { child, pid, line } = await started(command, environment);
    return new Asked(pid, line, child.stdin!, createInterface({ input: child.stdout! })[Symbol.asyncIterator]());
  }

  async ask(question = ''): Promise<string> {
    this.input.write(`${question}\n`);
    const { value, done } = await this.output.next();
    if (done) throw new Error('the program ended without an answer');
    return value;
  }
}
