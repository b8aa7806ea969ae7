import { gibibytes, weightText } from '../core/budget.js';
import { formatCpulist, intersect, type Cpuset } from '../core/cpuset.js';
import { allowedCpus, coresOf, onlineCpus, type Cpu, type Host } from '../core/host.js';
import { CACHE_NAMES } from '../core/topology.js';
import { printable } from './printable.js';
import { weightLine } from './warnings.js';

interface Branch {
  text: string;
  below: Branch[];
}

/** The machine for people: a tree of packages, NUMA nodes, cores and CPUs, then what limits us. */
export function formatTopology(host: Host): string {
  const online = host.cpus.filter(cpu => cpu.online);
  const offline = host.cpus.filter(cpu => !cpu.online).map(cpu => cpu.cpu);
  const allowed = allowedCpus(host);
  const cores = coresOf(online);
  const root: Branch = {
    text: `Machine: ${cores.length} core${s(cores.length)}, ${online.length} CPU${s(online.length)} online (${formatCpulist(onlineCpus(host))})`,
    below: [...grouped(online, cpu => cpu.package)].map(([id, cpus]) => packageBranch(host, id, cpus)),
  };
  const weight = weightText(host.limits.weight);
  const facts = [
    offline.length > 0 ? `Offline: ${formatCpulist(offline)}` : '',
    `Allowed: ${allowed.length === online.length ? 'every CPU that is online' : `${allowed.length} CPU${s(allowed.length)} (${formatCpulist(allowed)})${limitSource(host)}`}`,
    host.limits.quota ? `Quota: ${Number(host.limits.quota.value.toFixed(3))} CPUs (${host.limits.quota.source})` : 'Quota: none',
    weight ? weightLine(weight) : '',
    `Memory: ${host.memory.total === null ? 'unknown' : `${gibibytes(host.memory.total)}, ${host.memory.available === null ? 'unknown' : gibibytes(host.memory.available)} available`}`,
    host.limits.memory ? `Memory limit: ${gibibytes(host.limits.memory.value)} (${host.limits.memory.source})` : '',
    host.limits.pids ? `Process limit: ${host.limits.pids.value} (${host.limits.pids.source})` : '',
  ];
  return [...draw(root), ...facts.filter(Boolean).map(printable)].join('\n');
}

function packageBranch(host: Host, id: number | null, cpus: Cpu[]): Branch {
  const nodes = [...grouped(cpus, cpu => cpu.numa)];
  const caches = cachesIn(host, cpus);
  const text = `${id === null ? 'Package' : `Package ${id}`}: CPUs ${formatCpulist(numbers(cpus))}${caches ? `, ${caches}` : ''}`;
  if (nodes.length === 1) return { text: `${text}${nodes[0]![0] === null ? '' : `, NUMA node ${nodes[0]![0]}`}`, below: coreBranches(cpus) };
  return { text, below: nodes.map(([node, members]) => ({ text: `NUMA node ${node ?? '?'}: CPUs ${formatCpulist(numbers(members))}`, below: coreBranches(members) })) };
}

function coreBranches(cpus: Cpu[]): Branch[] {
  const kinds = new Set(cpus.map(cpu => cpu.kind));
  return coresOf(cpus).map(core => {
    const [first] = core;
    const kind = kinds.size > 1 ? `, kind ${first!.kind}` : '';
    const barred = core.filter(cpu => !cpu.allowed).map(cpu => cpu.cpu);
    const note = barred.length === 0 ? '' : barred.length === core.length ? ' (not allowed)' : ` (not allowed: ${formatCpulist(barred)})`;
    return { text: `Core ${first!.core ?? '?'}: CPU${s(core.length)} ${numbers(core).join(', ')}${kind}${note}`, below: [] };
  });
}

/** "6 × L1d, 6 × L2, 1 × L3" */
function cachesIn(host: Host, cpus: Cpu[]): string {
  const here: Cpuset = numbers(cpus);
  return CACHE_NAMES.flatMap(name => {
    const count = host.caches[name].filter(cache => intersect(cache, here).length > 0).length;
    return count > 0 ? [`${count} × ${name}`] : [];
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
  for (const cpu of cpus) groups.set(keyOf(cpu), [...groups.get(keyOf(cpu)) ?? [], cpu]);
  return groups;
}

function limitSource(host: Host): string {
  const sources = [host.limits.cpuset, host.limits.affinity, host.limits.chosen].flatMap(limit => (limit && limit.value.length < onlineCpus(host).length ? [limit.source] : []));
  return sources.length > 0 ? `, by ${sources.join(' and ')}` : '';
}

function numbers(cpus: readonly Cpu[]): number[] {
  return cpus.map(cpu => cpu.cpu);
}

function s(count: number): string {
  return count === 1 ? '' : 's';
}
