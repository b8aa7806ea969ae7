import assert from 'node:assert/strict';
import fc, { type Arbitrary } from 'fast-check';
import type { Host } from '../../lib/core/machine/host.js';
import { GovernorError } from '../../lib/errors.js';
import { madeHost } from './machine/hosts.js';

/** Holds for values of these kinds, the same ones in every run. */
export function holds<Values extends [unknown, ...unknown[]]>(
  arbitraries: { [Key in keyof Values]: Arbitrary<Values[Key]> },
  predicate: (...values: Values) => void,
): void {
  fc.assert(
    fc.property(...(arbitraries as unknown as [Arbitrary<unknown>]), predicate as unknown as (value: unknown) => void),
    { seed: 4, numRuns: 200 },
  );
}

/** BAD_INPUT of one line that says this. */
export function badInputError(text: RegExp): (error: unknown) => true {
  return error => {
    assert.ok(error instanceof GovernorError, String(error));
    assert.equal(error.code, 'BAD_INPUT');
    assert.doesNotMatch(error.message, /\n/);
    assert.match(error.message, text);
    return true;
  };
}

/** Machines of up to 2 packages × 8 cores × 4 CPUs and 6 efficient cores, some CPUs off or not ours, perhaps with a quota. */
export const anyHost: Arbitrary<Host> = fc
  .record({
    packages: fc.integer({ min: 1, max: 2 }),
    numaNodes: fc.integer({ min: 1, max: 4 }),
    l3s: fc.option(fc.integer({ min: 1, max: 6 }), { nil: undefined }),
    cores: fc.integer({ min: 1, max: 16 }),
    threads: fc.integer({ min: 1, max: 4 }),
    efficient: fc.integer({ min: 0, max: 6 }),
    siblings: fc.constantFrom('adjacent' as const, 'apart' as const),
    offline: someCpus(),
    cpuset: someCpus(),
    affinity: someCpus(),
    interrupts: fc.option(fc.array(fc.integer({ min: 0, max: 1000 }), { maxLength: 70 }), { nil: undefined }),
    gpus: fc.array(
      fc.record(
        {
          address: fc.constantFrom('0000:3b:00.0', '0000:af:00.0'),
          vendor: fc.constantFrom('NVIDIA', 'AMD'),
          device: fc.constantFrom('0x2330', null),
          numa: fc.constantFrom(0, 1, null),
          cpus: someCpus(),
        },
        { noNullPrototype: true },
      ),
      { maxLength: 2 },
    ),
    quota: fc.option(fc.double({ min: 0.05, max: 80, noNaN: true }), { nil: undefined }),
  })
  .map(({ offline, cpuset, affinity, quota, l3s, interrupts, ...shape }) => {
    const count = shape.cores * shape.threads + shape.efficient;
    /** CPU 0 stays, so that one is left */
    const kept = (out: readonly number[]) =>
      Array.from({ length: count }, (_, cpu) => cpu)
        .filter(cpu => cpu === 0 || !out.includes(cpu))
        .join();
    const off = offline.filter(cpu => cpu > 0 && cpu < count).join();
    return madeHost({
      ...shape,
      cpuset: kept(cpuset),
      affinity: kept(affinity),
      ...(off ? { offline: off } : {}),
      ...(quota === undefined ? {} : { quota }),
      ...(l3s === undefined ? {} : { l3s }),
      ...(interrupts === undefined ? {} : { interrupts: interrupts.slice(0, count) }),
    });
  });

/** Machines whose parts are all alike, all CPUs ours: packages × NUMA nodes × L3s × cores × CPUs. */
export const evenHost: Arbitrary<Host> = fc
  .tuple(...[2, 3, 2, 3, 2].map(max => fc.integer({ min: 1, max })))
  .map(([packages, nodes, l3s, cores, threads]) =>
    madeHost({
      packages: packages!,
      numaNodes: packages! * nodes!,
      l3s: packages! * nodes! * l3s!,
      cores: packages! * nodes! * l3s! * cores!,
      threads: threads!,
    }),
  );

function someCpus(): Arbitrary<number[]> {
  return fc.oneof(fc.constant<number[]>([]), fc.uniqueArray(fc.integer({ min: 0, max: 69 }), { maxLength: 40 }));
}
