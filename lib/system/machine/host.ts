import { closeSync, openSync, readSync, statSync } from 'node:fs';
import { badInput, GovernorError } from '../../errors.js';
import { withChosenCpus } from '../../core/machine/chosen-cpus.js';
import { GPU_CLASSES, GPU_VENDORS, interpretGpus } from '../../core/machine/gpu.js';
import type { Host } from '../../core/machine/host.js';
import { allowedOf, interpretLimits } from '../../core/machine/limits.js';
import { interpretTopology } from '../../core/machine/topology.js';
import { native } from '../native.js';
import { onOsError, unreadable } from '../os-errors.js';

/** A Host of 8,192 CPUs has 4 MiB. */
const MOST_HOST_BYTES = 64 * 2 ** 20;
const PIECE_BYTES = 2 ** 16;

/** Which machine `readHost` reads, and as which process sees it. */
export interface HostOptions {
  /** directory with a recorded sys/ and proc/; default: this machine */
  sysroot?: string | undefined;
  /** the process whose limits apply; default: the calling process */
  pid?: number | undefined;
}

/**
 * Reads the machine as one process sees it. For this process on this machine, GOVERNOR_CPUS narrows the CPUs.
 * @param options default: this machine, as this process sees it
 * @throws GovernorError HOST_UNREADABLE without /sys/devices/system/cpu; BAD_INPUT for a sysroot that is no directory
 * or a GOVERNOR_CPUS that leaves no CPU; NOT_SUPPORTED if the addon has no implementation for this platform
 */
export function readHost(options: HostOptions = {}): Host {
  const root = (options.sysroot ?? '').replace(/\/+$/, '');
  if (options.sysroot !== undefined) requireDirectory(options.sysroot);
  const host = onOsError(
    () => readRecords(root, options.pid ?? 0),
    error => {
      throw unreadable(`cannot read the machine from ${error.subject}`, error);
    },
  );
  const ours = options.sysroot === undefined && options.pid === undefined;
  return ours ? withChosenCpus(host, process.env) : host;
}

function readRecords(root: string, pid: number): Host {
  const topology = interpretTopology(native.readTopology(root));
  const online = topology.cpus.filter(cpu => cpu.online).map(cpu => cpu.cpu);
  if (online.length === 0) {
    const text = `cannot read the machine from ${root}/sys/devices/system/cpu: it names no online CPU`;
    throw new GovernorError('HOST_UNREADABLE', text);
  }
  const limits = interpretLimits(native.readLimits(root, pid));
  const allowed = new Set(allowedOf(online, limits));
  return {
    version: 1,
    platform: native.platform,
    cpus: topology.cpus.map(({ cpu, online, ...place }) => ({ cpu, online, allowed: allowed.has(cpu), ...place })),
    caches: topology.caches,
    numaNodes: topology.numaNodes,
    isolated: topology.isolated,
    gpus: interpretGpus(native.readPci(root, codesOf(GPU_CLASSES), codesOf(GPU_VENDORS)), online),
    limits,
    interrupts: native.readInterrupts(root),
    memory: native.readMemory(root),
  };
}

/**
 * Reads a Host that `governor topology --json` printed.
 * @param file a path; only the field `cpus` must be there, and other fields that are missing are unknown or unlimited
 * @throws GovernorError BAD_INPUT, which names the field that is wrong
 */
export async function readHostFile(file: string): Promise<Host> {
  const text = onOsError(
    () => readText(file),
    error => {
      throw badInput('host', file, `a file that can be read (${error.message})`);
    },
  );
  const { parseHost } = await import('../../core/machine/host-file.js');
  return parseHost(text, file);
}

/** A pipe or a device has no size, and /dev/zero no end. */
function readText(file: string): string {
  const pieces: Buffer[] = [];
  let left = MOST_HOST_BYTES;
  const descriptor = openSync(file, 'r');
  try {
    for (let got = -1; got !== 0; left -= got) {
      if (left <= 0) throw badInput('host', file, `a file of at most ${MOST_HOST_BYTES / 2 ** 20} MiB`);
      const piece = Buffer.alloc(PIECE_BYTES);
      got = readSync(descriptor, piece);
      pieces.push(piece.subarray(0, got));
    }
  } finally {
    closeSync(descriptor);
  }
  return Buffer.concat(pieces).toString();
}

function codesOf(table: readonly { code: number }[]): number[] {
  return table.map(entry => entry.code);
}

function requireDirectory(sysroot: string): void {
  const found = onOsError(
    () => statSync(sysroot, { throwIfNoEntry: false }),
    error => {
      throw badInput('sysroot', sysroot, `a directory that can be read (${error.code})`);
    },
  );
  if (!found) throw badInput('sysroot', sysroot, 'a directory; it does not exist');
  if (!found.isDirectory()) throw badInput('sysroot', sysroot, 'a directory; unpack a recording first');
}
