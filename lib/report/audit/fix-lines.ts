import type { Audit } from '../../core/audit/audit.js';
import type { AuditFix } from '../../core/audit/fix.js';
import type { AuditLever } from '../../core/audit/levers/lever.js';
import { tooMuch } from '../../core/audit/verdict.js';
import { shellLine } from '../../core/shell.js';
import { count, plural } from '../../core/text.js';
import type { Paint } from '../paint.js';
import { printable } from '../printable.js';

/** What to set, as the last part of an audit's text; empty if the program neither wants too much nor computes alone. */
export function fixLines({ fix, effectiveCpus, verdict, executable, command }: Audit, paint: Paint): string[] {
  if (!fix || (!tooMuch(verdict) && fix.levers.length === 0)) return [];
  const lines = [
    ...workerLines(fix, effectiveCpus),
    ...fix.levers.flatMap(leverLines),
    ...commandLines(fix, executable.replace(/^.*\//, '') || command),
  ];
  const remark = fix.remark === null ? [] : [`  ${fix.remark}`];
  return lines.length + remark.length > 0 ? ['', paint('bold', 'What to set'), ...remark, ...lines] : [];
}

/** `8 workers on 2 CPUs: start 2 (pytest: -n 2)` */
function workerLines({ workers, levers }: AuditFix, cpus: number): string[] {
  if (workers.start >= workers.now) return [];
  const lever = levers.find(({ of }) => of === 'workers');
  const by = lever ? ` (${printable(lever.owner)}: ${printable(lever.set)})` : '';
  return [
    `  ${count(workers.now, 'worker')} on ${count(cpus, 'CPU')}: start ${workers.start}${by}`,
    ...(lever?.source ? [`    ${lever.source}`] : []),
  ];
}

/** `libvips: 8 threads in a process, set 2: VIPS_CONCURRENCY=2`, and where that is documented. */
function leverLines({ owner, of, kind, set, value, now, source }: AuditLever): string[] {
  if (of === 'workers') return [];
  const threads = `${printable(owner)}: ${count(now, 'thread')} in a process, `;
  if (kind === 'cpus')
    return [
      `  ${threads}no setting known. If it counts the CPUs that it may use, ${printable(set)} gives ` +
        `${set === 'governor run' ? 'each worker' : 'it'} ${count(value, 'CPU')}`,
    ];
  const where = { variable: '', option: '', code: ' in its code', configuration: ' in its configuration' }[kind];
  const setting = `use ${value}${where}: ${printable(set)}`;
  return [`  ${threads}${setting}`, ...(source ? [`    ${source}`] : [])];
}

/** @param program its name */
function commandLines({ command, variables, unset }: AuditFix, program: string): string[] {
  const set = Object.keys(variables).length > 0 || unset.length > 0;
  return [
    ...(command === null ? [] : ['start it so:', `  ${printable(command)}`]),
    ...(set ? [command === null ? `before ${printable(program)} starts:` : 'or, before the program starts:'] : []),
    ...Object.entries(variables).map(([name, value]) => `  export ${name}=${shellLine([value])}`),
    ...unset.map(name => `  unset ${name}    # it pins the main thread, and all workers inherit the pin`),
  ];
}

/** What no variable and no option of the command line applies, as comments for a script. */
export function leverComments({ levers, workers, remark }: AuditFix): string[] {
  const by = levers.find(({ of }) => of === 'workers');
  return [
    ...(remark === null ? [] : [`# ${remark}`]),
    ...(workers.start < workers.now
      ? [`# start ${workers.start} ${plural(workers.start, 'worker')}${by ? `: ${by.owner}, ${by.set}` : ''}`]
      : []),
    ...levers
      .filter(({ of, kind }) => of === 'threads' && kind !== 'variable')
      .map(({ owner, value, set }) => `# ${owner}, ${count(value, 'thread')}: ${set}`),
  ].map(printable);
}
