/** How code tells the libraries that read no variable their number of threads. */
const OPTIONS: Readonly<Record<string, (threads: number) => string>> = {
  onnxruntime: threads =>
    `session_options.intra_op_num_threads = ${threads}  # in Node: { intraOpNumThreads: ${threads} }`,
  TBB: threads => `tbb::global_control limit(tbb::global_control::max_allowed_parallelism, ${threads});`,
};

/** What to change in the code; null where the library has a variable, or is none that we know. */
export function optionOf(library: string, threads: number): string | null {
  return Object.hasOwn(OPTIONS, library) ? OPTIONS[library]!(threads) : null;
}
