// The figures of a run, from the rates of each variant in each round.
import { median, pairedRatio } from './statistics.mjs';
import { VARIANTS } from './variants.mjs';

/** What each variant is compared with. */
const AGAINST = ['by hand', 'as it is', 'N × M'];
/** The goals of the cure: against by hand and as it is. */
export const GOAL = 0.98;
/** With fewer rounds an interval says too little. */
const SURE_ROUNDS = 3;

/**
 * @param measured for each case `{ case, kind, prescription, byHand, variants }`; a variant is, by its name,
 *   `{ settings, rates, failures }`, and a rate is null in a round in which the variant failed
 */
export function results(measured, about) {
  const ratios = measured.flatMap(({ case: name, variants }) =>
    VARIANTS.filter(variant => variants[variant]).flatMap(variant =>
      AGAINST.filter(against => against !== variant && variants[against]).map(against => ({
        bench: 'cure',
        case: name,
        variant,
        against,
        ...(pairedRatio(variants[variant].rates, variants[against].rates) ?? { ratio: null, low: null, high: null }),
      })),
    ),
  );
  const cases = measured.map(one => ({
    ...one,
    variants: Object.fromEntries(
      Object.entries(one.variants).map(([name, variant]) => [
        name,
        { ...variant, median: nullIfNone(median(variant.rates.filter(rate => rate !== null))) },
      ]),
    ),
  }));
  return { ...about, ratios, cases };
}

const nullIfNone = value => (Number.isNaN(value) ? null : value);

/**
 * Where the cure misses its goal: prescribed, run and launch below 0.98 of by hand or of as it is, or failed;
 * `run, N × M` below 0.98 of N × M. `sure`, in words: whether the whole interval lies below.
 */
export function losses({ ratios }) {
  return ratios
    .filter(({ variant, against }) => isJudged(variant, against))
    .filter(({ ratio }) => ratio === null || ratio < GOAL)
    .map(one => ({ ...one, sure: sureness(one) }));
}

function sureness({ ratio, high, rounds }) {
  if (ratio === null) return 'yes';
  if (rounds < SURE_ROUNDS) return 'too few rounds';
  return high < GOAL ? 'yes' : 'within the noise';
}

function isJudged(variant, against) {
  if (variant === 'run, N × M') return against === 'N × M';
  return ['prescribed', 'run', 'launch'].includes(variant) && against !== 'N × M';
}
