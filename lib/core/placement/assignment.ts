import type { Cpuset } from '../cpuset.js';

/** A worker as seen at one moment. */
export interface Candidate {
  /** (pid, start time) */
  identity: string;
  /** it has worked of late */
  active: boolean;
}

export interface Assignment {
  /** index of the place of each worker that has one */
  held: ReadonlyMap<string, number>;
  /** workers to pin now, to the place given */
  pin: { identity: string; place: number }[];
  /** workers that had a place and are none any more; a process that has become a parent is to be freed */
  release: string[];
  /** more working workers than places: they share */
  crowded: boolean;
}

/**
 * Gives every worker a place of its own. Who has a place keeps it, unless it works and shares while another place
 * has no working one. A sleeping worker keeps its place but does not stand in the way of one that works.
 */
export function assign(
  places: readonly Cpuset[],
  held: ReadonlyMap<string, number>,
  candidates: readonly Candidate[],
): Assignment {
  const now = new Map<string, number>();
  const active = places.map(() => 0);
  const holders = places.map(() => 0);
  const present = new Set(candidates.map(candidate => candidate.identity));
  const release = [...held.keys()].filter(identity => !present.has(identity));
  for (const candidate of candidates) {
    const place = held.get(candidate.identity);
    if (place === undefined) continue;
    now.set(candidate.identity, place);
    holders[place]!++;
    if (candidate.active) active[place]!++;
  }
  const pin: Assignment['pin'] = [];
  const emptiest = () =>
    active.reduce((best, load, place) => {
      const better = load < active[best]! || (load === active[best]! && holders[place]! < holders[best]!);
      return better ? place : best;
    }, 0);
  for (const candidate of candidates) {
    const own = now.get(candidate.identity);
    const place = emptiest();
    if (own !== undefined && !(candidate.active && active[own]! - active[place]! > 1)) continue;
    if (own !== undefined) {
      active[own]!--;
      holders[own]!--;
    }
    if (candidate.active) active[place]!++;
    holders[place]!++;
    now.set(candidate.identity, place);
    pin.push({ identity: candidate.identity, place });
  }
  return { held: now, pin, release, crowded: active.some(load => load > 1) };
}
