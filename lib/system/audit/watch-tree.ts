import { setTimeout as pause } from 'node:timers/promises';
import type { Census, WatchedProcess } from '../../core/audit/audit.js';
import { DemandWindow, groupedByPid, likelyActive, switchRates, type ThreadUse } from '../../core/audit/demand.js';
import type { Host } from '../../core/machine/host.js';
import { identity } from '../../core/processes/process-tree.js';
import type { ProcessRecord, SwitchesRecord } from '../../core/records.js';
import type { QuotaRefusal } from '../../core/audit/verdict.js';
import { lookAt, TICKS, type Look } from './look.js';
import { native } from '../native.js';
import { Owners } from './owners.js';
import { pidsOf } from './pids-use.js';
import { readEnvironment, withMember, type TreeProcess } from '../processes/processes.js';
import { watchQuota } from '../machine/quota.js';
import { strangersOf } from './strangers.js';
import { inTurns } from './turns.js';

/** Looks at the threads within a window, besides the first; fewer where looking takes long. */
const LOOKS = 10;
/** Share of the window that looking may take. */
const EFFORT = 0.1;

/** Where a window begins: what its end is compared with. */
interface Beginning {
  look: Look;
  threads: readonly ThreadUse[];
  /** threads whose switches are counted */
  active: readonly number[];
  switches: SwitchesRecord;
  refused: (seconds: number) => QuotaRefusal | null;
}

type Rate = { voluntary: number; involuntary: number };
type Rates = ReadonlyMap<number, Rate>;

/**
 * Watches a process tree for a window of seconds. The calling process is left out where it is a descendant.
 * @throws GovernorError NO_SUCH_PROCESS where the root ends meanwhile; the signal's reason where that is aborted
 */
export async function watchTree(
  root: ProcessRecord,
  host: Host,
  seconds: number,
  signal?: AbortSignal,
): Promise<Census> {
  return (await TreeWatch.begin(root, host)).next(seconds, signal);
}

/**
 * A process tree that is watched for one window after the other. Each begins where the one before has ended: nothing is
 * missed between them, and who made a thread is asked once.
 */
export class TreeWatch {
  private readonly owners = new Owners();

  private constructor(
    private readonly root: ProcessRecord,
    private readonly host: Host,
    private beginning: Beginning,
  ) {}

  /** @throws GovernorError NO_SUCH_PROCESS where the root has ended */
  static async begin(root: ProcessRecord, host: Host): Promise<TreeWatch> {
    const look = await lookAt(root);
    return new TreeWatch(root, host, await beginningAt(look, windowFrom(look).result(), host));
  }

  /**
   * Watches for a window of seconds; for longer where the one before has ended a while ago.
   * @throws GovernorError NO_SUCH_PROCESS where the root ends meanwhile; the signal's reason where that is aborted
   */
  async next(seconds: number, signal?: AbortSignal): Promise<Census> {
    const { look: first, threads, active, switches, refused } = this.beginning;
    const demand = windowFrom(first);
    await this.owners.read(threads);
    const last = await this.lookOn(demand, seconds, signal);
    this.owners.confirm(last.threads);
    const uses = demand.result();
    const alive = uses.filter(use => use.alive);
    const throttled = refused(demand.seconds);
    this.beginning = await beginningAt(last, alive, this.host, active);
    if (await this.owners.read(alive))
      this.owners.confirm(await native.sampleThreads(last.tree.map(member => member.pid)));
    const rates = switchRates(switches, this.beginning.switches);
    const processes = await this.watched(first, last, uses, demand.seconds, rates, signal);
    const strangers = strangersOf(first, last, this.host, demand.seconds);
    return { window: demand.seconds, processes, throttled, strangers, pids: pidsOf(this.root, last.all, this.host) };
  }

  /** Looks at the threads again and again until the window ends. A look whose time has passed is left out, the last aside. */
  private async lookOn(demand: DemandWindow, seconds: number, signal?: AbortSignal): Promise<Look> {
    const { at, cost } = this.beginning.look;
    const looks = Math.max(1, Math.min(LOOKS, Math.floor((seconds * 1000 * EFFORT) / cost)));
    for (let i = 1; ; i++) {
      const left = at + (seconds * 1000 * i) / looks - performance.now();
      if (left < 0 && i < looks) continue;
      await pause(Math.max(0, left), undefined, signal ? { signal } : {});
      const look = await lookAt(this.root);
      demand.add(look.threads);
      if (i === looks) return look;
    }
  }

  private async watched(
    first: Look,
    last: Look,
    uses: readonly ThreadUse[],
    seconds: number,
    rates: Rates,
    signal?: AbortSignal,
  ): Promise<WatchedProcess[]> {
    const all = groupedByPid(uses);
    const alive = groupedByPid(
      await inTurns(
        uses.filter(use => use.alive),
        use => this.watchedThread(use, rates.get(use.tid)),
        signal,
      ),
    );
    const before = new Map(first.tree.map(process => [identity(process), process.cpuTime]));
    return inTurns(
      last.tree,
      process => {
        const ticks = process.cpuTime - (before.get(identity(process)) ?? 0);
        const cpus = (ticks - 2) / TICKS / seconds; // a tick at either edge may be another window's
        return this.watchedProcess(withMember(process), all.get(process.pid) ?? [], alive.get(process.pid) ?? [], cpus);
      },
      signal,
    );
  }

  /** @param uses of its threads, also those that have ended */
  private watchedProcess(
    process: TreeProcess,
    uses: readonly ThreadUse[],
    threads: WatchedProcess['threads'],
    cpus: number,
  ): WatchedProcess {
    const total = (figure: 'run' | 'wait') => uses.reduce((sum, use) => sum + use[figure], 0);
    return {
      process,
      threads,
      run: Math.max(total('run'), cpus), // threads that ended unseen
      wait: total('wait'),
      environment: readEnvironment(process.pid),
      ...this.owners.loadedBy(process.pid),
    };
  }

  // Field by field: there may be tens of thousands, and a spread is what takes time.
  private watchedThread(use: ThreadUse, rate: Rate | undefined): WatchedProcess['threads'][number] {
    const { pid, tid, startTime, name, state, affinity, lastCpu, run, wait, sliceMs, alive, ran } = use;
    const owner = this.owners.of(use);
    return {
      pid,
      tid,
      startTime,
      name,
      state,
      affinity,
      lastCpu,
      run,
      wait,
      sliceMs,
      alive,
      ran,
      owner,
      voluntary: rate?.voluntary ?? null,
      involuntary: rate?.involuntary ?? null,
    };
  }
}

/** @param before threads whose switches the window that ends here counts */
async function beginningAt(
  look: Look,
  threads: readonly ThreadUse[],
  host: Host,
  before: readonly number[] = [],
): Promise<Beginning> {
  const refused = watchQuota(host);
  const active = likelyActive(threads);
  return { look, threads, active, switches: await native.readSwitches([...new Set([...before, ...active])]), refused };
}

function windowFrom(look: Look): DemandWindow {
  const demand = new DemandWindow();
  demand.add(look.threads);
  return demand;
}
