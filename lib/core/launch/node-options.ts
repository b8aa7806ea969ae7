/**
 * Versions from which on a Node starts worker threads with a copy of its environment although NODE_OPTIONS holds an
 * option of the whole process. Tried with --v8-pool-size: 20.0 and 21.7 throw ERR_WORKER_INVALID_EXEC_ARGV; 20.20,
 * 22.23, 23.11 and later do not.
 */
const KEEPS_FROM: Readonly<Record<number, number>> = { 20: 20, 22: 23, 23: 11 };

/** @param version as `20.20.2` */
export function keepsNodeOptions(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const from = KEEPS_FROM[major];
  return from === undefined ? major > 23 : minor >= from;
}
