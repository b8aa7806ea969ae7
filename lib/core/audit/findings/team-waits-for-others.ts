import type { AuditFinding } from '../audited.js';
import { intersect } from '../../cpuset.js';
import { count, cpuWords, listed } from '../../text.js';
import { isDisturbed, isOver, roomOf, teamsOf, type Team } from '../teams.js';
import type { Audited } from './common/input.js';
import { fewerThreads } from './team-larger-than-cpus.js';
import { named } from './common/words.js';

/** A program on one CPU of a team delays every thread of it: measured, down to 2 % of the undisturbed throughput. */
export function teamWaitsForOthers(audited: Audited): AuditFinding[] {
  // With a quota, waiting is also what the quota refused.
  if (audited.host.limits.quota !== null) return [];
  return audited.processes
    .flatMap(teamsOf)
    .filter(team => isDisturbed(team) && !isOwnDoing(team, audited))
    .map(team => findingOf(team, audited));
}

/** Whether the program itself, or the kernel's isolation, leaves the team too few CPUs. */
function isOwnDoing(team: Team, audited: Audited): boolean {
  return (
    isOver(team, audited.processes) ||
    team.members.length > roomOf(team, audited).threads ||
    intersect(team.cpus, audited.host.isolated).length > 0
  );
}

function findingOf(team: Team, audited: Audited): AuditFinding {
  const threads = Math.max(1, Math.min(team.members.length - 1, Math.floor(team.run + 0.1)));
  const others = audited.strangers
    .filter(({ affinity, run }) => run > 0 && intersect(affinity, team.cpus).length > 0)
    .map(({ pid, command }) => `${command} (pid ${pid})`);
  return {
    id: 'team-waits-for-others',
    severity: 'costs',
    text:
      `Another program uses CPUs of ${team.library}'s ${count(team.members.length, 'thread')} in ` +
      `${named([team.process])}: at the end of each step all wait for those that had no CPU.`,
    evidence: [
      `on ${cpuWords(team.cpus)}: ran on ${team.run.toFixed(1)} CPUs, waited for ${team.wait.toFixed(1)}`,
      ...(others.length > 0 ? [`confined to some of them: ${listed(others)}`] : []),
    ].join('; '),
    fix: `${fewerThreads(team, threads, audited)}  # or keep the other program off these CPUs`,
    pids: [team.process.pid],
  };
}
