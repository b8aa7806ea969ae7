import type { Level, Unit } from './units.js';
import { isInside, type PlacementPolicy } from './policy.js';

/**
 * Adds units that are left over to places, at most one to each, beside those that the place has: of the same kind, in
 * the same NUMA node, and in the same domain of the policy. What fits nowhere stays unused.
 * @param levels from the widest to the narrowest
 * @param most how many units to give out
 * @returns the places, some of them with one unit more
 */
export function giveOut(
  places: readonly (readonly Unit[])[],
  free: readonly Unit[],
  most: number,
  levels: readonly Level[],
  policy: PlacementPolicy,
): Unit[][] {
  const grown = places.map(place => [...place]);
  const waiting = new Set(grown);
  const left = new Set(free);
  for (let given = 0; given < most; given++) {
    const offers = [...waiting].flatMap(place =>
      [...left].map(unit => ({ place, unit, nearness: nearness(place, unit, levels, policy) })),
    );
    const best = offers.reduce((a, b) => (b.nearness > a.nearness ? b : a), { nearness: 0 } as (typeof offers)[number]);
    if (best.nearness === 0) break;
    best.place.push(best.unit);
    waiting.delete(best.place);
    left.delete(best.unit);
  }
  return grown;
}

/** 0: the unit does not fit the place; else higher, the narrower the narrowest domain that it shares with the place. */
function nearness(place: readonly Unit[], unit: Unit, levels: readonly Level[], policy: PlacementPolicy): number {
  const shares = (level: Level) => place.some(one => one[level] === unit[level]);
  const fits = place.every(one => one.kind === unit.kind) && shares('numa') && (!isInside(policy) || shares(policy));
  return fits ? 1 + levels.map(shares).lastIndexOf(true) : 0;
}
