import { equal, intersect, subtract, type Cpuset } from '../cpuset.js';

/** What decides which CPUs a rank gets instead of those that it has lost. */
export interface PlaceChoices {
  /** CPUs that this process may use now */
  allowed: Cpuset;
  /** our other places */
  others: readonly Cpuset[];
  /** CPUs that other programs have claimed */
  claimed: Cpuset;
}

/**
 * The place of a rank that has lost CPUs: what is left of it. If nothing is left, as many other CPUs, those that the
 * fewest other places hold; CPUs that other programs have claimed only if there are no others.
 */
export function repairedPlace(place: Cpuset, { allowed, others, claimed }: PlaceChoices): Cpuset {
  const left = intersect(place, allowed);
  if (left.length > 0 || allowed.length === 0) return left;
  const unclaimed = subtract(allowed, claimed);
  const choice = unclaimed.length > 0 ? unclaimed : allowed;
  return leastHeld(choice, others, place).slice(0, place.length).sort(ascending);
}

/**
 * The place of a rank that has lost CPUs and may have better ones now: its planned place, as soon as no other place
 * holds more of that than of the present one; else other CPUs, if fewer places share them or the rank gets more.
 */
export function regainedPlace(place: Cpuset, planned: Cpuset, choices: PlaceChoices): Cpuset {
  if (equal(place, planned)) return place;
  const usable = subtract(choices.allowed, choices.claimed);
  const lack = (cpus: Cpuset) => planned.length - cpus.length + shared(cpus, choices.others);
  if (subtract(planned, usable).length === 0 && lack(planned) <= lack(place)) return planned;
  const best = leastHeld(usable, choices.others, [...planned, ...place])
    .slice(0, planned.length)
    .sort(ascending);
  return best.length > 0 && lack(best) < lack(place) ? best : place;
}

/** How many times CPUs are in other places. */
function shared(cpus: Cpuset, others: readonly Cpuset[]): number {
  return others.reduce((sum, other) => sum + intersect(other, cpus).length, 0);
}

/** CPUs by the number of places that hold them, the fewest first; among equals the preferred ones, in their order. */
function leastHeld(cpus: Cpuset, others: readonly Cpuset[], preferred: Cpuset): number[] {
  const rank = (cpu: number) => (preferred.includes(cpu) ? preferred.indexOf(cpu) : preferred.length);
  return [...cpus].sort((a, b) => shared([a], others) - shared([b], others) || rank(a) - rank(b) || a - b);
}

function ascending(a: number, b: number): number {
  return a - b;
}
