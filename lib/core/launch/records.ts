/** What the addon needs to start programs, and what it returns; the headers of native/core describe each field. */

import type { Cpuset } from '../cpuset.js';
import type { MemoryPolicyRecord } from '../machine/records.js';

/** How a program starts. */
export interface StartRecord {
  /** path of the file to execute */
  program: string;
  /** the first is the program's name */
  arguments: readonly string[];
  /** `NAME=VALUE` */
  environment: readonly string[];
  /** empty: ours */
  directory: string;
  /** empty: ours */
  cpus: Cpuset;
  /** skipped if the kernel refuses it; null: ours */
  memory: MemoryPolicyRecord | null;
  /** soft limit on open files; -1: as many as the hard limit permits */
  openFiles: number;
  ignoredSignals: readonly number[];
  /** open descriptors that the program inherits besides the standard streams */
  descriptors: readonly number[];
}

/** The process that starts the ranks of a launch, and the socket to it. */
export interface WardenRecord {
  pid: number;
  control: number;
}
