import type { AuditFinding } from '../audited.js';
import { union } from '../../cpuset.js';
import { isNarrower, mainThread, type Audited } from './seen.js';
import { counted, cpuWords, named } from './words.js';

/** The pool's threads inherit the CPUs of the thread that used it first, for ever; in Node that may be a pinned worker. */
export function libuvPoolOnOneCpu(seen: Audited): AuditFinding[] {
  return seen.processes.flatMap((process): AuditFinding[] => {
    const pool = process.threads.filter(thread => thread.owner.library === 'libuv pool');
    const cpus = union(pool.map(thread => thread.affinity));
    const usable = union(
      process.threads.filter(thread => thread.owner.library !== 'Node worker').map(thread => thread.affinity),
    );
    const narrow = cpus.length === 1 ? isNarrower(cpus, usable) : isNarrower(cpus, mainThread(process)?.affinity ?? []);
    if (pool.length < 2 || !narrow) return [];
    return [
      {
        id: 'libuv-pool-on-one-cpu',
        text: `The libuv pool of ${named([process])} is confined to ${cpuWords(cpus)}, though the process may use ${cpuWords(usable)}.`,
        evidence: `${counted(pool.length, 'thread')} of it: each file, DNS and zlib call of the process waits for ${cpuWords(cpus)}`,
        fix: "await fs.promises.stat('.') in the main thread, before the first worker is pinned: it starts the pool",
        pids: [process.pid],
      },
    ];
  });
}
