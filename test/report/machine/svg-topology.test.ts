import assert from 'node:assert/strict';
import { computeBudget, type BudgetOptions } from '../../../lib/core/budget/budget.js';
import type { Host } from '../../../lib/core/machine/host.js';
import { planPlacement } from '../../../lib/core/placement/planned-use.js';
import { formatSvgTopology } from '../../../lib/report/machine/svg-topology.js';
import { layOut } from '../../../lib/report/machine/svg/boxes.js';
import { machineBoxes } from '../../../lib/report/machine/svg/machine.js';
import { WORKER_COLOURS } from '../../../lib/report/machine/svg/palette.js';
import { HOSTS, madeHost } from '../../helpers/machine/hosts.js';
import { anyHost, holds } from '../../helpers/property.js';

const svg = (host: Host, options: BudgetOptions = {}) =>
  formatSvgTopology(host, planPlacement(host, computeBudget(host, options)));
const textsOf = (picture: string) => [...picture.matchAll(/<text [^>]*>([^<]*)<\/text>/g)].map(match => match[1]!);
const titlesOf = (picture: string) =>
  [...picture.matchAll(/<title>([^<]*)<\/title>/g)].map(match => match[1]!).slice(1);
const widthOf = (picture: string) => Number(/^<svg [^>]*width="(\d+)"/.exec(picture)![1]);
/** Asserts that all elements are closed in order, and that no text looks like an element. */
function assertWellFormed(picture: string): void {
  const open: string[] = [];
  for (const [, close, name, self] of picture.matchAll(
    /<(\/?)([a-zA-Z]+)(?: [a-zA-Z-]+="[^"<&]*(?:&[a-z]+;[^"<&]*)*")*(\/?)>/g,
  )) {
    if (close) assert.equal(open.pop(), name);
    else if (!self) open.push(name!);
  }
  assert.deepEqual(open, []);
  assert.doesNotMatch(picture.replace(/<\/?[a-zA-Z][^<>]*>/g, '').replace(/&(amp|lt|gt|quot);/g, ''), /[<>&]/);
  assert.doesNotMatch(picture, /NaN|undefined|null|Infinity/);
}

describe('topology as a picture', () => {
  it('two CPUs: the title, the facts, nested boxes, who gets what, a legend', () => {
    assert.deepEqual(textsOf(svg(HOSTS.twoCpus)), [
      '1 package, 1 NUMA node, 1 L3, 2 cores, 2 CPUs',
      '1 worker × 1 CPU each, policy physical · reserve 1 CPU · 2 of 2 CPUs allowed · no quota · linux',
      'Package 0',
      'NUMA node 0',
      'L3',
      'core 0',
      '0',
      'w0',
      'core 1',
      '1',
      'reserve',
      'worker 0: CPU 0',
      'reserved for the OS and the parent',
    ]);
  });
  it('each CPU once, with its use', () => {
    const titles = titlesOf(svg(HOSTS.everything));
    assert.deepEqual(titles, [
      'CPU 0: worker 0',
      'CPU 6: unused',
      'CPU 1: worker 1',
      'CPU 7: not allowed',
      'CPU 2: worker 2',
      'CPU 8: not allowed',
      'CPU 3: worker 3',
      'CPU 9: not allowed',
      'CPU 4: worker 4',
      'CPU 10: not allowed',
      'CPU 5: unused',
      'CPU 11: offline',
    ]);
  });
  it('colours by worker; CPUs without a worker differ in more than colour', () => {
    const picture = svg(HOSTS.everything);
    for (const colour of WORKER_COLOURS.slice(0, 5)) assert.ok(picture.includes(`fill="${colour}"`));
    assert.ok(picture.includes('fill="url(#hatch)"') && picture.includes('stroke-dasharray'));
    assert.deepEqual(textsOf(picture).slice(-3), ['unused', 'not allowed', 'offline']);
  });
  it('many workers: the legend does not name each one', () => {
    const texts = textsOf(svg(HOSTS.numa64));
    assert.ok(texts.includes('63 workers: w and the number; colours repeat'));
    assert.ok(!texts.includes('worker 0: CPU 0'));
  });
  it('workers that share a CPU', () => {
    const texts = textsOf(svg(HOSTS.twoCpus, { workers: 3 }));
    assert.ok(texts.includes('w0+2'));
    assert.ok(texts.includes('w0+2: worker 0 and two more share the CPU'));
  });
  it('kinds at the cores, if there are several', () =>
    assert.ok(textsOf(svg(HOSTS.hybrid)).includes('core 2, kind 0')));
  it('a machine with unknown parts', () => {
    const host = madeHost({ cores: 2 });
    const bare = {
      ...host,
      caches: { L1d: [], L2: [], L3: [] },
      numaNodes: [],
      cpus: host.cpus.map(cpu => ({ ...cpu, core: null, package: null, numa: null, kind: null })),
    };
    assert.deepEqual(textsOf(svg(bare)).slice(2, 8), ['core ?', '0', 'w0', 'core ?', '1', 'reserve']);
  });
  it('names NUMA nodes that have only memory', () => {
    const host = {
      ...HOSTS.twoCpus,
      numaNodes: [...HOSTS.twoCpus.numaNodes, { node: 2, cpus: [] }, { node: 3, cpus: [] }],
    };
    assert.match(svg(host), /NUMA nodes without CPUs: 2-3/);
  });
  it('escapes untrusted text', () => {
    const picture = svg({ ...HOSTS.twoCpus, platform: '</text><script>&"\u001b' });
    assert.match(picture, /&lt;\/text&gt;&lt;script&gt;&amp;&quot;\\x1b/);
    assertWellFormed(picture);
  });
  it('at most 1,600 pixels wide, from 1 to 1,024 CPUs', () => {
    for (const shape of [
      { cores: 1 },
      { cores: 256 },
      { packages: 8, numaNodes: 64, cores: 64, threads: 4 },
      { packages: 4, l3s: 64, cores: 512, threads: 2 },
    ]) {
      const picture = svg(madeHost(shape));
      assert.ok(widthOf(picture) <= 1600, `${widthOf(picture)} pixels`);
      assertWellFormed(picture);
    }
  });
  it('any machine: well-formed, each CPU once, boxes within their boxes and side by side', () => {
    holds([anyHost], host => {
      const picture = svg(host);
      assertWellFormed(picture);
      assert.equal(titlesOf(picture).length, host.cpus.length);
      const placed = layOut(machineBoxes(host), 0, 0, 1568);
      const at = new Map(placed.map(one => [one.box, one]));
      for (const outer of placed) {
        const inside = outer.box.inside.map(box => at.get(box)!);
        for (const [i, inner] of inside.entries()) {
          assert.ok(inner.x >= outer.x && inner.y >= outer.y);
          assert.ok(inner.x + inner.width <= outer.x + outer.width && inner.y + inner.height <= outer.y + outer.height);
          for (const other of inside.slice(i + 1)) {
            assert.ok(
              inner.x + inner.width <= other.x ||
                other.x + other.width <= inner.x ||
                inner.y + inner.height <= other.y ||
                other.y + other.height <= inner.y,
            );
          }
        }
      }
    });
  });
});
