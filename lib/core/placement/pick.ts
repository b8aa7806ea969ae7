import type { PlacementPolicy } from './policy.js';
import { domains, type Level, type Unit, type Units } from './units.js';

/** The machine while workers are placed on it: its units, and how many threads each domain has so far. */
export class Board {
  readonly levels: readonly Level[];
  private readonly loads: ReadonlyMap<Level, Map<number, number>>;

  constructor(readonly units: Units) {
    this.levels = units.levels;
    this.loads = new Map(units.levels.map(level => [level, new Map<number, number>()]));
  }

  take(units: readonly Unit[]): void {
    for (const unit of units) {
      unit.load++;
      for (const [level, loads] of this.loads) loads.set(unit[level], (loads.get(unit[level]) ?? 0) + 1);
    }
  }

  /** threads on the whole domain that contains these units */
  load(domain: readonly Unit[], level: Level): number {
    return this.loadAt(domain[0]!, level);
  }

  /** threads on the whole domain that contains this unit */
  loadAt(unit: Unit, level: Level): number {
    return this.loads.get(level)!.get(unit[level]) ?? 0;
  }
}

/**
 * Picks `size` candidates for one worker: all of one kind if enough are free, the most capable kind first.
 * @param candidates in the order of the machine, at least `size` of them
 */
export function pick(board: Board, candidates: readonly Unit[], size: number, policy: PlacementPolicy): Unit[] {
  if (policy === 'physical') return pickCores(board, candidates, size);
  return pickBy(board, size > 1 ? oneKind(candidates, size) : candidates, size, policy);
}

/** The same, of any kinds. */
export function pickFrom(board: Board, candidates: readonly Unit[], size: number, policy: PlacementPolicy): Unit[] {
  return policy === 'physical' ? pickCores(board, candidates, size) : pickBy(board, candidates, size, policy);
}

function pickBy(
  board: Board,
  candidates: readonly Unit[],
  size: number,
  policy: Exclude<PlacementPolicy, 'physical'>,
): Unit[] {
  switch (policy) {
    case 'close':
      return pickClose(candidates, size, board.levels);
    case 'spread':
      return pickApart(board, candidates, size, board.levels);
    default:
      return pickInside(board, candidates, size, policy);
  }
}

/** The candidates of the most capable kind with at least `size`; all candidates if no kind has that many. */
function oneKind(candidates: readonly Unit[], size: number): readonly Unit[] {
  for (const kind of new Set(candidates.map(unit => unit.kind))) {
    const same = candidates.filter(unit => unit.kind === kind);
    if (same.length >= size) return same;
  }
  return candidates;
}

/** One CPU of each free core first, then of the least loaded cores; siblings of one core last. */
function pickCores(board: Board, candidates: readonly Unit[], size: number): Unit[] {
  if (size === 1) return firstOfLeastLoadedCore(board, candidates);
  const turns = new Map<Unit, number>();
  for (const core of domains(candidates, 'core'))
    core.forEach((unit, i) => turns.set(unit, board.load(core, 'core') + i));
  const ordered = [...candidates].sort((a, b) => turns.get(a)! - turns.get(b)!);
  for (const turn of new Set([...turns.values()].sort((a, b) => a - b))) {
    const sofar = ordered.filter(unit => turns.get(unit)! <= turn);
    for (const kind of new Set(sofar.map(unit => unit.kind).sort((a, b) => b - a))) {
      const same = sofar.filter(unit => unit.kind === kind);
      if (same.length >= size) return same.slice(0, size);
    }
  }
  return ordered.slice(0, size);
}

/** A machine with 8,192 CPUs has as many workers: nothing is sorted for each. */
function firstOfLeastLoadedCore(board: Board, candidates: readonly Unit[]): Unit[] {
  let [best] = candidates;
  let least = Infinity;
  for (const unit of candidates) {
    const load = board.loadAt(unit, 'core');
    if (load >= least) continue;
    [best, least] = [unit, load];
    if (load === 0) break;
  }
  return best ? [best] : [];
}

/** From the smallest domain with at least `size` candidates, the first of its level. */
export function pickClose(candidates: readonly Unit[], size: number, levels: readonly Level[]): Unit[] {
  for (let depth = levels.length - 1; depth >= 0; depth--) {
    const found = domains(candidates, levels[depth]!).find(domain => domain.length >= size);
    if (found) return fill(found, size, levels.slice(depth + 1));
  }
  return fill(candidates, size, levels);
}

/** At each level from the least loaded domain with at least `size` candidates. */
export function pickApart(board: Board, candidates: readonly Unit[], size: number, levels: readonly Level[]): Unit[] {
  const [level, ...narrower] = levels;
  if (level === undefined) return candidates.slice(0, size);
  const found = leastLoaded(board, candidates, size, level);
  return found ? pickApart(board, found, size, narrower) : fill(candidates, size, levels);
}

/** From the least loaded domain of this level; one CPU by `physical`, several by `close`. */
function pickInside(board: Board, candidates: readonly Unit[], size: number, level: Level): Unit[] {
  const found = leastLoaded(board, candidates, size, level);
  if (!found) return fill(candidates, size, [level, ...board.levels.filter(other => other !== level)]);
  return size === 1 ? pickCores(board, found, size) : pickClose(found, size, board.levels);
}

function leastLoaded(board: Board, candidates: readonly Unit[], size: number, level: Level): Unit[] | undefined {
  const enough = domains(candidates, level).filter(domain => domain.length >= size);
  const loads = new Map(enough.map(domain => [domain, board.load(domain, level)]));
  return enough.sort((a, b) => loads.get(a)! - loads.get(b)!)[0];
}

/** From as few domains as possible: the largest ones whole, the rest from one that is large enough. */
function fill(candidates: readonly Unit[], size: number, levels: readonly Level[]): Unit[] {
  const [level, ...narrower] = levels;
  if (level === undefined || size >= candidates.length) return candidates.slice(0, size);
  const taken: Unit[] = [];
  for (const domain of domains(candidates, level).sort((a, b) => b.length - a.length)) {
    if (taken.length === size) break;
    taken.push(...fill(domain, size - taken.length, narrower));
  }
  return taken;
}
