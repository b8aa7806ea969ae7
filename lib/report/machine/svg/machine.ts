import { coresOf, type Cpu, type Host } from '../../../core/machine/host.js';
import type { Box, BoxStyle } from './boxes.js';

const STYLES = {
  machine: { name: 'machine', padding: 0, gap: 14, letters: 0 },
  package: { name: 'package', padding: 10, gap: 10, letters: 13 },
  numa: { name: 'numa', padding: 8, gap: 8, letters: 12 },
  l3: { name: 'l3', padding: 7, gap: 7, letters: 11 },
  core: { name: 'core', padding: 4, gap: 4, letters: 9 },
  cpu: { name: 'cpu', padding: 0, gap: 0, letters: 0 },
} satisfies Record<string, BoxStyle>;

/** A level of the machine that is drawn as boxes. `of`: its number for a CPU, null = unknown. */
interface Layer {
  style: BoxStyle;
  of: (cpu: Cpu) => number | null;
  label: (id: number) => string;
}

/** The machine as boxes: packages, NUMA nodes and L3s nested as on this machine, cores, CPUs; offline CPUs apart. */
export function machineBoxes(host: Host): Box {
  const online = host.cpus.filter(cpu => cpu.online);
  const offline = host.cpus.filter(cpu => !cpu.online);
  const kinds = new Set(online.map(cpu => cpu.kind)).size > 1;
  const off: Box = { style: STYLES.package, label: 'Offline', inside: offline.map(cpuBox) };
  return {
    style: STYLES.machine,
    label: '',
    inside: [...boxesOf(online, layersOf(host, online), kinds), ...(offline.length > 0 ? [off] : [])],
  };
}

/** From the outermost level, which has the fewest boxes: which level contains which differs between machines. */
function layersOf(host: Host, online: readonly Cpu[]): Layer[] {
  const l3 = new Map(host.caches.L3.flatMap((cache, index) => cache.map(cpu => [cpu, index] as const)));
  const layers: Layer[] = [
    { style: STYLES.package, of: cpu => cpu.package, label: id => `Package ${id}` },
    { style: STYLES.numa, of: cpu => cpu.numa, label: id => `NUMA node ${id}` },
    { style: STYLES.l3, of: cpu => l3.get(cpu.cpu) ?? null, label: () => 'L3' },
  ];
  const count = new Map(layers.map(layer => [layer, new Set(online.map(layer.of)).size]));
  return layers.sort((a, b) => count.get(a)! - count.get(b)!);
}

function boxesOf(cpus: readonly Cpu[], layers: readonly Layer[], kinds: boolean): Box[] {
  const [layer, ...inner] = layers;
  if (!layer) return coreBoxes(cpus, kinds);
  const groups = new Map<number | null, Cpu[]>();
  for (const cpu of cpus) {
    const group = groups.get(layer.of(cpu));
    if (group) group.push(cpu);
    else groups.set(layer.of(cpu), [cpu]);
  }
  return [...groups].flatMap(([id, members]) => {
    const inside = boxesOf(members, inner, kinds);
    return id === null ? inside : [{ style: layer.style, label: layer.label(id), inside }];
  });
}

function coreBoxes(cpus: readonly Cpu[], kinds: boolean): Box[] {
  return coresOf(cpus).map(core => {
    const { core: id, kind } = core[0]!;
    const label = `core ${id ?? '?'}${kinds && kind !== null ? `, kind ${kind}` : ''}`;
    return { style: STYLES.core, label, inside: core.map(cpuBox) };
  });
}

function cpuBox(cpu: Cpu): Box {
  return { style: STYLES.cpu, label: String(cpu.cpu), inside: [], cpu: cpu.cpu };
}
