import { type Probe, startsWith } from "./probe.js";
import type { Recognition, Signature } from "./table.js";

const MAGIC = "\x89HDF\r\n\x1a\n";
/** The first place where HDF5 may begin other than 0; every further one is twice as far (specification, part II.A). */
const FIRST_USER_BLOCK = 512;

export const HDF5_SIGNATURE: Signature = { format: "hdf5", offset: 0, magic: MAGIC };

/** Arrays of other scientific formats, read by code that builds numbers and nothing else: netCDF classic, MATLAB up to 7. */
export const ARRAY_SIGNATURES: readonly Signature[] = ["CDF\x01", "CDF\x02", "CDF\x05", "MATLAB 5.0 MAT-file"].map(
  (magic) => ({
    format: "data",
    offset: 0,
    magic,
  }),
);

/** Behind a user block of 512, 1024, 2048 ... bytes, which may hold anything. */
export const HDF5_RECOGNITION: Recognition = { format: "hdf5", test: hasUserBlock };

function hasUserBlock(probe: Probe): boolean {
  for (let at = FIRST_USER_BLOCK; at + MAGIC.length <= probe.size; at *= 2) {
    if (!startsWith(bytesAt(probe, at), MAGIC)) continue;
    return !(at === TAR_BLOCK && isFirstTarMember(probe.head));
  }
  return false;
}

/** From the head, the tail or the marks between them. */
function bytesAt({ head, tail, tailOffset, marks }: Probe, at: number): Uint8Array {
  if (at + MAGIC.length <= head.length) return head.subarray(at);
  if (at >= tailOffset) return tail.subarray(at - tailOffset);
  return marks.get(at) ?? new Uint8Array();
}

const TAR_BLOCK = 512;
const TAR_SIZE = { start: 124, end: 135 } as const;
const MAX_OFFSET_BYTES = 8;

/**
 * A tar whose first member is an HDF5 file has its signature at 512 as well: no second reading, as long as the member is as long as the
 * superblock says.
 */
function isFirstTarMember(head: Uint8Array): boolean {
  if (!startsWith(head, "ustar", 257)) return false;
  const digits = new TextDecoder("latin1").decode(head.subarray(TAR_SIZE.start, TAR_SIZE.end));
  return Number.parseInt(digits, 8) === statedEnd(head.subarray(TAR_BLOCK));
}

/** The end-of-file address of a superblock with 8-byte offsets. */
function statedEnd(superblock: Uint8Array): number | undefined {
  const isOld = (superblock[8] ?? 0) <= 1;
  const offsetBytes = superblock[isOld ? 13 : 9];
  const at = isOld ? 24 + (superblock[8] === 1 ? 4 : 0) + 2 * MAX_OFFSET_BYTES : 12 + 2 * MAX_OFFSET_BYTES;
  if (offsetBytes !== MAX_OFFSET_BYTES || superblock.length < at + MAX_OFFSET_BYTES) return undefined;
  return Number(new DataView(superblock.buffer, superblock.byteOffset + at).getBigUint64(0, true));
}
