import { formatCpulist } from '../../core/cpuset.js';
import type { AuditFix } from '../../core/audit/fix.js';
import { lineIn, shellLine } from '../../core/shell.js';
import { systemdEnvironment } from '../budget/systemd.js';
import { leverComments } from './fix-lines.js';

/**
 * The texts that `formatFix` can make: shell lines, options of `docker run`, a systemd drop-in, a script for sbatch.
 */
export const FIX_FORMATS = ['shell', 'docker', 'systemd', 'slurm'] as const;
/** One of FIX_FORMATS. */
export type FixFormat = (typeof FIX_FORMATS)[number];

/**
 * A fix as text to paste.
 * @param fix the `fix` of an audit
 * @param format `shell`: into a shell; `docker`: after `docker run`; `systemd`: into a drop-in of the unit; `slurm`:
 * into a file for sbatch
 * @returns lines without a line break at the end
 * @throws GovernorError BAD_INPUT if `format` is `systemd` and a variable's value is one that systemd does not accept
 */
export function formatFix(fix: AuditFix, format: FixFormat): string {
  return LINES[format](fix).join('\n');
}

const LINES: Record<FixFormat, (fix: AuditFix) => string[]> = {
  shell: shellLines,
  docker: dockerLines,
  systemd: systemdLines,
  slurm: slurmLines,
};

/** The line that starts the program is the last one, if it is known how it was started. */
function shellLines(fix: AuditFix): string[] {
  const governed = fix.unset.length > 0 || Object.keys(fix.variables).length > 0;
  const words = governed ? fix.run : fix.program;
  return [...environmentLines(fix), ...leverComments(fix), ...(words ? [lineIn(fix.directory, shellLine(words))] : [])];
}

/** Options of `docker run`, one per line, joined by backslashes. */
function dockerLines({ variables, unset, cpus, quota }: AuditFix): string[] {
  const environment = { ...variables, ...Object.fromEntries(unset.map(name => SWITCHED_OFF[name] ?? [name, ''])) };
  const options = [
    ...Object.entries(environment).map(([name, value]) => ['-e', `${name}=${value}`]),
    ...(cpus.length > 0 ? [['--cpuset-cpus', formatCpulist(cpus)]] : []),
    ...(quota === null ? [] : [['--cpus', String(Math.max(LEAST_DOCKER_CPUS, Number(quota.toFixed(3))))]]),
  ];
  return options.map((words, i) => `${shellLine(words)}${i < options.length - 1 ? ' \\' : ''}`);
}

const LEAST_DOCKER_CPUS = 0.01;

/**
 * Values that disable pinning, because `docker run` cannot remove a variable: `-e NAME` without a value copies the one
 * of docker's own shell. libgomp and libomp pin nothing if OMP_PROC_BIND is false, whatever the other two say.
 */
const SWITCHED_OFF: Record<string, [name: string, value: string]> = {
  OMP_PROC_BIND: ['OMP_PROC_BIND', 'false'],
  OMP_PLACES: ['OMP_PROC_BIND', 'false'],
  GOMP_CPU_AFFINITY: ['OMP_PROC_BIND', 'false'],
  KMP_AFFINITY: ['KMP_AFFINITY', 'disabled'],
};

/** A drop-in. An empty assignment resets the unit's own value; UnsetEnvironment= needs none. */
function systemdLines(fix: AuditFix): string[] {
  const { variables, unset, cpus, quota } = fix;
  const list = formatCpulist(cpus);
  return [
    ...leverComments(fix),
    '[Service]',
    ...Object.entries(variables).map(([name, value]) => systemdEnvironment(name, value)),
    ...(unset.length > 0 ? [`UnsetEnvironment=${unset.join(' ')}`] : []),
    ...(list === '' ? [] : ['CPUAffinity=', `CPUAffinity=${list}`, 'AllowedCPUs=', `AllowedCPUs=${list}`]),
    ...(quota === null ? [] : [`CPUQuota=${Math.max(1, Math.floor(quota * 100))}%`]),
  ];
}

/**
 * A script for sbatch. One task, whatever the number of workers: the program starts the workers itself, and Slurm would
 * start the whole program for each task. The CPUs are repeated for srun, which ignores sbatch's since Slurm 22.05.
 */
function slurmLines(fix: AuditFix): string[] {
  const cpus = `--cpus-per-task=${slurmCpus(fix)}`;
  return [
    '#!/bin/bash',
    ...['--nodes=1', '--ntasks=1', cpus].map(option => `#SBATCH ${option}`),
    ...environmentLines(fix),
    ...leverComments(fix),
    fix.program
      ? lineIn(fix.directory, shellLine(['srun', '--ntasks=1', cpus, ...endOfOptions(fix.program), ...fix.program]))
      : `# it is not known how the program was started: srun --ntasks=1 ${cpus} COMMAND`,
  ];
}

/** A program whose name looks like an option is none. */
function endOfOptions([name = '']: readonly string[]): string[] {
  return name.startsWith('-') ? ['--'] : [];
}

/** As many CPUs as the workers have threads, but no more than this machine has for the program. */
function slurmCpus({ workers, threadsPerWorker, cpus, quota }: AuditFix): number {
  return Math.max(1, Math.min(workers.start * threadsPerWorker, cpus.length, Math.floor(quota ?? Infinity)));
}

function environmentLines({ variables, unset }: AuditFix): string[] {
  return [
    ...Object.entries(variables).map(([name, value]) => `export ${name}=${shellLine([value])}`),
    ...unset.map(name => `unset ${name}`),
  ];
}
