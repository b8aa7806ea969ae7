import type { AuditFinding } from '../audited.js';
import { askedOf, variablesOf } from '../../budget/library-variables.js';
import { count, cpuWords } from '../../text.js';
import { confinementOf, usableUnconfined, type Confinement } from '../confinement.js';
import { settingLine } from '../settings.js';
import { libraryNamed } from '../libraries.js';
import { largerTeams, PTHREAD_BLAS, teamsOf, type Team } from '../teams.js';
import { grouped, isNarrower, type Audited } from './common/input.js';
import { named, pidsOf } from './common/words.js';

type Larger = ReturnType<typeof largerTeams>[number];

/** One thread too many is enough: whichever has no CPU, all the others wait for it at the end of each step. */
export function teamLargerThanCpus(audited: Audited): AuditFinding[] {
  const found = audited.processes.flatMap(process => largerTeams(process, audited));
  return grouped(found, larger => JSON.stringify([textOf([larger]), fixOf(larger, audited)])).map(alike => {
    const { team, room } = alike[0]!;
    const processes = alike.map(one => one.team.process);
    const total = (figure: 'run' | 'wait') => alike.reduce((sum, one) => sum + one.team[figure], 0).toFixed(1);
    const confinement = confinedBy(team, audited);
    return {
      id: 'team-larger-than-cpus',
      severity: 'costs',
      text: `${textOf(alike)}: at the end of each step all wait for those that had no CPU.`,
      evidence: [
        `${named(processes)} on ${cpuWords(team.cpus)}: ran on ${total('run')} CPUs, waited for ${total('wait')}`,
        ...(room.used > 0 ? [`the program's other threads used ${room.used.toFixed(1)} of them`] : []),
        ...(confinement ? [confinement.words] : []),
      ].join('; '),
      fix: fixOf(alike[0]!, audited),
      pids: pidsOf(processes),
    };
  });
}

function textOf(alike: readonly Larger[]): string {
  const { team, room } = alike[0]!;
  const where = alike.length === 1 ? '' : ` in each of ${alike.length} processes`;
  const library = team.worksFor === team.library ? team.library : `${team.worksFor} (on ${team.library}'s threads)`;
  const threads = count(team.members.length, 'thread');
  return `${library} computes with ${threads}${where}, and only ${room.threads} can run at once`;
}

/**
 * A launcher's binding that is narrower than the team is the thing to change, if there are CPUs for the teams of all
 * ranks; a user's own pin may be meant.
 */
function confinedBy(team: Team, audited: Audited): Confinement | null {
  const usable = usableUnconfined(audited);
  const needed = audited.processes.flatMap(teamsOf).reduce((sum, { members }) => sum + members.length, 0);
  if (!isNarrower(team.cpus, usable) || needed > usable.length) return null;
  const confinement = confinementOf(team.process, team.cpus, audited);
  return confinement.launcher ? confinement : null;
}

function fixOf({ team, room }: Larger, audited: Audited): string {
  const confinement = confinedBy(team, audited);
  return confinement
    ? confinement.fix({ threads: team.members.length, usable: usableUnconfined(audited) })
    : fewerThreads(team, room.threads, audited);
}

/** What makes a team smaller: its library's variable, or the code if that decided. */
export function fewerThreads({ process, library, worksFor, members }: Team, room: number, audited: Audited): string {
  const besideBlas = libraryNamed(library)?.openmp && teamsOf(process).some(team => PTHREAD_BLAS.has(team.library));
  const threads = besideBlas ? 1 : room;
  const asked = askedOf(library, process.environment ?? {})[0];
  const inCode =
    worksFor === 'torch'
      ? `torch.set_num_threads(${threads})`
      : `set ${threads} where the program sets its ${library} threads in code (threadpoolctl, omp_set_num_threads)`;
  // The variable is in force already, and the program has overruled it.
  if (asked && asked.threads < members.length) return inCode;
  const variable = asked?.variable ?? variablesOf(library)[0];
  return variable
    ? settingLine(`export ${variable}=${threads}`, [variable], process, audited.processes)
    : `set ${threads} threads for ${library} in code`;
}
