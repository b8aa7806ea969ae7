import type { AuditedProcess, AuditFinding } from '../audited.js';
import { variablesOf } from '../../budget/library-variables.js';
import { copiesOf } from './copies.js';
import { grouped, type Audited } from './seen.js';
import { listed, named, pidsOf } from './words.js';

/** Of each library the file that one copy of it has once: parts and interfaces of it are no other copy. */
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

/** Each copy has a pool of its own, and each takes all CPUs. */
export function libraryTwice(seen: Audited): AuditFinding[] {
  const found = seen.processes.flatMap(process =>
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
      text: `${library} is loaded ${paths.length} times in ${named(processes)}, and each copy has threads of its own.`,
      evidence: listed(paths),
      fix: [
        `take the packages that bring ${library} from one source, so that they share one copy`,
        ...variablesOf(library)
          .slice(0, 1)
          .map(variable => `until then set ${variable}, which each copy reads`),
      ].join('; '),
      pids: pidsOf(processes),
    };
  });
}
