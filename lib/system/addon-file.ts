import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

/**
 * Whether an ELF file ends before its section headers, which come last: a download or a build that was interrupted.
 * The dynamic loader checks no lengths, and the process that loads such a file dies of SIGBUS. Of other files, and of
 * ELF that is not 64-bit and little-endian, nothing is said. Offsets: elf(5), Elf64_Ehdr.
 */
export function isCutOff(file: string): boolean {
  const header = Buffer.alloc(64);
  const descriptor = openSync(file, 'r');
  try {
    if (readSync(descriptor, header, 0, header.length, 0) < header.length) return false;
    const isElf64 = header.readUInt32BE(0) === 0x7f454c46 && header[4] === 2 && header[5] === 1;
    if (!isElf64) return false;
    const end = Number(header.readBigUInt64LE(0x28)) + header.readUInt16LE(0x3a) * header.readUInt16LE(0x3c);
    return fstatSync(descriptor).size < end;
  } finally {
    closeSync(descriptor);
  }
}
