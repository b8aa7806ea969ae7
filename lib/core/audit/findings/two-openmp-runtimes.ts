import type { AuditFinding } from '../audited.js';
import { copiesOf } from './copies.js';
import { grouped, type Audited } from './seen.js';
import { listed, named, pidsOf } from './words.js';

/** The runtimes themselves: what traces or debugs one has a name that begins as its does. */
const FILE = /^lib(gomp|omp5?|iomp5)[-.]/;

/** Each runtime has a pool of its own and knows nothing of the other's; libomp and libiomp5 together may end the program. */
export function twoOpenmpRuntimes(seen: Audited): AuditFinding[] {
  const found = seen.processes
    .map(process => ({ process, paths: copiesOf(process, ['libgomp', 'libomp', 'libiomp5'], FILE) }))
    .filter(({ paths }) => paths.length > 1);
  return grouped(found, ({ paths }) => paths.join()).map((alike): AuditFinding => {
    const processes = alike.map(one => one.process);
    const { paths } = alike[0]!;
    return {
      id: 'two-openmp-runtimes',
      text: `${paths.length} OpenMP runtimes are loaded in ${named(processes)}: each has threads of its own, which spin against the others'.`,
      evidence: listed(paths),
      fix: 'take the packages that bring them from one source, so that they share one runtime; until then export OMP_NUM_THREADS=1 OMP_WAIT_POLICY=passive',
      pids: pidsOf(processes),
    };
  });
}
