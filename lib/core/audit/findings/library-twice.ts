import type { AuditedProcess, AuditFinding } from '../audited.js';
import { variablesOf } from '../../budget/library-variables.js';
import { copiesOf, severityOfCopies } from './common/copies.js';
import { grouped, type Audited } from './common/input.js';
import { listed } from '../../text.js';
import { named, pidsOf } from './common/words.js';

/** For each library, the file that one copy contains exactly once: its other files are not further copies. */
const FILES: Readonly<Record<string, RegExp>> = {
  OpenBLAS: /^lib(scipy_)?openblas/,
  BLIS: /^libblis/,
  MKL: /^libmkl_core[-.]/,
  TBB: /^libtbb(12)?[-.]/,
  onnxruntime: /^libonnxruntime[-.]/,
  torch: /^libtorch_cpu[-.]/,
  libvips: /^libvips[-.]/,
};

interface Twice {
  process: AuditedProcess;
  library: string;
  paths: string[];
}

/** Each copy has its own pool, and each pool takes all CPUs. */
export function libraryTwice(audited: Audited): AuditFinding[] {
  const found = audited.processes.flatMap(process =>
    Object.entries(FILES).flatMap(([library, file]): Twice[] => {
      const paths = copiesOf(process, [library], file);
      return paths.length > 1 ? [{ process, library, paths }] : [];
    }),
  );
  return grouped(found, ({ library, paths }) => `${library} ${paths.join()}`).map((alike): AuditFinding => {
    const { library, paths } = alike[0]!;
    const processes = alike.map(one => one.process);
    return {
      id: 'library-twice',
      severity: severityOfCopies(processes, paths),
      text: `${library} is loaded ${paths.length} times in ${named(processes)}, and each copy starts its own threads.`,
      evidence: listed(paths),
      fix: [
        `install the packages that contain ${library} from one source, so that they share one copy`,
        ...variablesOf(library)
          .slice(0, 1)
          .map(variable => `until then set ${variable}, which each copy reads`),
      ].join('; '),
      pids: pidsOf(processes),
    };
  });
}
