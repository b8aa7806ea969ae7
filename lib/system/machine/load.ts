import { readFileSync } from 'node:fs';
import { parseCpuTimes, type CpuTime } from '../../core/machine/load.js';

/** How long each CPU was busy since the machine started; empty if /proc/stat cannot be read. */
export function readCpuTimes(): Map<number, CpuTime> {
  try {
    return parseCpuTimes(readFileSync('/proc/stat', 'utf8'));
  } catch {
    return new Map();
  }
}
