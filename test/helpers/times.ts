const FACTOR = Number(process.env['GOVERNOR_TEST_TIMES'] ?? 1);

if (!(FACTOR > 0)) {
  const given = process.env['GOVERNOR_TEST_TIMES'];
  throw new Error(`invalid GOVERNOR_TEST_TIMES "${given}": expected a number above 0`);
}

/** How often a test repeats what it does: as often as here, times GOVERNOR_TEST_TIMES (test/README.md). */
export function times(usual: number): number {
  return Math.max(1, Math.round(usual * FACTOR));
}
