import { crc32 } from "node:zlib";
import type { Inflated } from "../../formats/zip/decode.js";
import type { Reading, ZipEntry } from "../../formats/zip/entry.js";
import { shown } from "../archive-names.js";
import type { Observation } from "../scanner.js";

const REFUSED = "zipfile refuses the entry, torch.load reads it";

/** Whether a stored member's bytes fit the directory's checksum. */
export function judgeStored(entry: ZipEntry, reading: Reading, bytes: Uint8Array): Observation | undefined {
  return reading.by === "directory" ? checksum(entry, crc32(bytes)) : undefined;
}

/** torch.load takes a size without bytes at its word and reads memory that nobody has written to. */
export function judgeWithoutBytes(entry: ZipEntry, { by, size }: Reading): Observation | undefined {
  if (by !== "directory" || size === 0) return undefined;
  return mismatch(entry, "size", `${shown(entry.name)} holds no bytes, its directory says ${size}`);
}

export interface Unpacked {
  readonly inflated: Inflated;
  readonly hasChecksums: boolean;
}

/** Whether what came out of a compressed member fits what its header says. */
export function* judgeUnpacked(entry: ZipEntry, reading: Reading, unpacked: Unpacked): Generator<Observation> {
  const { failure, limit, source, consumed, crc } = unpacked.inflated;
  const name = shown(entry.name);
  if (limit) {
    if (limit.limit === "max_ratio")
      yield bomb(entry, `${name}: ${limit.message}; the first ${source.size} were examined`);
    return;
  }
  // That the headers differ is told already; what the other one says of these bytes need not hold.
  if (reading.by !== "directory" && entry.central) return;
  if (failure !== undefined) {
    yield mismatch(
      entry,
      "stream",
      `${name} unpacks to ${source.size} of ${reading.size} bytes (${failure}): zipfile and torch.load refuse it`,
    );
    return;
  }
  if (source.size !== reading.size) {
    yield mismatch(
      entry,
      "size",
      `${name} unpacks to ${source.size} bytes, its ${reading.by} says ${reading.size}: readers stop at either`,
    );
  }
  if (consumed !== reading.compressedSize) {
    yield mismatch(
      entry,
      "length",
      `the compressed data of ${name} takes ${consumed} bytes, its ${reading.by} says ${reading.compressedSize}: readers stop at either`,
    );
  }
  const wrong = unpacked.hasChecksums ? checksum(entry, crc) : undefined;
  if (wrong) yield wrong;
}

function checksum(entry: ZipEntry, crc: number): Observation | undefined {
  const stated = entry.header.crc;
  if (crc === stated) return undefined;
  return mismatch(
    entry,
    "checksum",
    `the checksum of ${shown(entry.name)} is ${hex(crc)}, the directory says ${hex(stated)}: ${REFUSED}`,
  );
}

function mismatch({ name, headerAt }: ZipEntry, field: string, message: string): Observation {
  return {
    rule: "archive/content-mismatch",
    message,
    subject: `${name}: ${field}`,
    member: name,
    offset: headerAt,
    evidence: { field },
  };
}

function hex(crc: number): string {
  return crc.toString(16).padStart(8, "0");
}

function bomb({ name, headerAt }: ZipEntry, message: string): Observation {
  return { rule: "archive/bomb", message, subject: name, member: name, offset: headerAt };
}

export function judgeDirectoryData({ name, headerAt }: ZipEntry, { size }: Reading): Observation {
  return {
    rule: "archive/hidden-entry",
    message: `${shown(name)} is a directory, yet it holds ${size} bytes: torch.load and unpackers skip them, zipfile reads them by name`,
    subject: name,
    member: name,
    offset: headerAt,
  };
}
