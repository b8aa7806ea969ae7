import { gibibytes, quotaWords, weightText } from '../../core/budget/budget.js';
import { formatCpulist, intersect, type Cpuset } from '../../core/cpuset.js';
import { allowedCpus, coresOf, onlineCpus, type Cpu, type Gpu, type Host } from '../../core/machine/host.js';
import { cpuUses, workerNames, type CpuUse, type PlacementPlan } from '../../core/placement/planned-use.js';
import { CACHE_NAMES } from '../../core/machine/topology.js';
import { count, cpuWords, plural } from '../../core/text.js';
import { printable } from '../printable.js';
import { weightLine } from '../warnings.js';

type UseOf = (cpu: Cpu) => CpuUse;

interface Branch {
  text: string;
  below: Branch[];
}

const NO_WORKERS: PlacementPlan = { policy: 'close', places: [], reserved: [] };

/**
 * The machine as text: a tree of packages, NUMA nodes, L3s (if a package has several), cores and CPUs, with the use of
 * each CPU; then the limits.
 */
export function formatTopology(host: Host, plan: PlacementPlan = NO_WORKERS): string {
  const useOf = cpuUses(plan);
  const online = host.cpus.filter(cpu => cpu.online);
  const offline = host.cpus.filter(cpu => !cpu.online).map(cpu => cpu.cpu);
  const allowed = allowedCpus(host);
  const cores = coresOf(online);
  const cpusOnline = `${count(online.length, 'CPU')} online (${formatCpulist(onlineCpus(host))})`;
  const root: Branch = {
    text: `Machine: ${count(cores.length, 'core')}, ${cpusOnline}`,
    below: [...grouped(online, cpu => cpu.package)].map(([id, cpus]) => packageBranch(host, id, cpus, useOf)),
  };
  const weight = weightText(host.limits.weight);
  const facts = [
    plan.reserved.length > 0 ? `Reserved: ${cpuWords(plan.reserved)}` : '',
    ...host.gpus.map(gpuLine),
    offline.length > 0 ? `Offline: ${formatCpulist(offline)}` : '',
    host.isolated.length > 0 ? `Isolated: ${formatCpulist(host.isolated)}, no thread moves between them` : '',
    allowed.length === online.length
      ? 'Allowed: every online CPU'
      : `Allowed: ${count(allowed.length, 'CPU')} (${formatCpulist(allowed)})${limitSource(host)}`,
    host.limits.quota ? `Quota: ${quotaWords(host.limits.quota.value)} (${host.limits.quota.source})` : 'Quota: none',
    weight ? weightLine(weight) : '',
    `Memory: ${memoryText(host.memory)}`,
    host.limits.memory ? `Memory limit: ${gibibytes(host.limits.memory.value)} (${host.limits.memory.source})` : '',
    host.limits.pids ? `Process limit: ${host.limits.pids.value} (${host.limits.pids.source})` : '',
  ];
  return [...draw(root), ...facts.filter(Boolean).map(printable)].join('\n');
}

function memoryText({ total, available }: Host['memory']): string {
  if (total === null) return 'unknown';
  return `${gibibytes(total)}, ${available === null ? 'unknown' : gibibytes(available)} available`;
}

function packageBranch(host: Host, id: number | null, cpus: Cpu[], useOf: UseOf): Branch {
  const nodes = [...grouped(cpus, cpu => cpu.numa)];
  const caches = cachesIn(host, cpus);
  const name = id === null ? 'Package' : `Package ${id}`;
  const text = `${name}: CPUs ${formatCpulist(numbers(cpus))}${caches ? `, ${caches}` : ''}`;
  const below = (members: Cpu[]) => cacheBranches(host, members, new Set(cpus.map(cpu => cpu.kind)).size > 1, useOf);
  if (nodes.length === 1)
    return { text: `${text}${nodes[0]![0] === null ? '' : `, NUMA node ${nodes[0]![0]}`}`, below: below(cpus) };
  return {
    text,
    below: nodes.map(([node, members]) => ({
      text: `NUMA node ${node ?? '?'}: CPUs ${formatCpulist(numbers(members))}`,
      below: below(members),
    })),
  };
}

/** The cores below their L3s, if these CPUs have several L3s. */
function cacheBranches(host: Host, cpus: Cpu[], kinds: boolean, useOf: UseOf): Branch[] {
  const l3 = new Map(host.caches.L3.flatMap((cache, index) => cache.map(cpu => [cpu, index] as const)));
  const groups = [...grouped(cpus, cpu => l3.get(cpu.cpu) ?? null)];
  if (groups.length === 1) return coreBranches(cpus, kinds, useOf);
  return groups.flatMap(([index, members]) =>
    index === null
      ? coreBranches(members, kinds, useOf)
      : [{ text: `L3: CPUs ${formatCpulist(numbers(members))}`, below: coreBranches(members, kinds, useOf) }],
  );
}

function coreBranches(cpus: Cpu[], kinds: boolean, useOf: UseOf): Branch[] {
  return coresOf(cpus).map(core => {
    const [first] = core;
    return {
      text: `Core ${first!.core ?? '?'}: ${coreText(core, useOf)}${kinds ? `, kind ${first!.kind}` : ''}`,
      below: [],
    };
  });
}

/** `CPUs 0, 6 (worker 0)`, `CPU 0 (worker 0), CPU 6 (reserved)` */
function coreText(core: readonly Cpu[], useOf: UseOf): string {
  const parts: { cpus: number[]; note: string }[] = [];
  for (const cpu of core) {
    const note = noteOf(useOf(cpu));
    if (parts.at(-1)?.note === note) parts.at(-1)!.cpus.push(cpu.cpu);
    else parts.push({ cpus: [cpu.cpu], note });
  }
  return parts.map(({ cpus, note }) => `${plural(cpus.length, 'CPU')} ${cpus.join(', ')}${note}`).join(', ');
}

function noteOf(use: CpuUse): string {
  if (use.state === 'place') return ` (${workerNames(use.workers)})`;
  return use.state === 'unused' ? '' : ` (${use.state})`;
}

function gpuLine({ address, vendor, device, numa, cpus }: Gpu): string {
  const model = device === null ? vendor : `${vendor} ${device}`;
  return `GPU ${address}: ${model}${numa === null ? '' : `, NUMA node ${numa}`}, local CPUs ${formatCpulist(cpus)}`;
}

/** `6 × L1d, 6 × L2, 1 × L3` */
function cachesIn(host: Host, cpus: Cpu[]): string {
  const here: Cpuset = numbers(cpus);
  return CACHE_NAMES.flatMap(name => {
    const caches = host.caches[name].filter(cache => intersect(cache, here).length > 0);
    return caches.length > 0 ? [`${caches.length} × ${name}`] : [];
  }).join(', ');
}

function draw(branch: Branch): string[] {
  const below = branch.below.flatMap((child, i) => {
    const last = i === branch.below.length - 1;
    const [first, ...rest] = draw(child);
    return [`${last ? '└─' : '├─'} ${first}`, ...rest.map(line => `${last ? '   ' : '│  '}${line}`)];
  });
  return [branch.text, ...below];
}

function grouped(cpus: readonly Cpu[], keyOf: (cpu: Cpu) => number | null): Map<number | null, Cpu[]> {
  const groups = new Map<number | null, Cpu[]>();
  for (const cpu of cpus) groups.set(keyOf(cpu), [...(groups.get(keyOf(cpu)) ?? []), cpu]);
  return groups;
}

function limitSource(host: Host): string {
  const sources = [host.limits.cpuset, host.limits.affinity, host.limits.chosen].flatMap(limit =>
    limit && limit.value.length < onlineCpus(host).length ? [limit.source] : [],
  );
  return sources.length > 0 ? `, by ${sources.join(' and ')}` : '';
}

function numbers(cpus: readonly Cpu[]): number[] {
  return cpus.map(cpu => cpu.cpu);
}
