const FACTOR = Number(process.env['GOVERNOR_TEST_TIMES'] ?? 1); // checked by preflight.ts

/** How often a test repeats what it does: as often as here, times GOVERNOR_TEST_TIMES (test/README.md). */
export function times(usual: number): number {
  return Math.max(1, Math.round(usual * FACTOR));
}
