// HDF5 File Format Specification, version 3.0, part II.A: the superblock.
// https://support.hdfgroup.org/documentation/hdf5/latest/_f_m_t3.html

import { ParseError } from "../../errors.js";
import { type ByteSource, readExactly } from "../../io/byte-source.js";
import { HdfCursor, type HdfSizes } from "./cursor.js";

/** The first place where a superblock may stand other than 0; every further one is twice as far. */
export const FIRST_USER_BLOCK = 512;
const SIGNATURE = [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a] as const;
/** A version 1 superblock with 8-byte offsets, and its root entry, take 100 bytes. */
const MAX_SUPERBLOCK_BYTES = 128;
export const SIGNATURE_BYTES = SIGNATURE.length;

export interface Superblock {
  readonly version: number;
  /** Where the superblock stands. All addresses count from here, whatever the file states as its base: libhdf5 corrects it. */
  readonly base: number;
  readonly sizes: HdfSizes;
  /** Address after the last byte, as stated; 0 when it is not. */
  readonly end: number;
  /** Address of the root group's object header. */
  readonly root: number;
  /** Object header of the superblock extension. */
  readonly extension: number | undefined;
}

export function isHdfSignature(bytes: Uint8Array, at = 0): boolean {
  return SIGNATURE.every((byte, i) => bytes[at + i] === byte);
}

/** Where libhdf5 finds the superblock: at 0, 512, 1024, 2048 ..., the first that bears the signature. */
export async function findSuperblock(source: ByteSource): Promise<number | undefined> {
  for (let at = 0; at + SIGNATURE_BYTES <= source.size; at = at === 0 ? FIRST_USER_BLOCK : at * 2) {
    if (isHdfSignature(await source.read(at, SIGNATURE_BYTES))) return at;
  }
  return undefined;
}

export async function readSuperblock(source: ByteSource, base: number): Promise<Superblock> {
  const head = await readExactly(source, base, SIGNATURE_BYTES + 1);
  const version = head[SIGNATURE_BYTES] ?? 0;
  const bytes = await source.read(base, MAX_SUPERBLOCK_BYTES);
  if (version <= 1) return readOldSuperblock(bytes, base, version);
  if (version <= 3) return readNewSuperblock(bytes, base, version);
  throw new ParseError(`superblock version ${version} is not known`, base + SIGNATURE_BYTES);
}

function readOldSuperblock(bytes: Uint8Array, base: number, version: number): Superblock {
  const sizes = readSizes(bytes, 13, base);
  const cursor = new HdfCursor(bytes, base, sizes);
  cursor.skip(8 + 1); // signature, version
  cursor.skip(4); // versions of free space, root entry, (reserved), shared header format
  cursor.skip(2 + 1); // sizes, reserved
  cursor.skip(2 + 2 + 4); // leaf and internal node K, consistency flags
  if (version === 1) cursor.skip(2 + 2); // indexed storage K, reserved
  const statedBase = cursor.address();
  cursor.skip(sizes.offset); // free space
  const statedEnd = cursor.address();
  cursor.skip(sizes.offset); // driver information
  cursor.skip(sizes.offset); // root entry: name offset
  const root = cursor.address();
  return build({ version, base, sizes, statedBase, statedEnd, root, extension: undefined });
}

function readNewSuperblock(bytes: Uint8Array, base: number, version: number): Superblock {
  const sizes = readSizes(bytes, 9, base);
  const cursor = new HdfCursor(bytes, base, sizes);
  cursor.skip(8 + 1); // signature, version
  cursor.skip(2 + 1); // sizes, consistency flags
  const statedBase = cursor.address();
  const extension = cursor.address();
  const statedEnd = cursor.address();
  const root = cursor.address();
  return build({ version, base, sizes, statedBase, statedEnd, root, extension });
}

interface Fields extends Omit<Superblock, "end" | "root"> {
  readonly statedBase: number | undefined;
  /** An offset inside the file that has the stated base. */
  readonly statedEnd: number | undefined;
  readonly root: number | undefined;
}

function build({ statedBase = 0, statedEnd = 0, root, ...rest }: Fields): Superblock {
  if (root === undefined) throw new ParseError("the superblock names no root group", rest.base);
  return { ...rest, root, end: Math.max(0, statedEnd - statedBase) };
}

/** Sizes of 16 and 32 bytes exist in the specification alone. */
function readSizes(bytes: Uint8Array, at: number, base: number): HdfSizes {
  const offset = bytes[at] ?? 0;
  const length = bytes[at + 1] ?? 0;
  for (const size of [offset, length]) {
    if (![2, 4, 8].includes(size)) throw new ParseError(`${size} is no size of an offset or length`, base + at);
  }
  return { offset, length };
}
