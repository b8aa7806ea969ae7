import { constants } from 'node:os';
import type { LeftProcess } from '../../core/launch/left-process.js';
import { processTree } from '../../core/processes/process-tree.js';
import type { ProcessRecord } from '../../core/processes/records.js';
import { native } from '../native.js';
import { ifReadable } from '../os-errors.js';
import { readUid, userName } from '../processes/users.js';

/** The name that the warden gives itself (native/linux/launch/warden_client.cc). */
const WARDEN = 'thread-warden';
/** How often everything is listed and killed at once: what starts meanwhile is in the next list. */
const KILL_PASSES = 20;

/** The processes of a launch, as /proc lists them: the keeper, the warden, and everything that came of them. */
export class Supervisors {
  /** @param keeper its pid; it is our child, so nobody else can have it */
  constructor(private readonly keeper: number) {}

  /** The warden's state, as proc_pid_stat(5) has it; null if there is none any more. */
  get warden(): { pid: number; state: string } | null {
    return this.list().supervisors.find(({ comm }) => comm === WARDEN) ?? null;
  }

  /** Continues those that were stopped. */
  resume(): void {
    for (const { pid } of this.list().supervisors) signal(pid, 'SIGCONT');
  }

  /** Sends a signal to every process that is not the keeper or the warden. */
  signalPrograms(name: NodeJS.Signals): void {
    for (const process of this.list().programs) {
      signalIfSame(process, name);
      signalIfSame(process, 'SIGCONT');
    }
  }

  killWarden(): void {
    const { warden } = this;
    if (warden) signal(warden.pid, 'SIGKILL');
  }

  /** Kills everything, the keeper last: nobody reaps what it would, so no pid is reused. */
  killAll(): void {
    this.killWarden();
    for (let pass = 0; pass < KILL_PASSES; pass++) {
      const reached = this.list().programs.filter(process => signalIfSame(process, 'SIGKILL'));
      if (reached.length === 0) return void signal(this.keeper, 'SIGKILL');
    }
  }

  /** The programs that run now. */
  programs(): ProcessRecord[] {
    return this.list().programs;
  }

  private list(): { supervisors: ProcessRecord[]; programs: ProcessRecord[] } {
    const tree = processTree(
      ifReadable(() => native.processes(), []),
      this.keeper,
    );
    const isSupervisor = ({ pid, ppid, comm }: ProcessRecord) =>
      pid === this.keeper || (ppid === this.keeper && comm === WARDEN);
    return { supervisors: tree.filter(isSupervisor), programs: tree.filter(process => !isSupervisor(process)) };
  }
}

/** What a process is, and whether we may end it; null if it has ended. */
export function leftProcess(pid: number, startTime?: number): LeftProcess | null {
  const found = native.process(pid);
  if (!found || found.state === 'Z' || found.state === 'X') return null;
  if (startTime !== undefined && found.startTime !== startTime) return null;
  const uid = readUid(pid);
  const user = uid === null ? null : userName(uid);
  return { pid, uid, user, program: found.comm, state: found.state, refused: signal(pid, 0) === 'refused' };
}

function signalIfSame({ pid, startTime }: ProcessRecord, name: NodeJS.Signals): boolean {
  return native.process(pid)?.startTime === startTime && signal(pid, name) === 'sent';
}

/** @param name 0: only checks whether we may */
function signal(pid: number, name: NodeJS.Signals | 0): 'sent' | 'refused' | 'gone' {
  try {
    process.kill(pid, name === 0 ? 0 : constants.signals[name]);
    return 'sent';
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM' ? 'refused' : 'gone';
  }
}
