import type { ProcessRecord } from './records.js';
import { governorCommand, isSupervisor } from './governor-inside.js';
import { SHELLS } from './shells.js';
import { isWrapper } from './workers.js';

export type Listed = Pick<ProcessRecord, 'pid' | 'ppid' | 'comm'>;

/** Facts about a shell, a governor, or process 1. */
export interface SessionFacts {
  commandLine: readonly string[];
  /** pid of its session leader; null = unknown */
  session: number | null;
}

/** A process tree that its user would call one program. */
export interface Program<P> {
  root: P;
  /** the root first */
  members: P[];
}

/** Names (comm) of processes that start programs: sessions, service managers, containers, job schedulers, terminals. */
const SESSIONS = new Set(
  [
    'init',
    'systemd',
    '(sd-pam)',
    '(sd-executor)',
    'launchd',
    'upstart',
    'openrc-init',
    'runit',
    'runsvdir',
    'runsv',
    's6-svscan',
    's6-supervise',
    'supervisord',
    'dinit',
    'shepherd',
    'tini',
    'dumb-init',
    'docker-init',
    'catatonit',
    'pause',
    'dockerd',
    'containerd',
    'containerd-shim',
    'conmon',
    'crun',
    'runc',
    'lxc-start',
    'lxc-monitord',
    'systemd-nspawn',
    'sshd',
    'sshd-session',
    'dropbear',
    'mosh-server',
    'login',
    'agetty',
    'getty',
    'cron',
    'crond',
    'anacron',
    'atd',
    'slurmstepd',
    'slurmd',
    'sge_shepherd',
    'sge_execd',
    'pbs_mom',
    'res',
    'sbatchd',
    'tmux: server',
    'tmux',
    'screen',
    'zellij',
    'dtach',
    'abduco',
    'ttyd',
    'xterm',
    'urxvt',
    'konsole',
    'gnome-terminal-',
    'xfce4-terminal',
    'mate-terminal',
    'terminator',
    'tilix',
    'alacritty',
    'kitty',
    'foot',
    'wezterm-gui',
    'ghostty',
    'gnome-shell',
    'gnome-session-b',
    'gdm3',
    'gdm-session-wor',
    'gdm-wayland-ses',
    'gdm-x-session',
    'lightdm',
    'sddm',
    'sddm-helper',
    'plasmashell',
    'startplasma-way',
    'startplasma-x11',
    'kwin_wayland',
    'kwin_x11',
    'ksmserver',
    'kdeinit5',
    'xfce4-session',
    'xfce4-panel',
    'xfdesktop',
    'mate-session',
    'mate-panel',
    'cinnamon',
    'cinnamon-sessio',
    'sway',
    'i3',
    'dbus-daemon',
  ].map(name => name.slice(0, 15)),
);

/**
 * Groups processes into programs. The root of a process's program is its highest ancestor below the nearest session
 * that is neither a shell nor another wrapper (sudo, timeout). A shell also starts a session if it takes commands from
 * its user or leads a session, such as that of a terminal, a job or a login. A wrapper or session without a program
 * above it is its own program. What a governor runs or launches is one program, and its first process the root.
 * @param factsOf called only for shells, process 1, and what a governor's supervisors are called
 */
export function programsOf<P extends Listed>(
  processes: readonly P[],
  factsOf: (process: P) => SessionFacts,
): Program<P>[] {
  const byPid = new Map(processes.map(process => [process.pid, process]));
  const commandLineOf = (process: P) => factsOf(process).commandLine;
  const supervisors = new Set(processes.filter(process => isSupervisor(process, () => commandLineOf(process))));
  const above = [...supervisors].map(({ ppid }) => byPid.get(ppid)).filter(process => process !== undefined);
  const governors = new Set([...supervisors, ...above.filter(process => governorCommand(commandLineOf(process)))]);
  const firsts = firstBelow(processes, supervisors);
  const roots = new Map<P, P | null>();
  /** The root that a process passes on to its children; null = none yet. */
  const rootOf = (process: P): P | null => {
    const chain = new Set<P>();
    for (let at: P | undefined = process; at && !roots.has(at) && !chain.has(at); at = byPid.get(at.ppid))
      chain.add(at);
    for (const one of [...chain].reverse()) {
      const above = roots.get(byPid.get(one.ppid) ?? one) ?? null;
      const isWrapped = governors.has(one) || (wraps(one) && !firsts.has(one.ppid));
      const own = firsts.get(one.ppid) ?? one;
      roots.set(one, beginsSession(one, factsOf) ? null : (above ?? (isWrapped ? null : own)));
    }
    return roots.get(process) ?? null;
  };
  const programs = new Map<P, P[]>();
  for (const process of processes) {
    const root = rootOf(process) ?? process;
    const members = programs.get(root) ?? [];
    if (process === root) members.unshift(process);
    else members.push(process);
    programs.set(root, members);
  }
  return [...programs].map(([root, members]) => ({ root, members }));
}

/** The first program that each supervisor has started, by the supervisor's pid. */
function firstBelow<P extends Listed>(processes: readonly P[], supervisors: ReadonlySet<P>): Map<number, P> {
  const pids = new Set([...supervisors].map(({ pid }) => pid));
  const firsts = new Map<number, P>();
  for (const process of processes)
    if (pids.has(process.ppid) && !supervisors.has(process) && !firsts.has(process.ppid))
      firsts.set(process.ppid, process);
  return firsts;
}

function wraps({ comm }: Listed): boolean {
  return SHELLS.has(comm) || isWrapper(comm);
}

/** Process 1 is a container's program if a container runtime has made it a session leader. */
function beginsSession<P extends Listed>(process: P, factsOf: (process: P) => SessionFacts): boolean {
  if (SESSIONS.has(process.comm)) return true;
  if (SHELLS.has(process.comm)) {
    const { commandLine, session } = factsOf(process);
    return session === process.pid || takesCommands(commandLine);
  }
  return process.pid === 1 && factsOf(process).session !== 1;
}

const WITH_VALUE = new Set(['--rcfile', '--init-file', '-o', '+o', '-O', '+O']);

/** Whether a shell reads its commands from a person or a pipe: its command line has neither `-c` nor a script. */
function takesCommands(commandLine: readonly string[]): boolean {
  for (let i = 1; i < commandLine.length; i++) {
    const word = commandLine[i]!;
    if (WITH_VALUE.has(word)) i++;
    else if (!/^[-+]/.test(word) || /^-[^-]*c/.test(word) || word === '--command') return false;
  }
  return commandLine.length > 0;
}
