import type { Environment } from '../environment.js';

/** Variables in which batch systems give a number of CPUs. Nothing enforces them, so they are reported, not obeyed. */
const ADVICE = ['SLURM_CPUS_PER_TASK', 'SLURM_CPUS_ON_NODE', 'PBS_NCPUS', 'NSLOTS', 'LSB_DJOB_NUMPROC'] as const;

/** A batch system's number of CPUs that differs from the number of usable ones. */
export interface BatchAdvice {
  /** its variable: SLURM_CPUS_PER_TASK, SLURM_CPUS_ON_NODE, PBS_NCPUS, NSLOTS or LSB_DJOB_NUMPROC */
  name: string;
  /** the variable's value */
  cpus: number;
}

export function adviceOf(environment: Environment, usable: number): BatchAdvice[] {
  return ADVICE.flatMap(name => {
    const text = environment[name]?.trim() ?? '';
    const cpus = /^\d{1,7}$/.test(text) ? Number(text) : 0;
    return cpus > 0 && cpus !== usable ? [{ name, cpus }] : [];
  });
}
