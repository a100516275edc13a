import { type CentralHeader, FLAG, type Header, type LocalHeader, METHOD } from "./records.js";
import type { Span } from "./spans.js";

/**
 * An entry as its two headers describe it; its span is what all readers agree to be its own. One header may be missing: a row without
 * data, data without a row.
 */
export interface ZipEntry extends Span {
  readonly name: string;
  readonly headerAt: number;
  readonly central: CentralHeader | undefined;
  readonly local: LocalHeader | undefined;
  /** What readers of the directory go by; the local header of an entry that the directory does not list. */
  readonly header: Header;
}

/** One way to take an entry's bytes out of the file. Readers that trust different headers take different ways. */
export interface Reading {
  readonly method: number;
  readonly dataOffset: number;
  readonly compressedSize: number;
  readonly size: number;
  /** Which header it follows. */
  readonly by: "directory" | "local header";
}

export function makeEntry(central: CentralHeader | undefined, local: LocalHeader | undefined): ZipEntry | undefined {
  const header = central ?? local;
  if (header === undefined) return undefined;
  const headerAt = central?.headerAt ?? local?.at ?? 0;
  const end = local === undefined ? headerAt : local.dataOffset + certainBytes(header, local);
  return { name: header.name, headerAt, central, local, header, start: headerAt, end };
}

/** The data that every reader gives to this entry: where the headers differ, the shorter of the two that says anything. */
function certainBytes(header: Header, local: LocalHeader): number {
  const sizes = [header.compressedSize, local.compressedSize].filter((size) => size > 0);
  return sizes.length === 0 ? 0 : Math.min(...sizes);
}

const READABLE_METHODS: ReadonlySet<number> = new Set(Object.values(METHOD).filter((method) => method !== METHOD.aes));

/** The ways to read an entry, the directory's first. `limit` is the end of the file. */
export function readingsOf({ central, local }: ZipEntry, limit: number): Reading[] {
  if (local === undefined) return [];
  const readings: Reading[] = [];
  if (central) readings.push(readingBy(central, central, local.dataOffset, "directory"));
  const own = readingBy(local, central && isOpen(local) ? central : local, local.dataOffset, "local header");
  if (readings.every((known) => differ(known, own))) readings.push(own);
  const whole = readings.filter(
    ({ dataOffset, compressedSize }) => compressedSize > 0 && dataOffset + compressedSize <= limit,
  );
  return whole.length > 0 ? whole : readings.slice(0, 1);
}

function readingBy(header: Header, sizes: Header, dataOffset: number, by: Reading["by"]): Reading {
  const { compressedSize, size } = sizes;
  return { method: effectiveMethod(header), dataOffset, compressedSize, size, by };
}

function differ(a: Reading, b: Reading): boolean {
  return a.method !== b.method || a.compressedSize !== b.compressedSize;
}

/** Under AES the method is in an extra field; without that field the number 99 is a lie, and stored or deflated bytes lie there. */
function effectiveMethod({ method, aesMethod }: Header): number {
  return method === METHOD.aes ? (aesMethod ?? METHOD.aes) : method;
}

export function hasDescriptor(header: Header): boolean {
  return (header.flags & FLAG.descriptor) !== 0;
}

/** It leaves the sizes to the directory or to a descriptor; without either, streaming unpackers inflate up to the stream's own end. */
function isOpen(local: LocalHeader): boolean {
  return local.compressedSize === 0;
}

/** Whether an entry's content must be found by trying: its headers say that it is encrypted, or name a method that nobody knows. */
export function isDoubtful({ header }: ZipEntry, { method }: Reading): boolean {
  return saysEncrypted(header) || !isReadable(method);
}

export function isReadable(method: number): boolean {
  return READABLE_METHODS.has(method);
}

/** A flag says so; whether the bytes are is seen by trying. */
export function saysEncrypted({ flags, method }: Header): boolean {
  return (flags & (FLAG.encrypted | FLAG.strongEncryption)) !== 0 || method === METHOD.aes;
}
