// The fixed records of a zip file, field by field: APPNOTE.TXT 6.3.10, sections 4.3 and 4.5.
// https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT
//
// They are read straight from a window's buffer: an archive may have a hundred thousand entries, and a view or a cursor for each record
// costs more than the record. Callers see to it that the buffer holds the whole record; Buffer's own checks stand behind that.

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
  /** The name's bytes, one character each: what tells names apart. */
  readonly rawName: string;
  readonly name: string;
  /** The name of Info-ZIP's Unicode path field, which some readers prefer. */
  readonly unicodeName: string | undefined;
  /** The method under the encryption, where the AES field (method 99) is present. */
  readonly aesMethod: number | undefined;
}

export interface CentralHeader extends Header {
  /** Of the record itself. */
  readonly at: number;
  readonly madeBy: number;
  readonly diskStart: number;
  readonly externalAttributes: number;
  /** Of the local header, in the file. */
  readonly headerAt: number;
}

export interface LocalHeader extends Header {
  readonly at: number;
  /** Where the entry's data begins. */
  readonly dataOffset: number;
}

/** Bytes of a whole record, from its fixed 46 bytes. */
export function centralLength(bytes: Buffer, at: number): number {
  return CENTRAL_BYTES + bytes.readUInt16LE(at + 28) + bytes.readUInt16LE(at + 30) + bytes.readUInt16LE(at + 32);
}

/** Where a record stands: `index` in the buffer is `at` in the file. */
export interface RecordPlace {
  readonly index: number;
  readonly at: number;
}

/** 4.3.12. `base` is added to the recorded offset of the local header. */
export function parseCentralHeader(bytes: Buffer, { index, at }: RecordPlace, base: number): CentralHeader {
  const nameLength = bytes.readUInt16LE(index + 28);
  const extraLength = bytes.readUInt16LE(index + 30);
  const rawName = bytes.toString("latin1", index + CENTRAL_BYTES, index + CENTRAL_BYTES + nameLength);
  const extra = extraFields(bytes, index + CENTRAL_BYTES + nameLength, extraLength);
  const sizes = new Zip64Values(extra.zip64);
  return {
    at,
    madeBy: bytes.readUInt16LE(index + 4),
    versionNeeded: bytes.readUInt16LE(index + 6),
    flags: bytes.readUInt16LE(index + 8),
    method: bytes.readUInt16LE(index + 10),
    // 12: time and date
    crc: bytes.readUInt32LE(index + 16),
    // The zip64 field holds its values in this order, and size comes first.
    size: sizes.resolve(bytes.readUInt32LE(index + 24)),
    compressedSize: sizes.resolve(bytes.readUInt32LE(index + 20)),
    // 28: length of the name, 30: of the extra fields, 32: of the comment
    diskStart: bytes.readUInt16LE(index + 34),
    // 36: internal attributes
    externalAttributes: bytes.readUInt32LE(index + 38),
    headerAt: sizes.resolve(bytes.readUInt32LE(index + 42)) + base,
    rawName,
    name: decodeName(rawName),
    unicodeName: extra.unicodeName,
    aesMethod: extra.aesMethod,
  };
}

/** Bytes of a local header with name and extra fields, from its fixed 30 bytes. */
export function localLength(bytes: Buffer, at: number): number {
  return LOCAL_BYTES + bytes.readUInt16LE(at + 26) + bytes.readUInt16LE(at + 28);
}

/** 4.3.7. */
export function parseLocalHeader(bytes: Buffer, { index, at }: RecordPlace): LocalHeader {
  const nameLength = bytes.readUInt16LE(index + 26);
  const extraLength = bytes.readUInt16LE(index + 28);
  const rawName = bytes.toString("latin1", index + LOCAL_BYTES, index + LOCAL_BYTES + nameLength);
  const extra = extraFields(bytes, index + LOCAL_BYTES + nameLength, extraLength);
  const sizes = new Zip64Values(extra.zip64);
  return {
    at,
    versionNeeded: bytes.readUInt16LE(index + 4),
    flags: bytes.readUInt16LE(index + 6),
    method: bytes.readUInt16LE(index + 8),
    // 10: time and date
    crc: bytes.readUInt32LE(index + 14),
    size: sizes.resolve(bytes.readUInt32LE(index + 22)),
    compressedSize: sizes.resolve(bytes.readUInt32LE(index + 18)),
    dataOffset: at + LOCAL_BYTES + nameLength + extraLength,
    rawName,
    name: decodeName(rawName),
    unicodeName: extra.unicodeName,
    aesMethod: extra.aesMethod,
  };
}

interface ExtraFields {
  readonly zip64: Buffer | undefined;
  readonly unicodeName: string | undefined;
  readonly aesMethod: number | undefined;
}

const NO_FIELDS: ExtraFields = { zip64: undefined, unicodeName: undefined, aesMethod: undefined };

/** 4.5. Fields after a broken length are lost, as they are to every reader. */
function extraFields(bytes: Buffer, start: number, length: number): ExtraFields {
  if (length < 4) return NO_FIELDS;
  let fields = NO_FIELDS;
  const end = Math.min(bytes.length, start + length);
  for (let at = start; at + 4 <= end; ) {
    const id = bytes.readUInt16LE(at);
    const bodyStart = at + 4;
    at = bodyStart + bytes.readUInt16LE(at + 2);
    if (at > end) break;
    fields = withField(fields, id, bytes.subarray(bodyStart, at));
  }
  return fields;
}

function withField(fields: ExtraFields, id: number, body: Buffer): ExtraFields {
  if (id === EXTRA_ZIP64) return { ...fields, zip64: body };
  // 4.6.9: version, checksum of the plain name, name.
  if (id === EXTRA_UNICODE_PATH && body.length > 5)
    return { ...fields, unicodeName: decodeName(body.toString("latin1", 5)) };
  // WinZip AES: version, vendor, strength, method.
  if (id === EXTRA_AES && body.length >= 7) return { ...fields, aesMethod: body.readUInt16LE(5) };
  return fields;
}

/** 4.5.3: only those values whose 32-bit field is full, one after the other. */
class Zip64Values {
  private at = 0;

  constructor(private readonly body: Buffer | undefined) {}

  resolve(value: number): number {
    if (value !== IN_ZIP64 || this.body === undefined || this.at + 8 > this.body.length) return value;
    this.at += 8;
    return clipped64(this.body, this.at - 8);
  }
}

/** A 64-bit size or offset; what no file can reach counts as just that. */
function clipped64(bytes: Buffer, at: number): number {
  const value = bytes.readBigUInt64LE(at);
  return value > BigInt(Number.MAX_SAFE_INTEGER) ? Number.MAX_SAFE_INTEGER : Number(value);
}

/** Where the directory is and what it should list, as an end record states it. */
export interface EndFields {
  readonly entries: number;
  readonly directorySize: number;
  readonly directoryOffset: number;
}

/** 4.3.16. */
export function parseEnd(bytes: Buffer, at: number): EndFields & { readonly commentLength: number } {
  return {
    // 4: numbers of disks, 8: entries on this disk
    entries: bytes.readUInt16LE(at + 10),
    directorySize: bytes.readUInt32LE(at + 12),
    directoryOffset: bytes.readUInt32LE(at + 16),
    commentLength: bytes.readUInt16LE(at + 20),
  };
}

/** 4.3.14. */
export function parseZip64End(bytes: Buffer): EndFields {
  return {
    // 4: size of the record, 12: versions, 16: numbers of disks, 24: entries on this disk
    entries: clipped64(bytes, 32),
    directorySize: clipped64(bytes, 40),
    directoryOffset: clipped64(bytes, 48),
  };
}

/** 4.3.15: offset of the zip64 end record. */
export function parseZip64Locator(bytes: Buffer): number {
  return clipped64(bytes, 8); // 4: disk
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

/** Whether a record with this signature may begin at `at`. */
export function hasSignature(bytes: Buffer, signature: number, at = 0): boolean {
  return at + 4 <= bytes.length && bytes.readUInt32LE(at) === signature;
}

/** The same bytes as a Buffer, whose field accessors need no view of their own. */
export function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
}
