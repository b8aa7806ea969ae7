import { setTimeout as pause } from 'node:timers/promises';
import type { Census, WatchedProcess } from '../../core/audit/audit.js';
import { DemandWindow, groupedByPid, likelyActive, switchRates, type ThreadUse } from '../../core/audit/demand.js';
import type { Host } from '../../core/machine/host.js';
import { identity } from '../../core/processes/process-tree.js';
import type { StartedCommand } from '../../core/processes/start-facts.js';
import type { ProcessRecord, SwitchesRecord } from '../../core/processes/records.js';
import type { QuotaRefusal } from '../../core/audit/verdict.js';
import { native } from '../native.js';
import { Owners } from './owners.js';
import { pidsOf } from './pids-use.js';
import { readStartedCommand, StartReading } from '../processes/start-facts.js';
import { readEnvironment, withMember, type TreeProcess } from '../processes/processes.js';
import { watchQuota } from '../machine/quota.js';
import { ancestorsOf } from './ancestors.js';
import { confinedProcesses } from './confined-processes.js';
import { inTurns } from './in-turns.js';
import { sampleTree, TICKS_PER_SECOND, type TreeSample } from './tree-sample.js';

/** Samples of the threads in a window after the first; fewer if sampling takes long. */
const MOST_SAMPLES = 10;
/** The share of the window that sampling may take. */
const SAMPLING_SHARE = 0.1;

/** The start of a window, which its end is compared with. */
interface WindowStart {
  sample: TreeSample;
  threads: readonly ThreadUse[];
  /** threads whose switches are counted */
  active: readonly number[];
  switches: SwitchesRecord;
  /** what the quota has refused since then, `seconds` ago */
  refused: (seconds: number) => QuotaRefusal | null;
}

/** context switches a second */
type SwitchRate = { voluntary: number; involuntary: number };
type SwitchRates = ReadonlyMap<number, SwitchRate>;

/**
 * Watches a process tree for a window of seconds. Leaves out the calling process if it is a descendant.
 * @throws GovernorError NO_SUCH_PROCESS if the root ends meanwhile; the signal's reason if it is aborted
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
 * Watches a process tree window by window. Each window begins where the last one ended, so nothing is missed in
 * between, and the owner of a thread is read once.
 */
export class TreeWatch {
  private readonly owners = new Owners();

  private constructor(
    private readonly root: ProcessRecord,
    private readonly host: Host,
    private start: WindowStart,
  ) {}

  /** @throws GovernorError NO_SUCH_PROCESS if the root has ended */
  static async begin(root: ProcessRecord, host: Host): Promise<TreeWatch> {
    const sample = await sampleTree(root);
    return new TreeWatch(root, host, await windowStart(sample, windowFrom(sample).result(), host));
  }

  /**
   * Watches for a window of seconds, or longer if the last window ended a while ago.
   * @throws GovernorError NO_SUCH_PROCESS if the root ends meanwhile; the signal's reason if it is aborted
   */
  async next(seconds: number, signal?: AbortSignal): Promise<Census> {
    const { sample: first, threads, active, switches, refused } = this.start;
    const demand = windowFrom(first);
    const starting = new StartReading(first.tree[0]!.pid);
    await this.owners.read(threads, signal, starting);
    const last = await this.sampleUntil(demand, seconds, signal);
    this.owners.confirm(last.threads);
    const uses = demand.result();
    const alive = uses.filter(use => use.alive);
    const throttled = refused(demand.seconds);
    this.start = await windowStart(last, alive, this.host, active);
    if (await this.owners.read(alive, signal))
      this.owners.confirm(await native.sampleThreads(last.tree.map(member => member.pid)));
    const rates = switchRates(switches, this.start.switches);
    const processes = await this.watched(first, last, uses, demand.seconds, rates, signal);
    const strangers = confinedProcesses(first, last, this.host, demand.seconds);
    return {
      window: demand.seconds,
      processes,
      root: last.root,
      governor: last.governor,
      start: await startOf(last.tree[0]!.pid, starting, signal),
      startedWith: readEnvironment(this.root.pid),
      throttled,
      strangers,
      ancestors: ancestorsOf(this.root, last.all),
      pids: pidsOf(this.root, last.all, this.host),
    };
  }

  /** Samples the threads until the window ends. Skips a sample that is late, except the last. */
  private async sampleUntil(demand: DemandWindow, seconds: number, signal?: AbortSignal): Promise<TreeSample> {
    const { at, cost } = this.start.sample;
    const samples = Math.max(1, Math.min(MOST_SAMPLES, Math.floor((seconds * 1000 * SAMPLING_SHARE) / cost)));
    for (let i = 1; ; i++) {
      const left = at + (seconds * 1000 * i) / samples - performance.now();
      if (left < 0 && i < samples) continue;
      await pause(Math.max(0, left), undefined, signal ? { signal } : {});
      const sample = await sampleTree(this.root);
      demand.add(sample.threads);
      if (i === samples) return sample;
    }
  }

  private async watched(
    first: TreeSample,
    last: TreeSample,
    uses: readonly ThreadUse[],
    seconds: number,
    rates: SwitchRates,
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
        const cpus = (ticks - 2) / TICKS_PER_SECOND / seconds; // a tick at either edge may belong to another window
        return this.watchedProcess(withMember(process), all.get(process.pid) ?? [], alive.get(process.pid) ?? [], cpus);
      },
      signal,
    );
  }

  /** @param uses of its threads, including those that have ended */
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
      run: Math.max(total('run'), cpus), // the process's own figure includes threads that ended between samples
      wait: total('wait'),
      environment: readEnvironment(process.pid),
      ...this.owners.loadedBy(process.pid),
    };
  }

  // Field by field, because a spread is slow and there may be tens of thousands of threads.
  private watchedThread(use: ThreadUse, rate: SwitchRate | undefined): WatchedProcess['threads'][number] {
    const { pid, tid, startTime, name, state, affinity, lastCpu, run, wait, present, sliceMs, alive, ran } = use;
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
      present,
      sliceMs,
      alive,
      ran,
      owner,
      voluntary: rate?.voluntary ?? null,
      involuntary: rate?.involuntary ?? null,
    };
  }
}

/** @param known what was read of a process already */
function startOf(pid: number, known: StartReading, signal?: AbortSignal): Promise<StartedCommand | null> {
  return known.pid === pid ? known.finish(signal) : readStartedCommand(pid, signal);
}

/** @param before threads whose switches were counted in the window that ends here */
async function windowStart(
  sample: TreeSample,
  threads: readonly ThreadUse[],
  host: Host,
  before: readonly number[] = [],
): Promise<WindowStart> {
  const refused = watchQuota(host);
  const active = likelyActive(threads);
  return {
    sample,
    threads,
    active,
    switches: await native.readSwitches([...new Set([...before, ...active])]),
    refused,
  };
}

function windowFrom(sample: TreeSample): DemandWindow {
  const demand = new DemandWindow();
  demand.add(sample.threads);
  return demand;
}
