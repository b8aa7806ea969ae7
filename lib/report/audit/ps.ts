import { formatCpulist } from '../../core/cpuset.js';
import { isCrowded, type ProgramRecord } from '../../core/audit/program-demand.js';
import { shellJoin } from '../../core/shell.js';
import { count, plural } from '../../core/text.js';
import { tooMuch } from '../../core/audit/verdict.js';
import type { Paint } from '../paint.js';
import { clipped, printable } from '../printable.js';
import { formatTable } from '../table.js';

const HEAD = ['PID', 'USER', 'PROCESSES', 'THREADS', 'WANTED', 'DEMAND', 'RATIO', 'CPUS', 'VERDICT', 'COMMAND'];
const NUMBERS = [0, 2, 3, 4, 5, 6];
const LONGEST_CPULIST = 16;
/** Columns for a command line, however narrow the terminal is. */
const LEAST_COMMAND = 16;

/**
 * Formats programs, one per line in the given order, and a summary line.
 * @param width characters in a line
 */
export function formatPrograms(
  shown: readonly ProgramRecord[],
  all: readonly ProgramRecord[],
  width: number,
  paint: Paint,
): string {
  const rows = shown.map(program => [
    program.pid,
    clipped(printable(program.user ?? String(program.uid ?? '?')), LONGEST_CPULIST),
    program.processes,
    program.threads,
    program.wanted.toFixed(1),
    program.demand.toFixed(2),
    program.ratio.toFixed(1),
    clipped(formatCpulist(program.cpus), LONGEST_CPULIST),
    program.verdict,
  ]);
  const left =
    Math.max(
      ...formatTable(HEAD.slice(0, -1), rows, NUMBERS)
        .split('\n')
        .map(line => line.length),
    ) + 2;
  const room = Math.max(LEAST_COMMAND, width - left);
  const verdict = ({ verdict: text }: ProgramRecord) => (tooMuch(text) ? paint('red', text) : text);
  const full = rows.map((row, i) => [...row.slice(0, -1), verdict(shown[i]!), clipped(commandOf(shown[i]!), room)]);
  return [...(shown.length > 0 ? [formatTable(HEAD, full, NUMBERS)] : []), summary(shown, all, paint)].join('\n');
}

function summary(shown: readonly ProgramRecord[], all: readonly ProgramRecord[], paint: Paint): string {
  const over = all.filter(({ verdict }) => tooMuch(verdict)).length;
  const hidden = all.filter(isCrowded).length - shown.filter(isCrowded).length;
  const wanted = all.reduce((sum, program) => sum + program.wanted, 0);
  const result =
    over === 0
      ? `${paint('green', 'no program')} is over-subscribed (${all.length} checked)`
      : `${paint('red', String(over))} of ${count(all.length, 'program')} ${plural(over, 'wants', 'want')} more CPUs ` +
        `than ${plural(over, 'it', 'they')} may use`;
  return `${result}; ${wanted.toFixed(1)} CPUs wanted in total${hidden > 0 ? `; ${hidden} more not shown` : ''}`;
}

/** The command line without trailing empty words: a program that overwrites it with a title leaves those behind. */
function commandOf({ commandLine, command }: ProgramRecord): string {
  const words = commandLine.slice(
    0,
    commandLine.reduce((end, word, i) => (word === '' ? end : i + 1), 0),
  );
  return printable(words.length > 0 ? shellJoin(words) : command);
}
