// 7z archives of one coder a folder: 7zFormat.txt of the LZMA SDK.

import { crc32 } from "node:zlib";
import { concat, u32, u64 } from "./bytes.js";
import { bzip2, unbzip2 } from "./bzip2.js";
import { LzmaDecoder, literalsOnly, lzma2, propertiesByte, propertiesOf, USUAL, unlzma2 } from "./lzma.js";

const SIGNATURE = "7z\xbc\xaf\x27\x1c";
const START = 32;
const LARGEST = 1 << 20;
/** Property ids. */
const ID = {
  ...{ end: 0, header: 1, streams: 4, files: 5, pack: 6, unpack: 7, subStreams: 8, sizes: 9, crcs: 10, folder: 11 },
  ...{
    unpackSizes: 12,
    counts: 13,
    emptyStream: 14,
    emptyFile: 15,
    names: 17,
    times: 20,
    attributes: 21,
    packed: 23,
    dummy: 25,
  },
};

export type SevenZipMethod = "copy" | "lzma" | "lzma2" | "bzip2";

const METHODS: Readonly<Record<SevenZipMethod, readonly number[]>> = {
  copy: [0],
  lzma: [3, 1, 1],
  lzma2: [0x21],
  bzip2: [4, 2, 2],
};

export interface SevenZipEntry {
  readonly name: string;
  /** Undefined for a folder; without bytes for an empty file. */
  readonly content: Uint8Array | undefined;
  readonly attributes?: number;
}

export interface SevenZipOptions {
  readonly method?: SevenZipMethod;
  /** All files in one folder of streams. */
  readonly isSolid?: boolean;
  readonly isHeaderPacked?: boolean;
  /** In hundreds of nanoseconds since 1601. */
  readonly time?: bigint;
  readonly padding?: number;
  readonly changeHeader?: (header: Uint8Array) => Uint8Array;
}

/** The first byte tells by its leading ones how many follow. */
function number(value: number): number[] {
  for (let more = 0, mask = 0x80, first = 0; ; more++, mask >>= 1) {
    if (value < 2 ** (7 * (more + 1))) {
      const rest = Array.from({ length: more }, (_, i) => Math.floor(value / 2 ** (8 * i)) & 0xff);
      return [first | Math.floor(value / 2 ** (8 * more)), ...rest];
    }
    first |= mask;
  }
}

function bits(flags: readonly boolean[]): number[] {
  return Array.from({ length: Math.ceil(flags.length / 8) }, (_, row) =>
    flags.slice(8 * row, 8 * row + 8).reduce((byte, flag, i) => byte | (flag ? 0x80 >> i : 0), 0),
  );
}

function property(id: number, ...parts: readonly (Uint8Array | readonly number[])[]): Uint8Array {
  const data = concat(...parts);
  return concat([id], number(data.length), data);
}

function pack(content: Uint8Array, method: SevenZipMethod): Uint8Array {
  if (method === "copy") return content;
  if (method === "bzip2") return bzip2(content);
  return method === "lzma" ? literalsOnly(content, USUAL) : lzma2(content, { isStored: false });
}

function coder(method: SevenZipMethod): Uint8Array {
  const id = METHODS[method];
  const settings = method === "lzma" ? [propertiesByte(USUAL), 0, 0, 0x10, 0] : method === "lzma2" ? [18] : [];
  return concat(
    [1, id.length | (settings.length > 0 ? 0x20 : 0)],
    id,
    settings.length > 0 ? [settings.length] : [],
    settings,
  );
}

interface Streams {
  readonly packed: readonly Uint8Array[];
  readonly folders: readonly (readonly Uint8Array[])[];
  readonly method: SevenZipMethod;
  readonly start: number;
}

function streamsInfo({ packed, folders, method, start }: Streams): Uint8Array {
  const whole = folders.map((files) => concat(...files));
  const files = folders.flat();
  return concat(
    ...[
      [ID.pack],
      number(start),
      number(packed.length),
      [ID.sizes],
      ...packed.map(({ length }) => number(length)),
      [ID.end],
    ],
    ...[[ID.unpack, ID.folder], number(folders.length), [0], ...folders.map(() => coder(method))],
    ...[[ID.unpackSizes], ...whole.map(({ length }) => number(length)), [ID.end]],
    ...[[ID.subStreams, ID.counts], ...folders.map(({ length }) => number(length))],
    ...[[ID.sizes], ...folders.flatMap((row) => row.slice(0, -1).map(({ length }) => number(length)))],
    ...[[ID.crcs, 1], ...files.map((file) => u32(crc32(file))), [ID.end, ID.end]],
  );
}

function filesInfo(entries: readonly SevenZipEntry[], { time, padding }: SevenZipOptions): Uint8Array {
  const isEmpty = entries.map(({ content }) => content === undefined || content.length === 0);
  const empty = entries.filter((_, i) => isEmpty[i]);
  const names = entries.map(({ name }) => Buffer.from(`${name}\0`, "utf16le"));
  const known = entries.map(({ attributes }) => attributes !== undefined);
  return concat(
    ...[[ID.files], number(entries.length)],
    ...(empty.length > 0 ? [property(ID.emptyStream, bits(isEmpty))] : []),
    ...(empty.length > 0 ? [property(ID.emptyFile, bits(empty.map(({ content }) => content !== undefined)))] : []),
    property(ID.names, [0], ...names),
    ...(time === undefined ? [] : [property(ID.times, [1, 0], ...entries.map(() => u64(time)))]),
    ...(known.includes(true)
      ? [
          property(
            ID.attributes,
            [0],
            bits(known),
            [0],
            ...entries.flatMap(({ attributes }) => (attributes === undefined ? [] : [u32(attributes)])),
          ),
        ]
      : []),
    ...(padding === undefined ? [] : [property(ID.dummy, new Uint8Array(padding))]),
    [ID.end],
  );
}

export function sevenZip(entries: readonly SevenZipEntry[], options: SevenZipOptions = {}): Uint8Array {
  const { method = "copy", isSolid = false, isHeaderPacked = false, changeHeader = (header) => header } = options;
  const contents = entries.flatMap(({ content }) => (content === undefined || content.length === 0 ? [] : [content]));
  const folders = isSolid && contents.length > 0 ? [contents] : contents.map((content) => [content]);
  const packed = folders.map((files) => pack(concat(...files), method));
  const streams = contents.length > 0 ? [[ID.streams], streamsInfo({ packed, folders, method, start: 0 })] : [];
  const header = changeHeader(concat([ID.header], ...streams, filesInfo(entries, options), [ID.end]));
  const body = concat(...packed);
  if (!isHeaderPacked) return archive(body, header);
  const small = pack(header, "lzma");
  // One folder of one stream, with its checksum.
  const where = concat(
    ...[[ID.packed, ID.pack], number(body.length), [1, ID.sizes], number(small.length), [ID.end]],
    ...[[ID.unpack, ID.folder, 1, 0], coder("lzma"), [ID.unpackSizes], number(header.length)],
    ...[[ID.crcs, 1], u32(crc32(header)), [ID.end, ID.end]],
  );
  return archive(concat(body, small), where);
}

function archive(body: Uint8Array, header: Uint8Array): Uint8Array {
  const fields = concat(u64(body.length), u64(header.length), u32(crc32(header)));
  return concat(Buffer.from(SIGNATURE, "latin1"), [0, 4], u32(crc32(fields)), fields, body, header);
}

class Unreadable extends Error {}

interface Folder {
  readonly method: SevenZipMethod;
  readonly settings: Uint8Array;
  size: number;
  counts: number;
}

class Reader {
  at = 0;

  constructor(private readonly bytes: Buffer) {}

  byte(): number {
    const byte = this.bytes[this.at++];
    if (byte === undefined) throw new Unreadable("behind the end");
    return byte;
  }

  take(length: number): Buffer {
    this.at += length;
    if (length < 0 || this.at > this.bytes.length) throw new Unreadable("behind the end");
    return this.bytes.subarray(this.at - length, this.at);
  }

  number(): number {
    const first = this.byte();
    let mask = 0x80;
    let value = 0;
    for (let i = 0; i < 8; i++, mask >>= 1) {
      if ((first & mask) === 0) return value + (first & (mask - 1)) * 2 ** (8 * i);
      value += this.byte() * 2 ** (8 * i);
    }
    return value;
  }

  numbers(count: number): number[] {
    if (count > 10_000) throw new Unreadable("too many");
    return Array.from({ length: count }, () => this.number());
  }

  expect(id: number): void {
    if (this.byte() !== id) throw new Unreadable(`no property ${id}`);
  }

  takes(id: number): boolean {
    if (this.bytes[this.at] !== id) return false;
    this.at++;
    return true;
  }

  bits(count: number): boolean[] {
    const row = this.take(Math.ceil(count / 8));
    return Array.from({ length: count }, (_, i) => (((row[i >> 3] ?? 0) << (i & 7)) & 0x80) !== 0);
  }

  /** Which are defined. */
  defined(count: number): boolean[] {
    return this.byte() === 1 ? new Array<boolean>(count).fill(true) : this.bits(count);
  }
}

const METHOD_NAMES = new Map(Object.entries(METHODS).map(([name, id]) => [id.join(), name as SevenZipMethod])); // keys of METHODS

function readFolder(reader: Reader): Folder {
  if (reader.number() !== 1) throw new Unreadable("several coders");
  const flags = reader.byte();
  const method = METHOD_NAMES.get([...reader.take(flags & 15)].join());
  if (method === undefined || (flags & 0xd0) !== 0) throw new Unreadable("another coder");
  return {
    method,
    settings: (flags & 0x20) !== 0 ? reader.take(reader.number()) : new Uint8Array(),
    size: 0,
    counts: 1,
  };
}

/** What each of the streams holds. */
function readStreams(reader: Reader, packed: Uint8Array): Uint8Array[] {
  reader.expect(ID.pack);
  let at = reader.number();
  const count = reader.number();
  const sizes = reader.takes(ID.sizes) ? reader.numbers(count) : [];
  skipChecksums(reader, count);
  reader.expect(ID.end);
  reader.expect(ID.unpack);
  reader.expect(ID.folder);
  const folders = Array.from({ length: Math.min(count, reader.number()) }, (_, i) => {
    if (i === 0) reader.expect(0);
    return readFolder(reader);
  });
  reader.expect(ID.unpackSizes);
  for (const folder of folders) folder.size = reader.number();
  skipChecksums(reader, count);
  reader.expect(ID.end);
  const whole = folders.map((folder, i) => {
    const start = at;
    at += sizes[i] ?? 0;
    return unpack(folder, packed.subarray(start, at));
  });
  const files = reader.takes(ID.subStreams) ? cutStreams(reader, folders, whole) : whole;
  reader.expect(ID.end);
  return files;
}

function skipChecksums(reader: Reader, count: number): void {
  if (reader.takes(ID.crcs)) for (const isDefined of reader.defined(count)) if (isDefined) reader.take(4);
}

function cutStreams(reader: Reader, folders: readonly Folder[], whole: readonly Uint8Array[]): Uint8Array[] {
  if (reader.takes(ID.counts)) for (const folder of folders) folder.counts = reader.number();
  const isSized = reader.takes(ID.sizes);
  const files = folders.flatMap(({ counts }, i) => {
    let rest = whole[i] ?? new Uint8Array();
    const cut: Uint8Array[] = [];
    for (let left = counts; left > 0; left--) {
      const size = left === 1 ? rest.length : isSized ? reader.number() : 0;
      cut.push(rest.subarray(0, size));
      rest = rest.subarray(size);
    }
    return cut;
  });
  skipChecksums(reader, files.length);
  reader.expect(ID.end);
  return files;
}

function unpack({ method, settings, size }: Folder, bytes: Uint8Array): Uint8Array {
  if (size > LARGEST) throw new Unreadable("too large");
  if (method === "copy") return bytes;
  if (method === "lzma") {
    const decoder = new LzmaDecoder(LARGEST);
    decoder.reset(propertiesOf(settings[0] ?? 0));
    if (decoder.decode(bytes, 0, size)) return Uint8Array.from(decoder.out);
  }
  const content = method === "lzma2" ? unlzma2(bytes, 0, LARGEST)?.content : unbzip2(bytes, LARGEST);
  if (content === undefined || content.length !== size) throw new Unreadable("not sound");
  return content;
}

function readFiles(reader: Reader, contents: readonly Uint8Array[]): SevenZipEntry[] {
  const count = reader.number();
  if (count > 1000) throw new Unreadable("too many");
  let names: string[] = [];
  let isEmpty = new Array<boolean>(count).fill(false);
  let isFile: boolean[] = [];
  let attributes: (number | undefined)[] = [];
  for (let id = reader.byte(); id !== ID.end; id = reader.byte()) {
    const size = reader.number();
    const inner = new Reader(reader.take(size));
    if (id === ID.emptyStream) isEmpty = inner.bits(count);
    else if (id === ID.emptyFile) isFile = inner.bits(isEmpty.filter(Boolean).length);
    else if (id === ID.names) names = inner.take(size).subarray(1).toString("utf16le").split("\0");
    else if (id === ID.attributes) {
      const defined = inner.defined(count);
      inner.expect(0);
      attributes = defined.map((isDefined) => (isDefined ? inner.take(4).readUInt32LE() : undefined));
    }
  }
  let filled = 0;
  let empty = 0;
  return Array.from({ length: count }, (_, i) => {
    const content = isEmpty[i] ? (isFile[empty++] ? new Uint8Array() : undefined) : contents[filled++];
    const its = attributes[i];
    return { name: names[i] ?? "", content, ...(its === undefined ? {} : { attributes: its }) };
  });
}

/** Everything in a sound archive of one coder a folder; undefined for others. */
export function readSevenZip(bytes: Uint8Array): SevenZipEntry[] | undefined {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  if (file.length < START || file.toString("latin1", 0, 6) !== SIGNATURE) return undefined;
  const start = START + Number(file.readBigUInt64LE(12));
  const end = start + Number(file.readBigUInt64LE(20));
  if (end !== file.length || end <= start) return undefined;
  try {
    const body = file.subarray(START, start);
    let reader = new Reader(file.subarray(start));
    if (reader.takes(ID.packed)) reader = new Reader(Buffer.from(readStreams(reader, body)[0] ?? []));
    reader.expect(ID.header);
    const contents = reader.takes(ID.streams) ? readStreams(reader, body) : [];
    reader.expect(ID.files);
    return readFiles(reader, contents);
  } catch (error) {
    if (error instanceof Unreadable) return undefined; // encrypted, cut, or of several coders
    throw error;
  }
}
