import type { ByteSource } from "../../io/byte-source.js";
import {
  asBuffer,
  CENTRAL_BYTES,
  CENTRAL_SIGNATURE,
  contradicts,
  END_BYTES,
  END_SIGNATURE,
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
  /** What readers go by: the zip64 record where there is one, else the plain one. */
  readonly fields: EndFields;
  /** Where the directory ends when nothing lies in between: at the zip64 record or at the plain one. */
  readonly directoryEnd: number;
  /** Of the zip64 record that the locator points to, where another one stands before the locator. */
  readonly pointedAt?: number;
  /** How the records contradict each other. */
  readonly problems: readonly string[];
}

/** Every end record in the file's tail, the last one first: Python's zipfile and miniz take that one. */
export async function findEndRecords(source: ByteSource): Promise<EndRecord[]> {
  const tailOffset = Math.max(0, source.size - TAIL_BYTES);
  const tail = asBuffer(await source.read(tailOffset, TAIL_BYTES));
  const found: EndRecord[] = [];
  for (const at of endPositions(tail).slice(0, MAX_END_RECORDS)) {
    const { commentLength, ...plain } = parseEnd(tail, at);
    const end = Math.min(source.size, tailOffset + at + END_BYTES + commentLength);
    found.push(await withZip64(source, { at: tailOffset + at, end }, plain));
  }
  return found;
}

/** The end record, without a comment, that ends right before `offset`. */
export async function endRecordBefore(source: ByteSource, offset: number): Promise<EndRecord | undefined> {
  const at = offset - END_BYTES;
  if (at < 0) return undefined;
  const record = asBuffer(await source.read(at, END_BYTES));
  if (!hasSignature(record, END_SIGNATURE)) return undefined;
  const { commentLength, ...plain } = parseEnd(record, 0);
  return commentLength === 0 ? withZip64(source, { at, end: offset }, plain) : undefined;
}

/** Positions inside `tail` at which a whole end record begins, the last one first. */
function endPositions(tail: Buffer): number[] {
  const positions: number[] = [];
  for (let from = tail.length - END_BYTES; from >= 0; ) {
    const at = tail.lastIndexOf("PK\x05\x06", from, "latin1");
    if (at < 0) break;
    positions.push(at);
    from = at - 1;
  }
  return positions;
}

async function withZip64(
  source: ByteSource,
  place: { readonly at: number; readonly end: number },
  plain: EndFields,
): Promise<EndRecord> {
  const byPlain = { ...place, fields: plain, directoryEnd: place.at };
  const locatorAt = place.at - ZIP64_LOCATOR_BYTES;
  if (locatorAt < 0) return { ...byPlain, problems: [] };
  const locator = asBuffer(await source.read(locatorAt, ZIP64_LOCATOR_BYTES));
  if (!hasSignature(locator, ZIP64_LOCATOR_SIGNATURE)) return { ...byPlain, problems: [] };
  // Python's zipfile looks right before the locator, miniz where the locator points.
  const near = await readZip64End(source, locatorAt - ZIP64_END_BYTES);
  const pointed = await readZip64End(source, parseZip64Locator(locator));
  const chosen = near ?? pointed;
  if (chosen === undefined) return { ...byPlain, problems: ["the zip64 locator leads to no zip64 record"] };
  const problems: string[] = [];
  if (contradicts(plain, chosen.fields)) {
    problems.push(
      "the end record contradicts the zip64 record: torch.load and zipfile go by the zip64 record, others by the plain one",
    );
  }
  const isOther = near && pointed && near.at !== pointed.at;
  return {
    ...place,
    fields: chosen.fields,
    directoryEnd: chosen.at,
    ...(isOther && { pointedAt: pointed.at }),
    problems,
  };
}

async function readZip64End(source: ByteSource, at: number): Promise<{ at: number; fields: EndFields } | undefined> {
  if (at < 0 || at + ZIP64_END_BYTES > source.size) return undefined;
  const record = asBuffer(await source.read(at, ZIP64_END_BYTES));
  if (record.length < ZIP64_END_BYTES || !hasSignature(record, ZIP64_END_SIGNATURE)) return undefined;
  return { at, fields: parseZip64End(record) };
}

/** The last bytes of a file, as far as they were read. */
export interface Tail {
  readonly tail: Uint8Array;
  readonly tailOffset: number;
  readonly size: number;
}

/** Whether an archive ends here, by the tail alone: an end record that leads to a directory, or one that says the archive is empty. */
export function endsInArchive({ tail, tailOffset, size }: Tail): boolean {
  const bytes = asBuffer(tail);
  return endPositions(bytes)
    .slice(0, MAX_END_RECORDS)
    .some((at) => {
      const { entries, directorySize, directoryOffset, commentLength } = parseEnd(bytes, at);
      const end = tailOffset + at + END_BYTES + commentLength;
      if (directorySize === 0) return entries === 0 && directoryOffset === 0 && end === size;
      const start = at - zip64Bytes(bytes, at) - directorySize;
      if (start >= 0) return hasSignature(bytes, CENTRAL_SIGNATURE, start);
      // A directory longer than the tail: its numbers must fit each other and the file.
      return entries > 0 && directorySize >= entries * CENTRAL_BYTES && directoryOffset <= start + tailOffset;
    });
}

function zip64Bytes(tail: Buffer, at: number): number {
  const locatorAt = at - ZIP64_LOCATOR_BYTES;
  const isPresent = locatorAt >= 0 && hasSignature(tail, ZIP64_LOCATOR_SIGNATURE, locatorAt);
  return isPresent ? ZIP64_LOCATOR_BYTES + ZIP64_END_BYTES : 0;
}
