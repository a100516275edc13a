import { MARK_LEAD, type Probe, startsWith } from "./probe.js";
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
    const { before, after } = bytesAround(probe, at);
    if (!startsWith(after, MAGIC)) continue;
    return !(at === TAR_BLOCK && isFirstTarMember(probe.head)) && !isStoredEntry(probe, before, after);
  }
  return false;
}

interface Around {
  /** At most `MARK_LEAD` bytes. */
  readonly before: Uint8Array;
  readonly after: Uint8Array;
}

/** From the head, the tail or the marks between them. */
function bytesAround({ head, tail, tailOffset, marks }: Probe, at: number): Around {
  if (at + MARK_LEAD <= head.length) return split(head, at);
  if (at - MARK_LEAD >= tailOffset) return split(tail, at - tailOffset);
  return split(marks.get(at) ?? head, marks.has(at) ? MARK_LEAD : at);
}

function split(bytes: Uint8Array, at: number): Around {
  return { before: bytes.subarray(Math.max(0, at - MARK_LEAD), at), after: bytes.subarray(at) };
}

const LOCAL_HEADER = { magic: "PK\x03\x04", bytes: 30 } as const;

/**
 * Keras stores the weights uncompressed in its zip, and now and then they begin at a power of two: no second reading, since the entry is examined as
 * HDF5 itself, as long as its local header (4.3.7 of APPNOTE.TXT) ends here and it is as long as the superblock says.
 */
function isStoredEntry({ head }: Probe, before: Uint8Array, superblock: Uint8Array): boolean {
  if (!startsWith(head, LOCAL_HEADER.magic)) return false;
  const view = new DataView(before.buffer, before.byteOffset, before.length);
  for (let at = before.length - LOCAL_HEADER.bytes; at >= 0; at--) {
    if (!startsWith(before, LOCAL_HEADER.magic, at)) continue;
    const end = at + LOCAL_HEADER.bytes + view.getUint16(at + 26, true) + view.getUint16(at + 28, true);
    if (end !== before.length) continue;
    const isStored = view.getUint16(at + 8, true) === 0;
    const [packed, plain] = [view.getUint32(at + 18, true), view.getUint32(at + 22, true)];
    return isStored && packed === plain && plain === statedEnd(superblock);
  }
  return false;
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
