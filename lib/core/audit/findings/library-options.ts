/** How code sets the number of threads of libraries that read no variable. */
const OPTIONS: Readonly<Record<string, (threads: number) => string>> = {
  onnxruntime: threads =>
    `session_options.intra_op_num_threads = ${threads}  # in Node: { intraOpNumThreads: ${threads} }`,
  TBB: threads => `tbb::global_control limit(tbb::global_control::max_allowed_parallelism, ${threads});`,
};

/** What to change in the code; null if the library has a variable, or is unknown. */
export function optionOf(library: string, threads: number): string | null {
  return Object.hasOwn(OPTIONS, library) ? OPTIONS[library]!(threads) : null;
}
