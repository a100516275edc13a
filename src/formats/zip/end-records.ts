import type { ByteSource } from "../../io/byte-source.js";
import {
  contradicts,
  END_BYTES,
  type EndFields,
  hasSignature,
  parseEnd,
  parseZip64End,
  parseZip64Locator,
  ZIP64_END_BYTES,
  ZIP64_END_SIGNATURE,
  ZIP64_LOCATOR_BYTES,
  ZIP64_LOCATOR_SIGNATURE,
} from "./records.js";

/** How far from the end readers look: the record and the longest comment. Python and miniz agree. */
const TAIL_BYTES = END_BYTES + 0xffff;
/** A comment has room for thousands of records; no reader goes past the last few. */
const MAX_END_RECORDS = 64;

/** One place that claims to be the end of an archive. */
export interface EndRecord {
  /** Of the plain record's signature. */
  readonly at: number;
  /** After the comment, clipped to the file. */
  readonly end: number;
  /** As the plain record has it; it may reach beyond the file. */
  readonly commentLength: number;
  /** What readers go by: the zip64 record where there is one, else the plain one. */
  readonly fields: EndFields;
  /** Where the directory ends when nothing lies in between: at the zip64 record or at the plain one. */
  readonly directoryEnd: number;
  /** How the records contradict each other. */
  readonly problems: readonly string[];
}

/** Every end record in the file's tail, the last one first: Python's zipfile and miniz take that one. */
export async function findEndRecords(source: ByteSource): Promise<EndRecord[]> {
  const tailOffset = Math.max(0, source.size - TAIL_BYTES);
  const tail = await source.read(tailOffset, TAIL_BYTES);
  const found: EndRecord[] = [];
  for (const at of endPositions(tail).slice(0, MAX_END_RECORDS)) {
    const plain = parseEnd(tail.subarray(at), tailOffset + at);
    found.push(await withZip64(source, tailOffset + at, plain));
  }
  return found;
}

/** Positions inside `tail` at which a whole end record begins, the last one first. */
export function endPositions(tail: Uint8Array): number[] {
  const bytes = Buffer.from(tail.buffer, tail.byteOffset, tail.length);
  const positions: number[] = [];
  for (let from = bytes.length - END_BYTES; from >= 0; ) {
    const at = bytes.lastIndexOf("PK\x05\x06", from, "latin1");
    if (at < 0) break;
    positions.push(at);
    from = at - 1;
  }
  return positions;
}

async function withZip64(source: ByteSource, at: number, plain: ReturnType<typeof parseEnd>): Promise<EndRecord> {
  const { commentLength } = plain;
  const common = { at, commentLength, end: Math.min(source.size, at + END_BYTES + commentLength) };
  const locatorAt = at - ZIP64_LOCATOR_BYTES;
  const locator = locatorAt < 0 ? new Uint8Array() : await source.read(locatorAt, ZIP64_LOCATOR_BYTES);
  if (!hasSignature(locator, ZIP64_LOCATOR_SIGNATURE))
    return { ...common, fields: plain, directoryEnd: at, problems: [] };
  // Python's zipfile looks right before the locator, miniz where the locator points.
  const near = await readZip64End(source, locatorAt - ZIP64_END_BYTES);
  const pointed = await readZip64End(source, parseZip64Locator(locator, locatorAt));
  const chosen = near ?? pointed;
  if (chosen === undefined) {
    return { ...common, fields: plain, directoryEnd: at, problems: ["the zip64 locator leads to no zip64 record"] };
  }
  const problems: string[] = [];
  if (near && pointed && near.at !== pointed.at)
    problems.push("two zip64 records, one before the locator and one where it points");
  if (contradicts(plain, chosen.fields)) problems.push("the plain end record contradicts the zip64 record");
  return { ...common, fields: chosen.fields, directoryEnd: chosen.at, problems };
}

async function readZip64End(source: ByteSource, at: number): Promise<{ at: number; fields: EndFields } | undefined> {
  if (at < 0 || at + ZIP64_END_BYTES > source.size) return undefined;
  const record = await source.read(at, ZIP64_END_BYTES);
  if (record.length < ZIP64_END_BYTES || !hasSignature(record, ZIP64_END_SIGNATURE)) return undefined;
  return { at, fields: parseZip64End(record, at) };
}

/** Looks at the file's tail without a source: whether an archive ends here, and where it says its directory lies. */
export function plausibleEnd(tail: Uint8Array, tailOffset: number, size: number): boolean {
  return endPositions(tail).some((at) => {
    const { entries, directorySize, directoryOffset, commentLength } = parseEnd(tail.subarray(at), tailOffset + at);
    if (directorySize === 0)
      return isBareEnd(tail, at, entries + directoryOffset, tailOffset + at + END_BYTES + commentLength === size);
    const start = tailOffset + at - directorySize - zip64Bytes(tail, at);
    if (start >= tailOffset) return hasSignature(tail, 0x02014b50, start - tailOffset);
    // A directory longer than the tail: its numbers must fit each other and the file.
    return start >= 0 && entries > 0 && directorySize >= entries * 46 && directoryOffset <= start;
  });
}

function zip64Bytes(tail: Uint8Array, at: number): number {
  const has = at >= ZIP64_LOCATOR_BYTES && hasSignature(tail, ZIP64_LOCATOR_SIGNATURE, at - ZIP64_LOCATOR_BYTES);
  return has ? ZIP64_LOCATOR_BYTES + ZIP64_END_BYTES : 0;
}

function isBareEnd(tail: Uint8Array, at: number, stated: number, reachesEnd: boolean): boolean {
  return stated === 0 && reachesEnd && tail.subarray(at + 4, at + END_BYTES - 2).every((byte) => byte === 0);
}
