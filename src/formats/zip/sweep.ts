import type { Budget } from "../../io/budget.js";
import type { ByteSource } from "../../io/byte-source.js";
import { hasDescriptor } from "./entry.js";
import { readLocalHeader } from "./local-headers.js";
import {
  asBuffer,
  CENTRAL_BYTES,
  CENTRAL_SIGNATURE,
  centralLength,
  DESCRIPTOR_SIGNATURE,
  END_BYTES,
  END_SIGNATURE,
  hasSignature,
  LOCAL_SIGNATURE,
  type LocalHeader,
  METHOD,
  ZIP64_END_BYTES,
  ZIP64_END_SIGNATURE,
  ZIP64_LOCATOR_BYTES,
  ZIP64_LOCATOR_SIGNATURE,
} from "./records.js";
import type { Span } from "./spans.js";
import type { Window } from "./window.js";

const WINDOW_BYTES = 1 << 20;
/** No name of a model's member comes near; chance bytes after a chance signature mostly state more. */
const MAX_NAME_BYTES = 4096;

/** An entry that was found by its local header alone. */
export interface Stray extends Span {
  readonly local: LocalHeader;
}

export interface Sweep {
  readonly strays: readonly Stray[];
  /** What lies between them. */
  readonly rest: readonly Span[];
}

/** Walks a part of the file that the directory does not explain, from local header to local header. Reads all of it but the strays' data. */
export async function sweep(source: ByteSource, window: Window, gap: Span, budget: Budget): Promise<Sweep> {
  const strays: Stray[] = [];
  const rest: Span[] = [];
  let from = gap.start;
  for (let at = gap.start; at < gap.end; ) {
    const next = await findSignature(source, { start: at, end: gap.end }, [LOCAL_SIGNATURE]);
    if (next === undefined) break;
    budget.spendSteps();
    const local = await readLocalHeader(window, next);
    if (local === undefined || !isPlausible(local)) {
      at = next + 1;
      continue;
    }
    if (next > from) rest.push({ start: from, end: next });
    const end = await endOfData(source, local, gap.end);
    strays.push({ local, start: next, end });
    from = end;
    // Data that is said to reach to the end of the gap and beyond may be a lie to cover what follows.
    at = local.dataOffset + local.compressedSize > gap.end ? local.dataOffset : end;
  }
  if (from < gap.end) rest.push({ start: from, end: gap.end });
  return { strays, rest };
}

function isPlausible({ method, rawName }: LocalHeader): boolean {
  const first = rawName.charCodeAt(0);
  return Object.values(METHOD).some((known) => known === method) && first >= 0x20 && rawName.length <= MAX_NAME_BYTES;
}

/** Where sizes follow the data in a descriptor, the data ends at the next signature of any kind. */
async function endOfData(source: ByteSource, local: LocalHeader, limit: number): Promise<number> {
  const { dataOffset, compressedSize } = local;
  if (compressedSize > 0 || !hasDescriptor(local))
    return Math.min(dataOffset + compressedSize, Math.max(limit, dataOffset));
  const kinds = [DESCRIPTOR_SIGNATURE, LOCAL_SIGNATURE, CENTRAL_SIGNATURE];
  return (await findSignature(source, { start: dataOffset, end: limit }, kinds)) ?? limit;
}

/** Offset of the first of these signatures that begins inside the span. */
async function findSignature(source: ByteSource, span: Span, kinds: readonly number[]): Promise<number | undefined> {
  for (let at = span.start; at < span.end; at += WINDOW_BYTES) {
    const bytes = asBuffer(await source.read(at, Math.min(WINDOW_BYTES, span.end - at) + 3));
    for (let found = bytes.indexOf("PK"); found >= 0; found = bytes.indexOf("PK", found + 1)) {
      if (kinds.some((kind) => hasSignature(bytes, kind, found))) return at + found;
    }
  }
  return undefined;
}

/** What is left of a span behind the directory rows and end records that it begins with: those of an archive that lost its end. */
export async function withoutRecords(window: Window, span: Span): Promise<Span[]> {
  let start = span.start;
  for (let length = 1; length > 0 && start < span.end; start += length) length = await recordLength(window, start);
  return start < span.end ? [{ start, end: span.end }] : [];
}

/** Bytes of the directory's record at `at`; 0 where there is none. */
async function recordLength(window: Window, at: number): Promise<number> {
  const bytes = await window.read(at, CENTRAL_BYTES);
  if (hasSignature(bytes, CENTRAL_SIGNATURE))
    return bytes.length < CENTRAL_BYTES ? bytes.length : centralLength(bytes, 0);
  if (hasSignature(bytes, ZIP64_END_SIGNATURE)) return ZIP64_END_BYTES;
  if (hasSignature(bytes, ZIP64_LOCATOR_SIGNATURE)) return ZIP64_LOCATOR_BYTES;
  return hasSignature(bytes, END_SIGNATURE) ? END_BYTES : 0;
}
