// The fixed records of a zip file, field by field: APPNOTE.TXT 6.3.10, sections 4.3 and 4.5.
// https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT

import { Cursor } from "../../io/cursor.js";
import { decodeName } from "./names.js";

export const LOCAL_SIGNATURE = 0x04034b50;
export const CENTRAL_SIGNATURE = 0x02014b50;
export const END_SIGNATURE = 0x06054b50;
export const ZIP64_END_SIGNATURE = 0x06064b50;
export const ZIP64_LOCATOR_SIGNATURE = 0x07064b50;
export const DESCRIPTOR_SIGNATURE = 0x08074b50;

export const LOCAL_BYTES = 30;
export const CENTRAL_BYTES = 46;
export const END_BYTES = 22;
export const ZIP64_END_BYTES = 56;
export const ZIP64_LOCATOR_BYTES = 20;

/** 4.4.4: general purpose bits by their numbers. */
export const FLAG = {
  encrypted: 1 << 0,
  descriptor: 1 << 3,
  patched: 1 << 5,
  strongEncryption: 1 << 6,
  utf8: 1 << 11,
  masked: 1 << 13,
} as const;

/** 4.4.5: compression methods. */
export const METHOD = {
  stored: 0,
  deflate: 8,
  deflate64: 9,
  bzip2: 12,
  lzma: 14,
  zstdOld: 20,
  zstd: 93,
  xz: 95,
  ppmd: 98,
  aes: 99,
} as const;

const METHOD_NAMES = new Map<number, string>(Object.entries(METHOD).map(([name, code]) => [code, name]));

export function methodName(method: number): string {
  const name = METHOD_NAMES.get(method);
  return name === undefined ? `method ${method}` : `${name} (${method})`;
}

/** Values of the 32-bit and 16-bit fields that say: look into the zip64 record. */
const IN_ZIP64 = 0xffffffff;
const IN_ZIP64_SHORT = 0xffff;

const EXTRA_ZIP64 = 0x0001;
const EXTRA_UNICODE_PATH = 0x7075;
const EXTRA_AES = 0x9901;

/** What both headers of an entry state. Sizes and offsets are in bytes, zip64 values resolved. */
export interface Header {
  readonly versionNeeded: number;
  readonly flags: number;
  readonly method: number;
  readonly crc: number;
  readonly compressedSize: number;
  readonly size: number;
  readonly nameBytes: Uint8Array;
  readonly name: string;
  /** The name of Info-ZIP's Unicode path field, which some readers prefer. */
  readonly unicodeName?: string;
  /** The method under the encryption, where the AES field (method 99) is present. */
  readonly aesMethod?: number;
}

export interface CentralHeader extends Header {
  readonly madeBy: number;
  readonly diskStart: number;
  readonly externalAttributes: number;
  /** Of the local header, as recorded: the archive may begin later in the file. */
  readonly headerOffset: number;
  /** Bytes of the record with name, extra fields and comment. */
  readonly length: number;
}

export interface LocalHeader extends Header {
  readonly at: number;
  /** Where the entry's data begins. */
  readonly dataOffset: number;
}

/** Lengths of the variable parts that follow a central header's fixed 46 bytes at the cursor. */
export function centralLength(fixed: Uint8Array): number {
  const cursor = new Cursor(fixed);
  cursor.skip(28);
  return CENTRAL_BYTES + cursor.u16() + cursor.u16() + cursor.u16();
}

/** 4.3.12. `record` is as long as `centralLength` says, or as what the directory still has. */
export function parseCentralHeader(record: Uint8Array, at: number): CentralHeader {
  const cursor = new Cursor(record, at);
  cursor.skip(4); // 0 signature
  const madeBy = cursor.u16(); // 4
  const versionNeeded = cursor.u16(); // 6
  const flags = cursor.u16(); // 8
  const method = cursor.u16(); // 10
  cursor.skip(4); // 12 time and date
  const crc = cursor.u32(); // 16
  const compressedSize = cursor.u32(); // 20
  const size = cursor.u32(); // 24
  const nameLength = cursor.u16(); // 28
  const extraLength = cursor.u16(); // 30
  cursor.skip(2); // 32 comment length
  const diskStart = cursor.u16(); // 34
  cursor.skip(2); // 36 internal attributes
  const externalAttributes = cursor.u32(); // 38
  const headerOffset = cursor.u32(); // 42
  const nameBytes = cursor.raw(nameLength); // 46
  const extra = cursor.raw(Math.min(extraLength, cursor.remaining));
  const fields = extraFields(extra, { size, compressedSize, headerOffset });
  return {
    ...{ versionNeeded, flags, method, crc, nameBytes, madeBy, diskStart, externalAttributes },
    name: decodeName(nameBytes),
    length: record.length,
    ...fields,
    headerOffset: fields.headerOffset ?? headerOffset,
  };
}

/** 4.3.7. `record` begins at the signature and holds the fixed part, name and extra fields. */
export function parseLocalHeader(record: Uint8Array, at: number): LocalHeader {
  const cursor = new Cursor(record, at);
  cursor.skip(4); // 0 signature
  const versionNeeded = cursor.u16(); // 4
  const flags = cursor.u16(); // 6
  const method = cursor.u16(); // 8
  cursor.skip(4); // 10 time and date
  const crc = cursor.u32(); // 14
  const compressedSize = cursor.u32(); // 18
  const size = cursor.u32(); // 22
  const nameLength = cursor.u16(); // 26
  const extraLength = cursor.u16(); // 28
  const nameBytes = cursor.raw(nameLength); // 30
  const extra = cursor.raw(extraLength);
  const { headerOffset: _, ...fields } = extraFields(extra, { size, compressedSize });
  return {
    ...{ versionNeeded, flags, method, crc, nameBytes, at },
    name: decodeName(nameBytes),
    dataOffset: at + LOCAL_BYTES + nameLength + extraLength,
    ...fields,
  };
}

/** Lengths of name and extra fields, from a local header's fixed 30 bytes. */
export function localLength(fixed: Uint8Array): number {
  const cursor = new Cursor(fixed);
  cursor.skip(26);
  return LOCAL_BYTES + cursor.u16() + cursor.u16();
}

interface Sizes {
  readonly size: number;
  readonly compressedSize: number;
  readonly headerOffset?: number;
}

interface ExtraValues extends Sizes {
  readonly unicodeName?: string;
  readonly aesMethod?: number;
}

function extraFields(extra: Uint8Array, sizes: Sizes): ExtraValues {
  let values: ExtraValues = sizes;
  for (const [id, body] of eachExtra(extra)) {
    if (id === EXTRA_ZIP64) values = { ...values, ...zip64Sizes(body, sizes) };
    // 4.6.9: version, CRC of the plain name, name.
    if (id === EXTRA_UNICODE_PATH && body.length > 5) values = { ...values, unicodeName: decodeName(body.subarray(5)) };
    // WinZip AES: version, vendor, strength, method.
    if (id === EXTRA_AES && body.length >= 7) values = { ...values, aesMethod: new Cursor(body.subarray(5)).u16() };
  }
  return values;
}

/** Fields after a broken length are lost, as they are to every reader. */
function* eachExtra(extra: Uint8Array): Generator<readonly [number, Uint8Array]> {
  const cursor = new Cursor(extra);
  while (cursor.remaining >= 4) {
    const id = cursor.u16();
    const length = cursor.u16();
    if (length > cursor.remaining) return;
    yield [id, cursor.raw(length)];
  }
}

/** 4.5.3: holds, in this order, only those values whose 32-bit field is full. */
function zip64Sizes(body: Uint8Array, sizes: Sizes): Sizes {
  const cursor = new Cursor(body);
  const next = (value: number) => (value === IN_ZIP64 && cursor.remaining >= 8 ? clipped64(cursor) : value);
  const size = next(sizes.size);
  const compressedSize = next(sizes.compressedSize);
  if (sizes.headerOffset === undefined) return { size, compressedSize };
  return { size, compressedSize, headerOffset: next(sizes.headerOffset) };
}

/** A 64-bit size or offset; what no file can reach counts as just that. */
function clipped64(cursor: Cursor): number {
  const value = cursor.u64();
  return value > BigInt(Number.MAX_SAFE_INTEGER) ? Number.MAX_SAFE_INTEGER : Number(value);
}

/** Where the directory is and what it should list, as an end record states it. */
export interface EndFields {
  readonly disk: number;
  readonly entries: number;
  readonly directorySize: number;
  readonly directoryOffset: number;
}

/** 4.3.16. */
export function parseEnd(record: Uint8Array, at: number): EndFields & { readonly commentLength: number } {
  const cursor = new Cursor(record, at);
  cursor.skip(4); // 0 signature
  const disk = cursor.u16(); // 4
  cursor.skip(4); // 6 disk of the directory, 8 entries on this disk
  const entries = cursor.u16(); // 10
  const directorySize = cursor.u32(); // 12
  const directoryOffset = cursor.u32(); // 16
  const commentLength = cursor.u16(); // 20
  return { disk, entries, directorySize, directoryOffset, commentLength };
}

/** 4.3.14. */
export function parseZip64End(record: Uint8Array, at: number): EndFields {
  const cursor = new Cursor(record, at);
  cursor.skip(16); // 0 signature, 4 size of the record, 12 made by, 14 needed
  const disk = cursor.u32(); // 16
  cursor.skip(12); // 20 disk of the directory, 24 entries on this disk
  const entries = clipped64(cursor); // 32
  const directorySize = clipped64(cursor); // 40
  const directoryOffset = clipped64(cursor); // 48
  return { disk, entries, directorySize, directoryOffset };
}

/** 4.3.15: offset of the zip64 end record. */
export function parseZip64Locator(record: Uint8Array, at: number): number {
  const cursor = new Cursor(record, at);
  cursor.skip(8); // 0 signature, 4 disk
  return clipped64(cursor); // 8
}

/** Whether a plain end record contradicts the zip64 record that readers prefer over it. */
export function contradicts(plain: EndFields, zip64: EndFields): boolean {
  const differs = (short: number, long: number, full: number) => short !== full && short !== long;
  return (
    differs(plain.entries, zip64.entries, IN_ZIP64_SHORT) ||
    differs(plain.directorySize, zip64.directorySize, IN_ZIP64) ||
    differs(plain.directoryOffset, zip64.directoryOffset, IN_ZIP64)
  );
}

/** Whether the bytes at `at` begin with a signature. */
export function hasSignature(bytes: Uint8Array, signature: number, at = 0): boolean {
  if (bytes.length < at + 4) return false;
  return new DataView(bytes.buffer, bytes.byteOffset + at, 4).getUint32(0, true) === signature;
}
