import type { AuditedProcess, AuditFinding } from '../audited.js';
import { onlineInCpuset } from '../../machine/host.js';
import { CHOSEN_CPUS } from '../../machine/chosen-cpus.js';
import { subtract, type Cpuset } from '../../cpuset.js';
import { namedCpus } from '../../machine/named-cpus.js';
import { pinningVariables } from '../../budget/thread-variables.js';
import { grouped, librariesOf, severityOf, type Audited } from './common/input.js';
import { cpuWords } from '../../text.js';
import { named, pidsOf } from './common/words.js';

const OPENMP = ['libgomp', 'libomp', 'libiomp5'];

interface Outside {
  process: AuditedProcess;
  what: string;
  cpus: Cpuset;
  fix: string;
}

/** CPUs named in a setting that the machine or the control group lacks. Libraries ignore them silently, or fail. */
export function affinityOutsideCpuset(audited: Audited): AuditFinding[] {
  const usable = onlineInCpuset(audited.host);
  const found = audited.processes.flatMap(process => [...ofVariables(process, usable), ...ofThreads(process, usable)]);
  const source = audited.host.limits.cpuset
    ? `the control group allows ${cpuWords(usable)} (${audited.host.limits.cpuset.source})`
    : `online: ${cpuWords(usable)}`;
  return grouped(found, ({ what, cpus }) => JSON.stringify([what, cpus])).map((alike): AuditFinding => {
    const { what, cpus, fix } = alike[0]!;
    const processes = alike.map(one => one.process);
    return {
      id: 'affinity-outside-cpuset',
      severity: severityOf(processes),
      text: `${what} names ${cpuWords(cpus)}, which the program may not use.`,
      evidence: `${source}; ${named(processes)}`,
      fix,
      pids: pidsOf(processes),
    };
  });
}

function ofVariables(process: AuditedProcess, usable: Cpuset): Outside[] {
  const environment = process.environment ?? {};
  const libraries = librariesOf(process);
  const pinning = OPENMP.some(library => libraries.has(library)) ? pinningVariables(environment) : [];
  const chosen = environment[CHOSEN_CPUS] ? [{ name: CHOSEN_CPUS, value: environment[CHOSEN_CPUS] }] : [];
  return [...pinning, ...chosen].flatMap(({ name, value }) => {
    const cpus = subtract(namedCpus(name, value), usable);
    return cpus.length > 0 ? [{ process, what: `${name}=${value}`, cpus, fix: `unset ${name}` }] : [];
  });
}

/** An unrestricted affinity may name CPUs that could be plugged in later; only a deliberate affinity counts. */
function ofThreads(process: AuditedProcess, usable: Cpuset): Outside[] {
  const affinities = [...new Set(process.threads.map(thread => thread.affinity))];
  const chosen = affinities.filter(affinity => subtract(usable, affinity).length > 0);
  const outside = chosen.map(affinity => subtract(affinity, usable)).find(cpus => cpus.length > 0);
  return outside
    ? [{ process, what: "a thread's affinity", cpus: outside, fix: `taskset -acp ${usable.join()} ${process.pid}` }]
    : [];
}
