import { readFileSync, statSync } from 'node:fs';
import { badInput, GovernorError } from '../../errors.js';
import { withChosenCpus } from '../../core/machine/chosen-cpus.js';
import { GPU_CLASSES, GPU_VENDORS, interpretGpus } from '../../core/machine/gpu.js';
import type { Host } from '../../core/machine/host.js';
import { allowedOf, interpretLimits } from '../../core/machine/limits.js';
import { interpretTopology } from '../../core/machine/topology.js';
import { isOsError, native, notSupported } from '../native.js';

export interface HostOptions {
  /** directory of a recorded /sys and /proc; default: this machine */
  sysroot?: string | undefined;
  /** whose limits; default: the calling process */
  pid?: number | undefined;
}

/**
 * Reads the machine as one process sees it; this process on this machine without the CPUs that GOVERNOR_CPUS leaves out.
 * @throws GovernorError HOST_UNREADABLE where there is no /sys/devices/system/cpu; BAD_INPUT for a sysroot that is no directory or a
 * GOVERNOR_CPUS that leaves nothing;
 * NOT_SUPPORTED where the addon has no implementation for this system
 */
export function readHost(options: HostOptions = {}): Host {
  const root = (options.sysroot ?? '').replace(/\/+$/, '');
  if (options.sysroot !== undefined) requireDirectory(options.sysroot);
  try {
    const topology = interpretTopology(native.readTopology(root));
    if (topology.cpus.every(cpu => !cpu.online))
      throw unreadable(`${root}/sys/devices/system/cpu`, 'it names no CPU that is online');
    const limits = interpretLimits(native.readLimits(root, options.pid ?? 0));
    const online = topology.cpus.filter(cpu => cpu.online).map(cpu => cpu.cpu);
    const allowed = new Set(allowedOf(online, limits));
    const host: Host = {
      version: 1,
      platform: native.platform,
      cpus: topology.cpus.map(({ cpu, online, ...place }) => ({ cpu, online, allowed: allowed.has(cpu), ...place })),
      caches: topology.caches,
      numaNodes: topology.numaNodes,
      gpus: interpretGpus(native.readPci(root, codesOf(GPU_CLASSES), codesOf(GPU_VENDORS)), online),
      limits,
      interrupts: native.readInterrupts(root),
      memory: native.readMemory(root),
    };
    const ours = options.sysroot === undefined && options.pid === undefined;
    return ours ? withChosenCpus(host, process.env) : host;
  } catch (error) {
    if (isOsError(error))
      throw error.code === 'ENOTSUP' ? notSupported(error) : unreadable(error.subject, error.message, error);
    throw error;
  }
}

/**
 * Reads a Host that `governor topology --json` has printed.
 * @throws GovernorError BAD_INPUT
 */
export async function readHostFile(file: string): Promise<Host> {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw badInput('host', file, `a file that can be read (${(error as Error).message})`);
  }
  const { parseHost } = await import('../../core/machine/host-file.js');
  return parseHost(text, file);
}

function codesOf(table: readonly { code: number }[]): number[] {
  return table.map(entry => entry.code);
}

function requireDirectory(sysroot: string): void {
  const found = statSync(sysroot, { throwIfNoEntry: false });
  if (!found) throw badInput('sysroot', sysroot, 'a directory; it does not exist');
  if (!found.isDirectory()) throw badInput('sysroot', sysroot, 'a directory; unpack a recording first');
}

function unreadable(path: string, why: string, cause?: unknown): GovernorError {
  return new GovernorError('HOST_UNREADABLE', `cannot read the machine from ${path}: ${why}`, { cause });
}
