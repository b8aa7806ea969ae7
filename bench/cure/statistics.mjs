// Medians, and ratios of paired measurements with bootstrap intervals.

/** The median of some numbers; NaN if there are none. */
export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  if (sorted.length === 0) return NaN;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** Numbers from 0 to 1 that look random and are the same for the same seed (the generator mulberry32). */
export function randomFrom(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const SAMPLES = 2000;
const SEED = 20261128;

/**
 * How many times `rates` is `against`, round by round: the median of the rounds' ratios, and the interval that holds
 * 95 % of the medians of rounds drawn again. A round in which one of them failed (null) does not count; null if none is
 * left.
 */
export function pairedRatio(rates, against, { samples = SAMPLES, seed = SEED } = {}) {
  const ratios = rates.flatMap((rate, round) => {
    const other = against[round];
    return rate > 0 && other > 0 ? [rate / other] : [];
  });
  if (ratios.length === 0) return null;
  const random = randomFrom(seed);
  const drawn = () => median(ratios.map(() => ratios[Math.floor(random() * ratios.length)]));
  const medians = Array.from({ length: samples }, drawn).sort((a, b) => a - b);
  const quantile = share => medians[Math.min(samples - 1, Math.floor(share * samples))];
  return { ratio: median(ratios), low: quantile(0.025), high: quantile(0.975), rounds: ratios.length };
}
