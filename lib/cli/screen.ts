import { emitKeypressEvents, type Key } from 'node:readline';
import { isatty } from 'node:tty';

const ENTER = '\x1b[?1049h\x1b[?25l\x1b[?7l'; // the alternate screen, no cursor, lines do not wrap
const LEAVE = '\x1b[?7h\x1b[?25h\x1b[?1049l';
const HOME = '\x1b[H';
const CLEAR_LINE = '\x1b[K'; // before its text; behind it, it would erase the last column

/** Whether stdout is a terminal that can write anywhere on its screen. */
export function hasScreen(): boolean {
  return isatty(1) && !['', 'dumb', 'unknown'].includes(process.env['TERM'] ?? '');
}

/**
 * Takes over the terminal's screen, and restores it however this process ends or when Ctrl-Z suspends it.
 * stdout is a terminal here and shared with no program, so process.stdout may be used (see output.ts).
 */
export class Screen {
  private readonly keys = isatty(0) ? process.stdin : null;
  private readonly onExit = () => this.leave();
  private readonly onResize = () => this.show();
  private readonly onContinue = () => this.enter();
  private readonly onKey = (_text: string | undefined, key: Key) => {
    if (key.name === 'q' || (key.ctrl && key.name === 'c')) this.quit();
    if (key.ctrl && key.name === 'z') this.stop();
  };

  /** @param quit called if the user quits, or the terminal has gone */
  constructor(
    private readonly frame: (width: number, height: number) => readonly string[],
    private readonly quit: () => void,
  ) {}

  open(): void {
    process.on('exit', this.onExit).on('SIGCONT', this.onContinue);
    process.stdout.on('resize', this.onResize).on('error', this.quit);
    if (this.keys) {
      emitKeypressEvents(this.keys);
      this.keys.on('keypress', this.onKey).on('error', this.quit).on('end', this.quit);
    }
    this.enter();
  }

  /** Writes the frame in one go over what is on the screen, so that nothing flickers. */
  show(): void {
    const { columns, rows } = process.stdout;
    const lines = this.frame(columns || 80, rows || 24);
    process.stdout.write(HOME + lines.map(line => CLEAR_LINE + line).join('\r\n'));
  }

  close(): void {
    process.off('exit', this.onExit).off('SIGCONT', this.onContinue);
    process.stdout.off('resize', this.onResize);
    this.keys?.off('keypress', this.onKey).pause();
    this.leave();
  }

  private enter(): void {
    this.keys?.setRawMode(true);
    process.stdout.write(ENTER);
    this.show();
  }

  private leave(): void {
    process.stdout.write(LEAVE);
    this.keys?.setRawMode(false);
  }

  private stop(): void {
    this.leave();
    process.kill(0, 'SIGTSTP');
  }
}
