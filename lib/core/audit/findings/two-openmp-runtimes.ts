import type { AuditFinding } from '../audited.js';
import { copiesOf, severityOfCopies } from './common/copies.js';
import { grouped, type Audited } from './common/input.js';
import { listed } from '../../text.js';
import { named, pidsOf } from './common/words.js';

/** Matches the runtimes themselves, not their tracing and debugging libraries, whose names start the same. */
const FILE = /^lib(gomp|omp5?|iomp5)[-.]/;

/** Each runtime has its own pool and ignores the other's; libomp and libiomp5 together may abort the program. */
export function twoOpenmpRuntimes(audited: Audited): AuditFinding[] {
  const found = audited.processes
    .map(process => ({ process, paths: copiesOf(process, ['libgomp', 'libomp', 'libiomp5'], FILE) }))
    .filter(({ paths }) => paths.length > 1);
  return grouped(found, ({ paths }) => paths.join()).map((alike): AuditFinding => {
    const processes = alike.map(one => one.process);
    const { paths } = alike[0]!;
    return {
      id: 'two-openmp-runtimes',
      severity: severityOfCopies(processes, paths),
      text:
        `${paths.length} OpenMP runtimes are loaded in ${named(processes)}: ` +
        "each has its own threads, which spin against the others'.",
      evidence: listed(paths),
      fix:
        'install the packages that contain them from one source, so that they share one runtime; ' +
        'until then export OMP_NUM_THREADS=1 OMP_WAIT_POLICY=passive',
      pids: pidsOf(processes),
    };
  });
}
