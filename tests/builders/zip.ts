// Zip archives byte by byte, honest by default: every field of either header can be made to lie.

import { crc32, deflateRawSync } from "node:zlib";

/** The fields that both headers have. */
export interface Fields {
  name: string | Uint8Array;
  versionNeeded: number;
  flags: number;
  method: number;
  crc: number;
  compressedSize: number;
  size: number;
  extra: Uint8Array;
}

/** Those of the directory alone. */
export interface CentralFields extends Fields {
  madeBy: number;
  diskStart: number;
  externalAttributes: number;
  headerOffset: number;
}

export interface Entry extends Partial<CentralFields> {
  readonly name: string | Uint8Array;
  /** The content as it is unpacked. */
  readonly data?: Uint8Array | string;
  /** The bytes that stand in the file, when they are not what method 0 or 8 makes of the content. */
  readonly packed?: Uint8Array;
  /** What the local header says instead. */
  readonly local?: Partial<Fields>;
  /** The directory does not list it. */
  readonly hidden?: boolean;
  /** The directory lists it, without local header and data of its own. */
  readonly listedOnly?: boolean;
  /** Sizes and checksum follow the data, and are zero in the local header. */
  readonly descriptor?: boolean;
  /** Bytes between this entry and the next. */
  readonly gap?: Uint8Array;
}

export interface Archive {
  readonly entries: readonly Entry[];
  readonly prefix?: Uint8Array;
  /** Recorded offsets count from the prefix on, as self-extractors have it. */
  readonly adjusted?: boolean;
  readonly comment?: Uint8Array;
  readonly trailing?: Uint8Array;
  /** Bytes between the directory and the end record. */
  readonly beforeEnd?: Uint8Array;
  /** The end record's fields, where they lie. */
  readonly end?: Partial<EndFields> | false;
  /** A zip64 end record with these fields, where they lie. */
  readonly zip64?: Partial<EndFields>;
}

export interface EndFields {
  entries: number;
  directorySize: number;
  directoryOffset: number;
}

/** MS-DOS time and date that every entry here has: 1980-01-01. */
const TIME = 0x0021_0000;

export function zip({ entries, prefix, adjusted, ...rest }: Archive): Buffer {
  const base = adjusted ? (prefix?.length ?? 0) : 0;
  const body: Buffer[] = [];
  const rows: Buffer[] = [];
  let at = 0;
  for (const entry of entries) {
    const { central, local, packed } = describe(entry, at + base);
    const data = entry.listedOnly ? [] : [localHeader(local), packed, descriptor(entry, central), bytes(entry.gap)];
    if (!entry.hidden) rows.push(centralHeader(central));
    body.push(...data);
    at += data.reduce((sum, { length }) => sum + length, 0);
  }
  const directory = Buffer.concat(rows);
  const fields = { entries: rows.length, directorySize: directory.length, directoryOffset: at + base };
  return Buffer.concat([
    bytes(prefix),
    ...body,
    directory,
    bytes(rest.beforeEnd),
    ending(fields, rest),
    bytes(rest.trailing),
  ]);
}

function describe(entry: Entry, headerOffset: number) {
  const content = bytes(entry.data);
  const method = entry.method ?? 0;
  const packed = bytes(entry.packed ?? (method === 8 ? deflateRawSync(content) : content));
  const central: CentralFields = {
    ...{ versionNeeded: 20, flags: entry.descriptor ? 8 : 0, crc: crc32(content), extra: new Uint8Array() },
    ...{ size: content.length, compressedSize: packed.length, madeBy: 0x031e, diskStart: 0 },
    ...{ externalAttributes: 0o100644 * 0x10000, headerOffset, method },
    ...entry,
  };
  const { flags, name, versionNeeded, crc, compressedSize, size } = central;
  const sizes = entry.descriptor ? { crc: 0, compressedSize: 0, size: 0 } : { crc, compressedSize, size };
  const local: Fields = {
    flags,
    name,
    versionNeeded,
    method: central.method,
    ...sizes,
    extra: new Uint8Array(),
    ...entry.local,
  };
  return { central, local, packed };
}

function common({ versionNeeded, flags, method, crc, compressedSize, size, name, extra }: Fields): Buffer {
  const fields = Buffer.alloc(26);
  fields.writeUInt16LE(versionNeeded, 0);
  fields.writeUInt16LE(flags, 2);
  fields.writeUInt16LE(method, 4);
  fields.writeUInt32LE(TIME, 6);
  fields.writeUInt32LE(crc, 10);
  fields.writeUInt32LE(compressedSize, 14);
  fields.writeUInt32LE(size, 18);
  fields.writeUInt16LE(bytes(name).length, 22);
  fields.writeUInt16LE(extra.length, 24);
  return fields;
}

export function localHeader(fields: Fields): Buffer {
  return Buffer.concat([Buffer.from("PK\x03\x04"), common(fields), bytes(fields.name), fields.extra]);
}

export function centralHeader(fields: CentralFields): Buffer {
  const start = Buffer.from("PK\x01\x02\0\0");
  start.writeUInt16LE(fields.madeBy, 4);
  const rest = Buffer.alloc(14);
  rest.writeUInt16LE(fields.diskStart, 2);
  rest.writeUInt32LE(fields.externalAttributes, 6);
  rest.writeUInt32LE(fields.headerOffset, 10);
  return Buffer.concat([start, common(fields), rest, bytes(fields.name), fields.extra]);
}

function descriptor({ descriptor: isWanted }: Entry, { crc, compressedSize, size }: CentralFields): Buffer {
  if (!isWanted) return Buffer.alloc(0);
  const record = Buffer.from("PK\x07\x08\0\0\0\0\0\0\0\0\0\0\0\0");
  [crc, compressedSize, size].forEach((value, index) => void record.writeUInt32LE(value, 4 + 4 * index));
  return record;
}

function ending(
  fields: EndFields,
  { end, zip64, comment, prefix }: Omit<Archive, "entries"> & { prefix?: Uint8Array },
): Buffer {
  if (end === false) return Buffer.alloc(0);
  const long =
    zip64 === undefined
      ? []
      : [zip64End({ ...fields, ...zip64 }, fields.directoryOffset + fields.directorySize + (prefix?.length ?? 0))];
  return Buffer.concat([...long, endRecord({ ...fields, ...end }, comment)]);
}

export function endRecord({ entries, directorySize, directoryOffset }: EndFields, comment?: Uint8Array): Buffer {
  const record = Buffer.from(`PK\x05\x06${"\0".repeat(18)}`);
  record.writeUInt16LE(entries, 8);
  record.writeUInt16LE(entries, 10);
  record.writeUInt32LE(directorySize, 12);
  record.writeUInt32LE(directoryOffset, 16);
  record.writeUInt16LE(bytes(comment).length, 20);
  return Buffer.concat([record, bytes(comment)]);
}

/** The zip64 end record and its locator. */
function zip64End({ entries, directorySize, directoryOffset }: EndFields, at: number): Buffer {
  const record = Buffer.alloc(56 + 20);
  record.write("PK\x06\x06", 0, "latin1");
  record.writeBigUInt64LE(44n, 4);
  record.writeUInt16LE(45, 12);
  record.writeUInt16LE(45, 14);
  record.writeBigUInt64LE(BigInt(entries), 24);
  record.writeBigUInt64LE(BigInt(entries), 32);
  record.writeBigUInt64LE(BigInt(directorySize), 40);
  record.writeBigUInt64LE(BigInt(directoryOffset), 48);
  record.write("PK\x06\x07", 56, "latin1");
  record.writeBigUInt64LE(BigInt(at), 64);
  record.writeUInt32LE(1, 72);
  return record;
}

/** An extra field: id, length, body. */
export function extraField(id: number, body: Uint8Array): Buffer {
  const head = Buffer.alloc(4);
  head.writeUInt16LE(id, 0);
  head.writeUInt16LE(body.length, 2);
  return Buffer.concat([head, body]);
}

/** Info-ZIP's Unicode path: the name that it stands for is told by its checksum. */
export function unicodePath(name: string, instead: string): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt8(1, 0);
  head.writeUInt32LE(crc32(instead), 1);
  return extraField(0x7075, Buffer.concat([head, Buffer.from(name)]));
}

/** Unix mode bits as they stand in the external attributes. */
export function unixMode(mode: number): number {
  return (mode * 0x10000) >>> 0;
}

function bytes(value: string | Uint8Array | undefined): Buffer {
  return typeof value === "string" ? Buffer.from(value) : Buffer.from(value ?? new Uint8Array());
}
