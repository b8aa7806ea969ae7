import type { LoadedModule, ThreadOwner } from './audited.js';
import { libraryOfModule, libraryOfName, libraryOfRoutine, TRAMPOLINES } from './libraries.js';
import { THREAD_KINDS, type OwnersRecord, type RoutineRecord } from '../records.js';

type ThreadKind = (typeof THREAD_KINDS)[number];

/** Why the owner of a thread of that kind is unknown. */
const WHY: Partial<Record<ThreadKind, string>> = {
  clone: 'created by clone(2) directly: it has no thread descriptor',
  starting: 'it was just starting or ending',
  denied: 'not permitted: needs the same user, or root with SYS_PTRACE',
  gone: 'it ended during the audit',
  unclear: 'its descriptor does not say where it started',
};

/** The owner of each thread of a process, by tid. */
export function ownersOf(record: OwnersRecord, names: ReadonlyMap<number, string>): Map<number, ThreadOwner> {
  const routines = new Map<string, ThreadOwner>(); // thousands of threads start in a few routines
  return new Map(
    Array.from(record.tid, (tid, i) => {
      const kind = THREAD_KINDS[record.kind[i]!] ?? 'unclear';
      const at = [record.start[i]!, record.argument[i]!, record.workingFor[i]!] as const;
      if (kind !== 'pthread') return [tid, ofKind(kind, names.get(tid) ?? '')];
      const key = at.join();
      let owner = routines.get(key);
      if (!owner) routines.set(key, (owner = ofPthread(record, ...at)));
      return [tid, owner.confidence === 'unknown' ? byName(owner, names.get(tid) ?? '') : owner];
    }),
  );
}

/** The owner of a thread about which nothing could be read. */
export function unknownOwner(why: string): ThreadOwner {
  return { library: 'unknown', module: null, routine: null, confidence: 'unknown', why, workingFor: null };
}

export function mainOwner(): ThreadOwner {
  return { ...unknownOwner(''), library: 'main', confidence: 'exact', why: null };
}

function ofKind(kind: ThreadKind, name: string): ThreadOwner {
  if (kind === 'main') return mainOwner();
  if (kind === 'go')
    return {
      ...unknownOwner('a thread of a Go program that has no thread descriptor'),
      library: 'Go runtime',
      confidence: 'probable',
    };
  return byName(unknownOwner(WHY[kind] ?? 'unknown'), name);
}

function byName(owner: ThreadOwner, name: string): ThreadOwner {
  const library = libraryOfName(name);
  return library
    ? { ...owner, library: library.name, confidence: 'probable', why: `only by its name; ${owner.why}` }
    : owner;
}

/** Looks through a trampoline: the function that it was given names the owner. */
function ofPthread(record: OwnersRecord, start: number, argument: number, workingFor: number): ThreadOwner {
  const started = record.routines[start];
  if (!started) return unknownOwner(WHY.unclear!);
  const startModule = record.modules[started.module]?.path;
  const given = record.routines[argument];
  const through =
    startModule !== undefined && TRAMPOLINES.some(pattern => pattern.test(startModule)) && given && given.module >= 0;
  return { ...ofRoutine(record, through ? given : started), workingFor: workingForOf(record, workingFor) };
}

function ofRoutine(record: OwnersRecord, routine: RoutineRecord): ThreadOwner {
  const module = record.modules[routine.module];
  if (!module) return { ...unknownOwner('it started in memory that no file backs'), routine: null };
  const { path } = module;
  const found = libraryOfRoutine({ ...routine, module: path });
  const library = found?.library.name ?? basename(path);
  const name = routine.symbol || between(routine);
  return found?.bracketed
    ? {
        library,
        module: path,
        routine: name,
        confidence: 'probable',
        why: 'by the symbols around its first function',
        workingFor: null,
      }
    : { library, module: path, routine: name, confidence: 'exact', why: null, workingFor: null };
}

function between({ before, after }: RoutineRecord): string | null {
  return before || after ? `between ${before || 'the start'} and ${after || 'the end'}` : null;
}

function workingForOf(record: OwnersRecord, index: number): string | null {
  const path = record.modules[index]?.path;
  return path === undefined ? null : (libraryOfModule(path)?.name ?? basename(path));
}

/** The files that a process has loaded, with the pool sizes that libraries export. */
export function modulesOf(record: OwnersRecord): LoadedModule[] {
  return record.modules.map((module, i) => {
    const library = libraryOfModule(module.path);
    const size = record.variables.find(
      variable => variable.module === i && library?.size !== undefined && variable.symbol.includes(library.size),
    );
    return {
      path: module.path,
      library: library?.name ?? null,
      configured: size && size.value > 0 && size.value < 1e6 ? size.value : null,
    };
  });
}

function basename(path: string): string {
  return path.replace(/^.*\//, '') || path;
}
