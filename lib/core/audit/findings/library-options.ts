import { libraryLever } from '../levers/library-levers.js';

/** Libraries that read no variable, and that nearly every program leaves at a thread per core. */
const WITHOUT_VARIABLE: ReadonlySet<string> = new Set(['onnxruntime', 'TBB', 'DuckDB', 'pthreadpool']);

/** What to change in the code; null if the library has a variable, or is unknown. */
export function optionOf(library: string, threads: number): string | null {
  return WITHOUT_VARIABLE.has(library) ? (libraryLever(library)?.code?.(threads) ?? null) : null;
}
