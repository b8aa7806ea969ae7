import type { AuditedPool, AuditedProcess, AuditedThread } from '../audited.js';
import { libraryNamed } from '../libraries.js';
import { affinityOf } from '../findings/common/input.js';
import { PTHREAD_BLAS, TEAM_LIBRARIES } from '../teams.js';
import { LIMITS } from '../verdict.js';
import { waitingThreads } from '../waiting-pools.js';
import { numberIn, type VariableSetting } from './lever.js';
import { libraryLever, type LibraryLever } from './library-levers.js';
import { wantOf, WORKS } from './need.js';
import { programLever } from './program-levers.js';
import { optionNow, type ProgramOption } from './program.js';
import { byCode, byCpus, byFirstVariable, byOption, byVariable, type LeverAim, type PulledLever } from './pull.js';
import type { Crew } from './share-cpus.js';

/** Share of a program's demand from which a pool is worth a lever. */
const WORTH = 0.05;
/** Share of a crew's demand from which its largest pool is the one to change. */
const HALF = 0.5;
/** Pools whose threads work beside the main thread, which has its own work. */
const BESIDE_MAIN = new Set(['libuv pool', 'Node worker', 'V8 platform', 'V8', 'Node']);
/** Libraries with one pool for a process: threads that call them at once wait for each other. */
const SHARED_BY_CALLERS = new Set(['OpenBLAS', 'BLIS', 'MKL']);
/** Owners whose threads run the program's code, which calls libraries; those of other libraries do their work. */
const RUN_PROGRAM_CODE = new Set([
  'Python thread',
  'Ruby thread',
  'JVM',
  '.NET',
  'Julia',
  'Go runtime',
  'rayon',
  'tokio',
  'libuv pool',
  'Node worker',
]);
/** Threads that these libraries start without any setting; others count the CPUs that the process may use. */
const DEFAULT_THREADS: Readonly<Record<string, number>> = { 'libuv pool': 4, 'V8 platform': 4 };
/** Libraries that count the CPUs of the machine. */
const COUNT_ONLINE = new Set(['OpenCV', 'numexpr', 'JAX']);
/** Threads besides the pool's that a runtime keeps busy: those that collect garbage or compile. */
const HELPERS: Readonly<Record<string, number>> = { JVM: 5, 'Go runtime': 2, '.NET': 3 };

/** The pools of one library in the processes of one crew. */
interface Wanting {
  library: string;
  crew: Crew;
  want: number;
  /** threads of one process that want CPUs, the maximum if they differ */
  busy: number;
  /** all threads that the library started in one process */
  started: number;
  /** libraries that the threads work for */
  workingFor: string[];
}

/** What a pool with too many threads can be set by; `none` if all settings that are known are in force already. */
export interface ThreadLevers {
  levers: PulledLever[];
  /** libraries whose threads are too many, and that no setting which we know would change */
  none: string[];
}

/**
 * The levers of the pools that want more CPUs than their processes are to have, the largest first. If none does by
 * itself, but all together do: those of the largest pool that has more threads than that.
 * @param online CPUs of the machine: more threads than that were chosen by somebody
 */
export function threadLevers(
  crew: Crew,
  pools: readonly AuditedPool[],
  threads: number,
  online: number,
  programWants: number,
): ThreadLevers {
  const wanting = wantingPools(crew, pools).filter(({ want }) => want >= WORTH * programWants);
  const alone = leversOfPools(wanting, threads, online, LIMITS.demand * threads);
  if (alone.levers.length > 0 || alone.none.length > 0) return alone;
  const all = wantOf(crew.processes);
  const [largest] = wanting.filter(pool => pool.busy > threads && pool.want >= HALF * all);
  return largest && all > LIMITS.demand * threads * crew.members.length
    ? leversOfPools([largest], threads, online, 0)
    : alone;
}

/** @param most CPUs that a pool may want in one process */
function leversOfPools(pools: readonly Wanting[], threads: number, online: number, most: number): ThreadLevers {
  const found: ThreadLevers = { levers: [], none: [] };
  for (const pool of pools) {
    const calls = callersOf(pool);
    const blas = libraryNamed(pool.library)?.openmp ? pools.find(other => PTHREAD_BLAS.has(other.library)) : undefined;
    const share = blas ? 1 : Math.max(1, Math.floor(threads / Math.max(1, Math.min(threads, calls))));
    // A team with more threads than CPUs waits at its barriers and wants no more CPUs for that.
    const fits = eachWants(pool) <= most && !TEAM_LIBRARIES.includes(pool.library);
    const value = share + waitingThreads(pool.library);
    if (fits || pool.busy <= value) continue;
    const pulled = [
      ...(blas && threads > 1 ? blasTeam(blas, threads) : []),
      ...leversOfCaller(pool, calls, threads, online),
      ...leversOf(pool, value, online),
    ];
    found.levers.push(...pulled);
    if (pulled.length === 0) found.none.push(pool.library);
  }
  return found;
}

/** The levers of the pool whose threads each call the library at once. */
function leversOfCaller(pool: Wanting, calls: number, threads: number, online: number): PulledLever[] {
  const caller = libraryLever(pool.library)?.calledBy;
  const value = threads + waitingThreads(caller);
  return caller && calls > value ? leversOf({ ...pool, library: caller, busy: calls }, value, online) : [];
}

/** OpenMP's variable limits the BLAS too, unless that has its own. */
function blasTeam(pool: Wanting, threads: number): PulledLever[] {
  const aim: LeverAim = { owner: pool.library, of: 'threads', value: threads, now: pool.busy };
  return byFirstVariable(aim, libraryLever(pool.library), ownerOf(pool).environment ?? {});
}

function wantingPools(crew: Crew, pools: readonly AuditedPool[]): Wanting[] {
  const pids = new Set(crew.processes.map(process => process.pid));
  const libraries = new Map<string, number>();
  for (const pool of pools)
    if (pids.has(pool.pids[0]!)) libraries.set(pool.library, (libraries.get(pool.library) ?? 0) + wantOf([pool]));
  return [...libraries]
    .sort(([, a], [, b]) => b - a)
    .map(([library, want]) => {
      const made = crew.processes.map(process => process.threads.filter(thread => thread.owner.library === library));
      const busy = made.map(threads => threads.filter(thread => wantOf([thread]) >= WORKS).length);
      return {
        library,
        crew,
        want,
        started: Math.max(...made.map(threads => threads.length)),
        busy: Math.max(...busy) + (hasWorkingCaller(library, crew) ? 1 : 0),
        workingFor: [...new Set(made.flatMap(threads => threads.flatMap(({ owner }) => owner.workingFor ?? [])))],
      };
    });
}

/** A process whose threads those are. */
function ownerOf({ crew, library }: Wanting): AuditedProcess {
  return crew.processes.find(one => one.threads.some(thread => thread.owner.library === library)) ?? crew.processes[0]!;
}

/** CPUs that the main thread of one process wants, on average. */
function mainWant({ processes, members }: Crew): number {
  return wantOf(processes.flatMap(one => one.threads.filter(thread => thread.tid === one.pid))) / members.length;
}

/** Whether a thread that works calls the library, which then works in that thread too. */
function hasWorkingCaller(library: string, crew: Crew): boolean {
  if (BESIDE_MAIN.has(library)) return false;
  return mainWant(crew) >= WORKS || callersIn({ library, crew }).some(callers => callers.length > 0);
}

/** CPUs that the library wants in one process with the threads that call it, on average. */
function eachWants({ want, crew, library }: Wanting): number {
  if (BESIDE_MAIN.has(library)) return want / crew.members.length;
  const callers = SHARED_BY_CALLERS.has(library) ? wantOf(callersIn({ library, crew }).flat()) : 0;
  return (want + callers) / crew.members.length + (callers > 0 ? 0 : mainWant(crew));
}

/** How many threads may call the library at once, so that each has a team or waits for the one that all share. */
function callersOf(pool: Wanting): number {
  return Math.max(1, ...callersIn(pool).map(callers => callers.length));
}

/** The threads of each process that may call the library; empty lists if only one thread calls it. */
function callersIn({ library, crew }: Pick<Wanting, 'library' | 'crew'>): AuditedThread[][] {
  const caller = libraryLever(library)?.calledBy;
  const mayCall = (thread: AuditedThread) => {
    if (caller) return thread.owner.library === caller;
    const runsCode = !libraryNamed(thread.owner.library) || RUN_PROGRAM_CODE.has(thread.owner.library);
    const isTeam = libraryNamed(library)?.openmp || SHARED_BY_CALLERS.has(library);
    return isTeam && runsCode && wantOf([thread]) >= WORKS;
  };
  return crew.processes.map(one => one.threads.filter(mayCall));
}

/** A program's own option first, then a variable that its libraries read, then the code. */
function leversOf(pool: Wanting, value: number, online: number): PulledLever[] {
  const process = ownerOf(pool);
  const environment = process.environment ?? {};
  const aim: LeverAim = { owner: pool.library, of: 'threads', value, now: pool.busy };
  const program = optionFor(pool, process);
  const fitting = program?.option.fit?.(value) ?? value;
  if (program && !programObeyed(program.option, process, fitting)) {
    const programAim = { ...aim, owner: program.name, value: fitting };
    return [byOption(programAim, program.option, process.commandLine, environment)];
  }
  const lever = libraryLever(pool.library);
  const users = pool.workingFor.flatMap(library => libraryLever(library) ?? []);
  const code = users.find(user => user.code)?.code ?? lever?.code;
  const source = users.find(user => user.code === code)?.source ?? lever?.source ?? '';
  const { set, heeded } = variablesToSet([...users, ...(lever ? [lever] : [])], pool, value, online, lever);
  const levers = set.map(([from, setting]) => byVariable(aim, setting, environment, from.source));
  if (heeded && levers.length > 0) return levers;
  if (eachWants(pool) <= (lever?.least ?? 1) * LIMITS.demand) return levers;
  if (code) return [...levers, byCode(aim, code, source)];
  return lever ? levers : cpuLevers(aim, pool, online);
}

function optionFor(pool: Wanting, process: AuditedProcess): { name: string; option: ProgramOption } | null {
  const threads = programLever(process.commandLine, 'threads');
  const { owners } = threads?.option ?? {};
  const readsVariable = libraryNamed(pool.library)?.openmp || pool.library === 'OpenBLAS' || pool.library === 'MKL';
  if (readsVariable && !owners?.includes(pool.library)) return null;
  const isMeant = owners ? owners.includes(pool.library) && optionNow(threads!.option, process.commandLine) : true;
  if (threads && isMeant) return threads;
  return pool.library === 'Node worker' ? programLever(process.commandLine, 'workers') : null;
}

/** Whether the option, or its variable, already says the number: then it is not what made these threads. */
function programObeyed(option: ProgramOption, { commandLine, environment }: AuditedProcess, value: number): boolean {
  const { variable } = option;
  const now = optionNow(option, commandLine) ?? (variable && numberIn(variable, environment?.[variable.name]));
  return now !== null && now !== undefined && now <= value;
}

/** Variables that would make a pool smaller. */
interface VariablesToSet {
  set: [LibraryLever, VariableSetting][];
  /** whether the program's code leaves the number to them: there are as many threads as they say */
  heeded: boolean;
}

/**
 * The library's own variables: the one that wins, or the first one. Those of the libraries that it works for: only if
 * they are set, because they then win. None if the winner says the number already, or the code decides.
 */
function variablesToSet(
  levers: readonly LibraryLever[],
  pool: Wanting,
  value: number,
  online: number,
  own: LibraryLever | null,
): VariablesToSet {
  const process = ownerOf(pool);
  const environment = process.environment ?? {};
  const found: VariablesToSet = { set: [], heeded: true };
  const teams = callersOf(pool);
  for (const lever of levers) {
    const { variables = [], overriddenBy } = lever;
    if (overriddenBy && process.modules.some(({ path }) => overriddenBy.test(path))) return { set: [], heeded: false };
    const winner = variables.find(setting => numberIn(setting, environment[setting.name]) !== null);
    const setting = winner ?? (lever === own ? variables[0] : undefined);
    if (!setting) continue;
    const now = winner ? numberIn(winner, environment[winner.name])! : defaultOf(pool, online);
    const least = Math.max(value, setting.least ?? 1);
    if (now <= least && !lever.calledBy) return { set: [], heeded: false };
    const helpers = HELPERS[pool.library] ?? 1;
    if (pool.busy > now * teams + helpers && !lever.calledBy) found.heeded = false;
    if (!found.heeded && !winner) return { set: [], heeded: false };
    if (least < Math.max(pool.busy, pool.started) && !found.set.some(([, { name }]) => name === setting.name))
      found.set.push([lever, setting]);
  }
  return found;
}

function defaultOf(pool: Wanting, online: number): number {
  const fixed = DEFAULT_THREADS[pool.library];
  if (fixed !== undefined || COUNT_ONLINE.has(pool.library)) return Math.max(fixed ?? 0, online);
  return affinityOf(ownerOf(pool)).length || online;
}

/** Of an unknown library: fewer CPUs, if its threads may be as many as they are because it counts its CPUs. */
function cpuLevers(aim: LeverAim, pool: Wanting, online: number): PulledLever[] {
  const cpus = affinityOf(ownerOf(pool));
  if (aim.value >= cpus.length || pool.busy > online + 1) return [];
  return [byCpus(aim, pool.crew.workers ? null : cpus.slice(0, aim.value))];
}
