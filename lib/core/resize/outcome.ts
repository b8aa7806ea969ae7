import type { Member } from '../processes/workers.js';
import type { ProcessRecord } from '../processes/records.js';
import type { PoolWish } from './plan.js';
import type { ChangedPoolsRecord, PoolsRecord } from './records.js';
import { libraryOfPool, whyNotResizable } from './resizable.js';
import type { FixedPool, ResizedPool, ResizedProcess } from './result.js';

/** What was wanted of the pools of a process, and what was found before and after. */
interface Outcome {
  wishes: readonly PoolWish[];
  before: PoolsRecord;
  /** what became of the changes; null: there were none */
  changed: ChangedPoolsRecord | null;
  /** null: nothing was changed */
  after: PoolsRecord | null;
  /** how many threads of each library the process has */
  threads: ReadonlyMap<string, number>;
}

/** What a process could not be asked, by the errno of Linux: errno(3). */
const PROBLEMS: Readonly<Record<number, string>> = {
  1: 'not permitted',
  5: 'it could not be read to the end',
  12: 'reading it takes too much memory',
  13: 'not permitted',
  16: 'it uses the memory of its parent until it executes a program',
  110: 'its memory, or a file that it has mapped, does not answer',
};
/** ENOENT, ESRCH: it has ended. */
const ENDED: readonly number[] = [2, 3];
/** ESTALE: a pool that is gone, or that the program has resized; its size afterwards says so. */
const GONE = 116;

export function outcomeOf(process: ProcessRecord & Member, outcome: Outcome): ResizedProcess {
  const { pid, startTime, comm: command, commandLine } = process;
  const pools = outcome.wishes.map(wish => resizedPool(wish, outcome));
  const resizable = new Set(pools.map(({ library }) => library));
  const fixed = [...outcome.threads].flatMap(([library, threads]): FixedPool[] => {
    const why = resizable.has(library) ? null : whyNotResizable(library);
    return why === null ? [] : [{ library, threads, why }];
  });
  return { pid, startTime, command, commandLine, pools, fixed, problem: problemOf(outcome) };
}

function resizedPool({ pool, wanted, threads }: PoolWish, { after }: Outcome): ResizedPool {
  const now = after?.pools.find(({ address, module }) => address === pool.address && module === pool.module);
  return {
    library: libraryOfPool(pool),
    module: pool.module,
    thread: pool.tid === 0 ? null : pool.tid,
    before: pool.threads,
    after: after ? (now?.threads ?? pool.threads) : threads,
    wanted,
    most: pool.most === 0 ? null : pool.most,
  };
}

/** Why the process could not be looked at or changed, or only in part; null: it could, or it has ended. */
function problemOf({ before, changed, after }: Outcome): string | null {
  const { denied, truncated } = after ?? before;
  const failed = changed?.denied || changed?.failed.find(errno => errno !== 0 && errno !== GONE) || 0;
  const errno = denied || failed;
  if (ENDED.includes(errno)) return null;
  if (errno !== 0) return `${denied ? '' : 'it could not be changed: '}${PROBLEMS[errno] ?? `errno ${errno}`}`;
  return truncated === '' ? null : `reading it took too much ${truncated === 'time' ? 'time' : `of its ${truncated}`}`;
}
