import { pickApart, pickClose, pickFrom, type Board } from './pick.js';
import { isInside, type PlacementPolicy } from './policy.js';
import { domains, type Level, type Unit } from './units.js';

/** How many cores have no thread so far. */
export function idleCores(board: Board, candidates: readonly Unit[]): number {
  return ofIdleCores(board, candidates).length;
}

/**
 * Picks `size` candidates for a worker of several threads: of cores that nobody uses, one core for each thread while
 * its share of them lasts, then the other CPUs of the same cores, then whatever is left. Locality comes first: it stays
 * within one kind, and within a NUMA node or the policy's domain, if one has enough CPUs. The most capable kind comes
 * first if its idle cores have enough CPUs: two threads on a fast core are about as fast as on two efficient ones.
 * @param candidates in the order of the machine, at least `size` of them
 * @param share how many idle cores this worker may take
 */
export function pickOwnCores(
  board: Board,
  candidates: readonly Unit[],
  size: number,
  policy: PlacementPolicy,
  share: number,
): Unit[] {
  const wanted = Math.max(1, Math.min(share, size));
  const regions = regionsOf(board, candidates, size, policy).map(units => ({ units, idle: idleCores(board, units) }));
  const enough = regions.filter(({ units }) => ofIdleCores(board, units).flat().length >= size);
  const kind = enough[0]?.units[0]?.kind;
  const eligible = kind === undefined ? regions : enough.filter(({ units }) => units[0]!.kind === kind);
  const most = Math.max(...eligible.map(({ idle }) => Math.min(idle, wanted)));
  const { units } = eligible.find(({ idle }) => idle >= most)!;
  const ofCores = fromIdleCores(board, units, size, wanted, policy);
  if (ofCores.length === size) return ofCores;
  const taken = new Set(ofCores);
  const others = units.filter(unit => !taken.has(unit));
  return [...ofCores, ...pickFrom(board, others, size - ofCores.length, policy)];
}

/** Where a worker may be, the best first: domains of one kind with enough candidates, of the narrowest such level. */
function regionsOf(board: Board, candidates: readonly Unit[], size: number, policy: PlacementPolicy): Unit[][] {
  const kinds = [...new Set(candidates.map(unit => unit.kind))].map(kind =>
    candidates.filter(one => one.kind === kind),
  );
  const enough = (groups: readonly (readonly Unit[])[]) => groups.filter(group => group.length >= size);
  const ofOneKind = enough(kinds);
  const whole = ofOneKind.length > 0 ? ofOneKind : [candidates];
  const inTurn = isInside(policy) || policy === 'spread';
  for (const level of localLevels(board, policy)) {
    const found = whole.flatMap(group => {
      const inside = enough(domains(group, level));
      return inTurn ? byLoad(board, inside, level, policy) : inside;
    });
    if (found.length > 0) return found.map(group => [...group]);
  }
  return whole.map(group => [...group]);
}

/** The levels that a worker stays in, narrowest first. */
function localLevels(board: Board, policy: PlacementPolicy): Level[] {
  if (isInside(policy)) return [policy];
  return board.levels.filter(level => level === 'package' || level === 'numa').reverse();
}

/** `spread` goes to the emptier package first, then to its emptier node. */
function byLoad(board: Board, groups: readonly (readonly Unit[])[], level: Level, policy: PlacementPolicy) {
  const wider = policy === 'spread' ? board.levels.slice(0, board.levels.indexOf(level)) : [];
  const loads = new Map(groups.map(group => [group, [...wider, level].map(one => board.load(group, one))]));
  return [...groups].sort((a, b) => {
    const [of, other] = [loads.get(a)!, loads.get(b)!];
    const first = of.findIndex((load, i) => load !== other[i]);
    return first < 0 ? 0 : of[first]! - other[first]!;
  });
}

/** Up to `size` CPUs of at least `wanted` idle cores: the first CPU of each, then the second ones. */
function fromIdleCores(
  board: Board,
  units: readonly Unit[],
  size: number,
  wanted: number,
  policy: PlacementPolicy,
): Unit[] {
  const byCore = new Map(ofIdleCores(board, units).map(core => [core[0]!.core, core]));
  const idle = [...byCore.values()].map(core => core[0]!);
  for (let count = Math.min(wanted, idle.length); count <= idle.length; count++) {
    const first =
      policy === 'spread' ? pickApart(board, idle, count, board.levels) : pickClose(idle, count, board.levels);
    const cores = first.map(unit => byCore.get(unit.core)!);
    const most = Math.max(...cores.map(core => core.length), 0);
    const rounds = Array.from({ length: most }, (_, i) => cores.flatMap(core => core.slice(i, i + 1))).flat();
    if (rounds.length >= size || count === idle.length) return rounds.slice(0, size);
  }
  return [];
}

/** The candidates of each core that has no thread so far. */
function ofIdleCores(board: Board, candidates: readonly Unit[]): Unit[][] {
  return domains(candidates, 'core').filter(core => board.load(core, 'core') === 0);
}
