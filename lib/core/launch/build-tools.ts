import type { Member } from '../processes/workers.js';

/** Programs that run several jobs if their command line says so, often by `$(nproc)`. */
const BUILD_TOOLS = new Set(['make', 'gmake', 'ninja', 'samu', 'cmake', 'ctest', 'cargo', 'scons', 'waf', 'xargs']);
/** Programs that run one job at a time without an option. What their files start may still ask nproc. */
const SERIAL = new Set(['make', 'gmake']);
/** Programs whose libraries OMP_NUM_THREADS limits. */
const INTERPRETER = /^(python|pypy|R$|Rscript|julia|octave|torchrun|ipython|pytest)[\d.]*/;

const JOBS = /^(?:-j|--jobs=|--parallel=|-P|--max-procs=)(\d+)$/;
const JOBS_THEN_NUMBER = /^(?:-j|--jobs|--parallel|-P|--max-procs)$/;

/**
 * The build tool of a tree that runs no more jobs than `nproc` prints, and so perhaps because of it: coreutils' nproc
 * obeys OMP_NUM_THREADS. Tools that another one has started share its jobs.
 * @param nproc the number that it prints
 * @returns its name, or `nproc` if that runs itself; null if there is none
 */
export function limitedByNproc(tree: readonly Member[], nproc: number): string | null {
  const byPid = new Map(tree.map(member => [member.pid, member]));
  const inTool = ({ ppid }: Member): boolean => {
    const parent = byPid.get(ppid);
    return parent !== undefined && (BUILD_TOOLS.has(nameOf(parent)) || inTool(parent));
  };
  const found = tree.find(member => {
    const name = nameOf(member);
    if (name === 'nproc') return true;
    if (!BUILD_TOOLS.has(name) || inTool(member)) return false;
    const jobs = jobsOf(member.commandLine);
    return jobs === null ? SERIAL.has(name) : jobs === nproc;
  });
  return found ? nameOf(found) : null;
}

/**
 * The build tool of a shell script that also asks nproc, most likely for that tool's jobs; null if there is none, or if
 * the script also runs an interpreter, whose libraries need their variables.
 */
export function toolSizedByNproc(script: string): string | null {
  const words = script.replace(/^\s*#.*$/gm, '').match(/[\w./-]+/g) ?? [];
  const names = words.map(word => word.replace(/^.*\//, ''));
  if (!names.includes('nproc') || names.some(name => INTERPRETER.test(name))) return null;
  return names.find(name => BUILD_TOOLS.has(name)) ?? null;
}

/** Whether an outer make decides how many jobs all makes run together. */
export function hasJobserver(makeflags: string | undefined): boolean {
  return /--jobserver-(auth|fds)=/.test(makeflags ?? '');
}

/** The number of jobs on a command line; Infinity if it does not limit them, null if it does not say. */
function jobsOf(commandLine: readonly string[]): number | null {
  for (const [i, word] of commandLine.entries()) {
    const own = JOBS.exec(word);
    if (own) return Number(own[1]);
    if (!JOBS_THEN_NUMBER.test(word)) continue;
    const next = commandLine[i + 1] ?? '';
    return /^\d+$/.test(next) ? Number(next) : Infinity;
  }
  return null;
}

function nameOf({ executable }: Member): string {
  return executable.replace(/^.*\//, '');
}
