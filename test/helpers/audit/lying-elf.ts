/** Copies of a small ELF library whose headers lie, while its code stays as it is. */

/** Fields of the file header and of the header that starts at an offset, as System V's gABI lays them out: [offset, bytes]. */
const FILE_HEADER = {
  phoff: [0x20, 8],
  shoff: [0x28, 8],
  phentsize: [0x36, 2],
  phnum: [0x38, 2],
  shentsize: [0x3a, 2],
  shnum: [0x3c, 2],
  shstrndx: [0x3e, 2],
} as const;
const SECTION = {
  name: [0, 4],
  type: [4, 4],
  address: [0x10, 8],
  offset: [0x18, 8],
  size: [0x20, 8],
  link: [0x28, 4],
  entry: [0x38, 8],
} as const;
const SEGMENT = { type: [0, 4], offset: [8, 8], address: [0x10, 8], inFile: [0x20, 8], inMemory: [0x28, 8] } as const;
const SECTION_SIZE = 64;
const SEGMENT_SIZE = 56;
const LIES = [
  0n,
  1n,
  7n,
  0x7fff_ffffn,
  0xffff_ffffn,
  0x7fff_ffff_ffff_ffffn,
  0xffff_ffff_ffff_ff00n,
  0xffff_ffff_ffff_ffffn,
];

/** Where the code is: no lie touches it. */
export interface Code {
  start: number;
  end: number;
}

/** Every field of every header with every lie that fits into it. */
export function lyingCopies(library: Buffer, code: Code): Buffer[] {
  const headers: [number, Record<string, readonly [number, number]>][] = [[0, FILE_HEADER]];
  const sections = Number(library.readBigUInt64LE(FILE_HEADER.shoff[0]));
  const segments = Number(library.readBigUInt64LE(FILE_HEADER.phoff[0]));
  for (let i = 0; i < library.readUInt16LE(FILE_HEADER.shnum[0]); i++)
    headers.push([sections + i * SECTION_SIZE, SECTION]);
  for (let i = 0; i < library.readUInt16LE(FILE_HEADER.phnum[0]); i++)
    headers.push([segments + i * SEGMENT_SIZE, SEGMENT]);
  return headers.flatMap(([at, fields]) =>
    Object.values(fields).flatMap(([offset, size]) =>
      LIES.filter(lie => size === 8 || lie < 1n << BigInt(size * 8)).map(lie =>
        withField(library, at + offset, size, lie, code),
      ),
    ),
  );
}

/** Copies with random bytes at random places. */
export function spoiltCopies(library: Buffer, code: Code, count: number, random: () => number): Buffer[] {
  return Array.from({ length: count }, () => {
    const copy = Buffer.from(library);
    for (let i = 0; i < 1 + random() * 40; i++) {
      const at = Math.floor(random() * copy.length);
      if (at < code.start || at >= code.end) copy[at] = random() * 256;
    }
    return copy;
  });
}

function withField(library: Buffer, at: number, size: number, value: bigint, code: Code): Buffer {
  if (at + size > code.start && at < code.end) throw new Error('the code lies among the headers');
  const copy = Buffer.from(library);
  for (let i = 0; i < size; i++) copy[at + i] = Number((value >> BigInt(8 * i)) & 0xffn);
  return copy;
}
