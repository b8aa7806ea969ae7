import type { AuditFinding } from '../audited.js';
import { union } from '../../cpuset.js';
import { isNarrower, mainThread, severityOf, type Audited } from './common/input.js';
import { count, cpuWords } from '../../text.js';
import { named } from './common/words.js';

/** The pool's threads keep the affinity of the thread that used the pool first; in Node that may be a pinned worker. */
export function libuvPoolOnOneCpu(audited: Audited): AuditFinding[] {
  return audited.processes.flatMap((process): AuditFinding[] => {
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
        severity: severityOf(pool),
        text:
          `The libuv pool of ${named([process])} is confined to ${cpuWords(cpus)}, ` +
          `but the process may use ${cpuWords(usable)}.`,
        evidence: `${count(pool.length, 'pool thread')}: every file, DNS and zlib call waits for ${cpuWords(cpus)}`,
        fix: "start the pool first: await fs.promises.stat('.') in the main thread, before any worker is pinned",
        pids: [process.pid],
      },
    ];
  });
}
