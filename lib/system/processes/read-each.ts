import { readApart, type Question, type Unread } from './reader.js';

/** What is read besides, by the same process if possible: each costs a fork. */
export interface ReadAlong {
  readonly question: Question;
  /** @returns whether the answer was one to the question */
  learn(answer: unknown): boolean;
}

/**
 * Asks a reader about processes, one after the other. A process that cannot be read to the end, because its memory or a
 * file of it does not answer, gets a record that says so; the others are read all the same.
 * @param questionOf the question about some of the processes; it is answered with the pid of each, and then its record
 * @param unread the record of a process that could not be read
 * @param along read first; if that does not answer, it gets no more answers
 * @throws the signal's reason, at once; GovernorError LIMIT_REACHED
 */
export async function readEach<R extends { pid: number }>(
  pids: readonly number[],
  questionOf: (left: ReadonlySet<number>) => Question,
  unread: (pid: number, why: Unread) => R,
  signal?: AbortSignal,
  along?: ReadAlong,
): Promise<Map<number, R>> {
  const found = new Map<number, R>();
  let first = along;
  for (let left = pids; left.length > 0; left = left.filter(pid => !found.has(pid))) {
    const reading: { pid: number | null } = { pid: null };
    const learn = (answer: unknown) => {
      if (typeof answer === 'number') reading.pid = answer;
      else if (!first?.learn(answer)) {
        found.set((answer as R).pid, answer as R);
        reading.pid = null;
      }
    };
    const why = await readApart({ ...first?.question, ...questionOf(new Set(left)) }, learn, signal);
    if (why === null) break;
    const stuck = left.filter(pid => pid === reading.pid);
    // A reader that has not come to any process would not do so another time, unless it was asked for more.
    const given = stuck.length > 0 || first || left.some(pid => found.has(pid)) ? stuck : left;
    for (const pid of given) found.set(pid, unread(pid, why));
    first = undefined;
  }
  for (const pid of pids) if (!found.has(pid)) found.set(pid, unread(pid, 'EIO'));
  return found;
}
