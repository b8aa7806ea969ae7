import type { AuditedProcess, AuditFinding } from '../audited.js';
import type { Cpuset } from '../../cpuset.js';
import { allowedCpus, type Host } from '../../machine/host.js';
import { affinityOf, grouped, isNarrower, mainThread, severityOf, workersOf, type Audited } from './common/input.js';
import { count, cpuWords, joinAnd } from '../../text.js';
import { named, pidsOf } from './common/words.js';

interface Across {
  worker: AuditedProcess;
  cpus: Cpuset;
  nodes: number[];
}

/** A place that spans NUMA nodes although one node is large enough: part of its memory is always remote. */
export function workerAcrossNumaNodes(audited: Audited): AuditFinding[] {
  const allowed = allowedCpus(audited.host);
  const numa = new Map(audited.host.cpus.map(cpu => [cpu.cpu, cpu.numa]));
  const found = workersOf(audited).flatMap((worker): Across[] => {
    // Only the main thread: threads pinned one by one may each stay in one node while the process spans several.
    const cpus = mainThread(worker)?.affinity ?? [];
    const nodes = [...new Set(cpus.map(cpu => numa.get(cpu) ?? null))];
    if (!isNarrower(affinityOf(worker), allowed) || nodes.length < 2 || nodes.includes(null)) return [];
    return cpus.length <= largestNode(audited.host, allowed) ? [{ worker, cpus, nodes: nodes as number[] }] : [];
  });
  return grouped(found, ({ cpus }) => cpus.join()).map(alike => findingOf(alike, audited.host, allowed));
}

/** The number of allowed CPUs in the node that has most of them. */
function largestNode(host: Host, allowed: Cpuset): number {
  return Math.max(0, ...host.numaNodes.map(({ node }) => cpusOf(host, node, allowed).length));
}

function cpusOf(host: Host, node: number, allowed: Cpuset): Cpuset {
  const usable = new Set(allowed);
  return host.cpus.filter(cpu => cpu.numa === node && usable.has(cpu.cpu)).map(cpu => cpu.cpu);
}

function findingOf(across: readonly Across[], host: Host, allowed: Cpuset): AuditFinding {
  const { cpus, nodes } = across[0]!;
  const workers = across.map(one => one.worker);
  const fitting =
    host.numaNodes.map(({ node }) => cpusOf(host, node, allowed)).find(own => own.length >= cpus.length) ?? [];
  return {
    id: 'worker-across-numa-nodes',
    severity: severityOf(workers),
    text:
      `${count(workers.length, 'worker')} confined to ${cpuWords(cpus)}, across NUMA nodes ${joinAnd(nodes)}, ` +
      `but ${count(cpus.length, 'CPU')} of one node would be enough.`,
    evidence: named(workers),
    fix:
      `taskset -acp ${fitting.slice(0, cpus.length).join()} ${workers[0]!.pid}` +
      '  # or: governor run, which keeps each place in one node',
    pids: pidsOf(workers),
  };
}
