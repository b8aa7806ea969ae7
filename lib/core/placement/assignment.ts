import type { Cpuset } from '../cpuset.js';

/** A worker at one moment. */
export interface Candidate {
  /** (pid, start time) */
  identity: string;
  /** whether it has worked recently */
  active: boolean;
}

export interface Assignment {
  /** index of the place of each worker that has one */
  held: ReadonlyMap<string, number>;
  /** workers to pin now, and the index of their new place */
  pin: { identity: string; place: number }[];
  /** processes to unpin: they had a place but are no longer workers, such as one that has become a parent */
  release: string[];
  /** whether active workers share a place */
  crowded: boolean;
}

/**
 * Assigns a place to every worker. A worker keeps its place, unless it is active and shares it while another place has
 * no active worker. A sleeping worker keeps its place, but an active one may share it.
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
