import { formatCpulist } from '../../core/cpuset.js';
import { isCrowded, type ProgramRecord } from '../../core/audit/program-demand.js';
import { shellJoin } from '../../core/shell.js';
import { tooMuch } from '../../core/audit/verdict.js';
import { clipped, printable } from '../printable.js';
import { formatTable } from '../table.js';

type Paint = (style: 'red' | 'green', text: string) => string;

const HEAD = ['PID', 'USER', 'PROCESSES', 'THREADS', 'WANTED', 'DEMAND', 'RATIO', 'CPUS', 'VERDICT', 'COMMAND'];
const NUMBERS = [0, 2, 3, 4, 5, 6];
const LONGEST_CPULIST = 16;
/** Of a command line this much is shown, be the terminal as narrow as it may. */
const LEAST_COMMAND = 16;

/**
 * Programs for people, a line each in the order given, and a last line about all of them.
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
  const who = over === 0 ? paint('green', 'none') : paint('red', String(over));
  return (
    `${who} of ${all.length} program${all.length === 1 ? '' : 's'} ${over > 1 ? 'want more CPUs than they' : 'wants more CPUs than it'} may use; ${wanted.toFixed(1)} CPUs are wanted in all` +
    (hidden > 0 ? `; ${hidden} more not shown` : '')
  );
}

/** A program that writes a title over its command line leaves empty words behind it. */
function commandOf({ commandLine, command }: ProgramRecord): string {
  const words = commandLine.slice(
    0,
    commandLine.reduce((end, word, i) => (word === '' ? end : i + 1), 0),
  );
  return printable(words.length > 0 ? shellJoin(words) : command);
}
