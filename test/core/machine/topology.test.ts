import assert from 'node:assert/strict';
import type { CpuRecord, TopologyRecord } from '../../../lib/core/machine/records.js';
import { interpretTopology } from '../../../lib/core/machine/topology.js';

/** A record in which `[0, 1]` stands for the addon's index of that set. */
function recorded({
  cpus,
  online,
  present,
  isolated,
  nodes = [],
  types = [],
}: {
  cpus: {
    cpu: number;
    core?: number[];
    package?: number[];
    told?: Partial<CpuRecord>;
    caches?: [number, string, number[] | null][];
  }[];
  online?: number[];
  present?: number[];
  isolated?: number[];
  nodes?: [number, number[]][];
  types?: [string, number[]][];
}): TopologyRecord {
  const sets: number[][] = [];
  const index = (set: number[] | null | undefined) => (set ? sets.push(set) - 1 : -1);
  return {
    sets,
    online: index(online),
    present: index(present),
    isolated: index(isolated),
    cpus: cpus.map(({ cpu, core, package: pack, caches = [], told }) => ({
      cpu,
      online: null,
      coreCpus: index(core),
      packageCpus: index(pack),
      capacity: null,
      maxFrequency: null,
      baseFrequency: null,
      midr: null,
      caches: caches.map(([level, type, set]) => ({ level, type, cpus: index(set) })),
      ...told,
    })),
    nodes: nodes.map(([node, set]) => ({ node, cpus: index(set) })),
    types: types.map(([name, set]) => ({ name, cpus: index(set) })),
  };
}

const column = (record: TopologyRecord, name: 'core' | 'package' | 'numa' | 'kind' | 'online') =>
  interpretTopology(record).cpus.map(cpu => cpu[name]);

describe('topology: cores and packages are numbered from 0, in the order of their lowest CPU', () => {
  const record = recorded({
    online: [0, 1, 2, 3],
    cpus: [0, 1, 2, 3].map(cpu => ({ cpu, core: [cpu % 2, (cpu % 2) + 2], package: [cpu % 2, (cpu % 2) + 2] })),
  });
  it('whatever ids the kernel uses', () => {
    assert.deepEqual(column(record, 'core'), [0, 1, 0, 1]);
    assert.deepEqual(column(record, 'package'), [0, 1, 0, 1]);
  });
  it('an offline CPU has no core, and its sibling keeps the core', () => {
    const half = { ...record, sets: [[1, 2, 3], ...record.sets.slice(1)] };
    assert.deepEqual(column(half, 'online'), [false, true, true, true]);
    assert.deepEqual(column(half, 'core'), [null, 0, 1, 0]);
    assert.deepEqual(column(half, 'kind'), [null, 0, 0, 0]);
  });
  it('nothing is guessed if the kernel does not report it', () => {
    const bare = recorded({ cpus: [{ cpu: 0 }, { cpu: 1 }] });
    assert.deepEqual(interpretTopology(bare).cpus[1], {
      cpu: 1,
      online: true,
      core: null,
      package: null,
      numa: null,
      kind: 0,
    });
  });
  it('a package is identified by its CPUs, not by an id', () => {
    assert.deepEqual(
      column(recorded({ cpus: [0, 1].map(cpu => ({ cpu, core: [cpu], package: [0, 1] })) }), 'package'),
      [0, 0],
    );
  });
});

describe('topology: which CPUs are online', () => {
  it("those of the kernel's list", () =>
    assert.deepEqual(column(recorded({ online: [1], cpus: [{ cpu: 0 }, { cpu: 1 }] }), 'online'), [false, true]));
  it('without a list, those that are not marked offline', () => {
    assert.deepEqual(
      column(
        recorded({
          cpus: [
            { cpu: 0, told: { online: null } },
            { cpu: 1, told: { online: false } },
          ],
        }),
        'online',
      ),
      [true, false],
    );
  });
  it('isolated CPUs are those that are online; none on a kernel that lists none', () => {
    const cpus = [0, 1, 2, 3].map(cpu => ({ cpu }));
    assert.deepEqual(interpretTopology(recorded({ online: [0, 1, 2], isolated: [2, 3], cpus })).isolated, [2]);
    assert.deepEqual(interpretTopology(recorded({ online: [0, 1, 2], cpus })).isolated, []);
  });
  it('CPUs that are present but have no directory are offline', () => {
    const { cpus } = interpretTopology(recorded({ online: [0], present: [0, 1, 70], cpus: [{ cpu: 0 }] }));
    assert.deepEqual(
      cpus.map(cpu => [cpu.cpu, cpu.online]),
      [
        [0, true],
        [1, false],
        [70, false],
      ],
    );
  });
});

describe("topology: NUMA nodes keep the system's numbers", () => {
  it('and contain only online CPUs, perhaps none', () => {
    const record = recorded({
      online: [0, 1, 2],
      cpus: [0, 1, 2, 3].map(cpu => ({ cpu })),
      nodes: [
        [0, [0, 1]],
        [8, [2, 3]],
        [9, []],
      ],
    });
    assert.deepEqual(column(record, 'numa'), [0, 0, 8, null]);
    assert.deepEqual(interpretTopology(record).numaNodes, [
      { node: 0, cpus: [0, 1] },
      { node: 8, cpus: [2] },
      { node: 9, cpus: [] },
    ]);
  });
});

describe('topology: kinds, 0 = most efficient', () => {
  const cpus = [0, 1, 2].map(cpu => ({ cpu }));
  it("by Intel's types", () => {
    assert.deepEqual(
      column(
        recorded({
          cpus,
          types: [
            ['cpu_core', [0, 1]],
            ['cpu_atom', [2]],
          ],
        }),
        'kind',
      ),
      [1, 1, 0],
    );
    assert.deepEqual(
      column(
        recorded({
          cpus,
          types: [
            ['cpu_core', [0]],
            ['cpu_atom', [1]],
            ['cpu_lowpower', [2]],
          ],
        }),
        'kind',
      ),
      [2, 1, 0],
    );
  });
  it('by capacity', () => {
    const big = [1024, 446, 700].map((capacity, cpu) => ({ cpu, told: { capacity } }));
    assert.deepEqual(column(recorded({ cpus: big }), 'kind'), [2, 0, 1]);
  });
  const kinds = (...told: Partial<CpuRecord>[]) =>
    column(recorded({ cpus: told.map((one, cpu) => ({ cpu, told: one })) }), 'kind');
  const frequencies = (...all: number[]) => kinds(...all.map(maxFrequency => ({ maxFrequency })));
  it("by the highest frequency, if there is a gap: turbo's few percent make no kind", () => {
    assert.deepEqual(frequencies(5_200_000, 5_000_000, 3_900_000), [1, 1, 0]);
    assert.deepEqual(frequencies(4_300_000, 5_500_000, 5_800_000, 2_500_000), [1, 2, 2, 0]);
    assert.deepEqual(frequencies(5_100_000, 5_000_000, 4_900_000, 4_800_000, 4_700_000, 4_600_000), [0, 0, 0, 0, 0, 0]);
  });
  it('by capacity first, then by frequencies if the capacities are equal', () => {
    assert.deepEqual(kinds({ capacity: 300, maxFrequency: 9 }, { capacity: 1024, maxFrequency: 1 }), [0, 1]);
    assert.deepEqual(kinds({ capacity: 9, baseFrequency: 2 }, { capacity: 9, baseFrequency: 1 }), [1, 0]);
    assert.deepEqual(kinds({ capacity: 1024 }, { capacity: 1000 }, { capacity: 985 }), [0, 0, 0], 'firmware rounds');
  });
  it('not by a measure that only some CPUs have', () => {
    assert.deepEqual(kinds({ maxFrequency: 9 }, {}), [0, 0]);
    assert.deepEqual(kinds({ maxFrequency: 9, baseFrequency: 1 }, { baseFrequency: 2 }), [0, 1]);
    assert.deepEqual(
      column(
        recorded({ online: [0, 1], cpus: [1, 1, 9].map((maxFrequency, cpu) => ({ cpu, told: { maxFrequency } })) }),
        'kind',
      ),
      [0, 0, null],
    );
  });
  it("only by Intel's types, whatever the frequencies", () => {
    const two = [5, 9, 2].map((maxFrequency, cpu) => ({ cpu, told: { maxFrequency } }));
    assert.deepEqual(
      column(
        recorded({
          cpus: two,
          types: [
            ['cpu_core', [0, 1]],
            ['cpu_atom', [2]],
          ],
        }),
        'kind',
      ),
      [1, 1, 0],
    );
  });
  it("by ARM's models if there is no measure: little cores first, revisions make no kinds", () => {
    const [a53, a53Later, a72, x3] = [0x410fd034, 0x411fd035, 0x410fd080, 0x411fd4e0];
    assert.deepEqual(kinds({ midr: a72 }, { midr: a53 }, { midr: a53Later }), [1, 0, 0]);
    assert.deepEqual(kinds({ midr: x3 }, { midr: a53 }, { midr: a72 }), [2, 0, 1]);
    assert.deepEqual(
      kinds({ midr: a72, capacity: 1024 }, { midr: x3, capacity: 1024 }),
      [0, 0],
      'hwloc takes them for one, too',
    );
  });
  it('all 0 on a machine with one kind', () => {
    assert.deepEqual(
      column(
        recorded({
          cpus,
          types: [
            ['cpu_core', [0, 1, 2]],
            ['cpu_atom', []],
          ],
        }),
        'kind',
      ),
      [0, 0, 0],
    );
    assert.deepEqual(
      column(recorded({ cpus: cpus.map(one => ({ ...one, told: { capacity: 1024 } })) }), 'kind'),
      [0, 0, 0],
    );
  });
});

describe('topology: caches', () => {
  it('are the data caches, each once, with the online CPUs that share it', () => {
    const caches = (cpu: number): [number, string, number[] | null][] => [
      [1, 'Data', [cpu]],
      [1, 'Instruction', [cpu]],
      [2, 'Unified', cpu < 2 ? [0, 1] : [2, 3]],
      [3, 'Unified', [0, 1, 2, 3]],
    ];
    const record = recorded({ online: [0, 1, 2], cpus: [0, 1, 2, 3].map(cpu => ({ cpu, caches: caches(cpu) })) });
    assert.deepEqual(interpretTopology(record).caches, { L1d: [[0], [1], [2]], L2: [[0, 1], [2]], L3: [[0, 1, 2]] });
  });
  it('a cache with unknown sharers belongs to its CPU', () => {
    assert.deepEqual(interpretTopology(recorded({ cpus: [{ cpu: 0, caches: [[1, 'Data', null]] }] })).caches.L1d, [
      [0],
    ]);
  });
});
