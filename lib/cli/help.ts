import type { CommandSpec } from './specs/spec.js';

/** Characters in a line of the help. */
export const HELP_WIDTH = 100;

export function examplesText({ examples }: Pick<CommandSpec, 'examples'>): string {
  return columns(examples.map(([command, meaning = '']) => [command, meaning]));
}

export function exitStatusText({ exitStatus }: Pick<CommandSpec, 'exitStatus'>): string {
  return columns(exitStatus);
}

/** Rows of two columns, indented as commander does; a left side that is too long has a line for itself. */
function columns(rows: readonly (readonly [left: string, right: string])[]): string {
  const most = HELP_WIDTH / 2 + 5;
  const width = Math.max(...rows.map(([left]) => left.length).filter(length => length <= most));
  return rows
    .flatMap(([left, right]) => {
      const lines = linesOf(right, HELP_WIDTH - width - 4);
      const [first = ''] = left.length <= most ? lines.splice(0, 1) : [];
      return [`${left.padEnd(width)}  ${first}`, ...lines.map(line => `${' '.repeat(width)}  ${line}`)];
    })
    .map(line => `  ${line}`.trimEnd())
    .join('\n');
}

export function wrapped(paragraph: string): string {
  return linesOf(paragraph, HELP_WIDTH).join('\n');
}

function linesOf(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ').filter(Boolean)) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return line === '' ? lines : [...lines, line];
}
