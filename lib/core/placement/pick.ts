import type { PlacementPolicy } from './policy.js';
import { domains, type Level, type Unit, type Units } from './units.js';

/** The machine while workers are placed on it: its units, and how many threads each domain has got. */
export class Board {
  readonly levels: readonly Level[];
  private readonly loads = new Map<string, number>();

  constructor(readonly units: Units) {
    this.levels = units.levels;
  }

  take(units: readonly Unit[]): void {
    for (const unit of units) {
      unit.load++;
      for (const level of this.levels) {
        const key = `${level} ${unit[level]}`;
        this.loads.set(key, (this.loads.get(key) ?? 0) + 1);
      }
    }
  }

  /** threads on the domain that these units are of, units that are not among them too */
  load(domain: readonly Unit[], level: Level): number {
    return this.loads.get(`${level} ${domain[0]![level]}`) ?? 0;
  }
}

/**
 * So many of the candidates for one worker. They are of one kind where enough of one are there, the most capable first.
 * @param candidates in the order of the machine, at least `size` of them
 */
export function pick(board: Board, candidates: readonly Unit[], size: number, policy: PlacementPolicy): Unit[] {
  if (policy === 'physical') return pickCores(board, candidates, size);
  return pickBy(board, size > 1 ? oneKind(candidates, size) : candidates, size, policy);
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

/** The most capable kind that has enough; all kinds where none has. */
function oneKind(candidates: readonly Unit[], size: number): readonly Unit[] {
  for (const kind of new Set(candidates.map(unit => unit.kind))) {
    const same = candidates.filter(unit => unit.kind === kind);
    if (same.length >= size) return same;
  }
  return candidates;
}

/** Each on a core of its own as long as there are any, then beside others; siblings of a core last. */
function pickCores(board: Board, candidates: readonly Unit[], size: number): Unit[] {
  const turns = new Map<Unit, number>();
  for (const core of domains(candidates, 'core'))
    core.forEach((unit, i) => turns.set(unit, board.load(core, 'core') + i));
  const ordered = [...candidates].sort((a, b) => turns.get(a)! - turns.get(b)!);
  for (const turn of new Set([...turns.values()].sort((a, b) => a - b))) {
    const sofar = ordered.filter(unit => turns.get(unit)! <= turn);
    for (const kind of new Set(sofar.map(unit => unit.kind).sort((a, b) => b - a))) {
      const same = size > 1 ? sofar.filter(unit => unit.kind === kind) : sofar;
      if (same.length >= size) return same.slice(0, size);
    }
  }
  return ordered.slice(0, size);
}

/** Inside of the smallest domain that has enough, the first one of its level. */
function pickClose(candidates: readonly Unit[], size: number, levels: readonly Level[]): Unit[] {
  for (let depth = levels.length - 1; depth >= 0; depth--) {
    const found = domains(candidates, levels[depth]!).find(domain => domain.length >= size);
    if (found) return fill(found, size, levels.slice(depth + 1));
  }
  return fill(candidates, size, levels);
}

/** In the domain of each level that has got the least so far, of those with enough. */
function pickApart(board: Board, candidates: readonly Unit[], size: number, levels: readonly Level[]): Unit[] {
  const [level, ...narrower] = levels;
  if (level === undefined) return candidates.slice(0, size);
  const found = leastLoaded(board, candidates, size, level);
  return found ? pickApart(board, found, size, narrower) : fill(candidates, size, levels);
}

/** Inside of the domain of this level that has got the least so far, and there cores first or close together. */
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

/** Across as few domains as possible: those that have the most, whole; the rest out of one that has enough. */
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
