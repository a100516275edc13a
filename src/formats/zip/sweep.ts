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

const BLOCK_BYTES = 1 << 20;
/** Places that look like a header: a file that is made of them must not cost more than one that holds a few. */
const MAX_CANDIDATES = 1_000_000;
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
  /** How far the search came: to the end of the gap, unless there are too many signatures. */
  readonly end: number;
}

/** Walks parts of the file that no directory explains, from local header to local header. Reads all of it but the strays' data. */
export class Sweeper {
  private readonly blocks: Blocks;
  private candidates = 0;

  constructor(
    source: ByteSource,
    private readonly window: Window,
    private readonly budget: Budget,
  ) {
    this.blocks = new Blocks(source);
  }

  async sweep(gap: Span): Promise<Sweep> {
    const strays: Stray[] = [];
    const rest: Span[] = [];
    let from = gap.start;
    let at = gap.start;
    while (at < gap.end && this.candidates < MAX_CANDIDATES) {
      const next = await this.blocks.find({ start: at, end: gap.end }, HEADER_KINDS);
      if (next === undefined) break;
      this.candidates++;
      this.budget.spendSteps();
      at = next + 1;
      const local = await readLocalHeader(this.window, next);
      if (local === undefined || !isPlausible(local)) continue;
      if (next > from) rest.push({ start: from, end: next });
      from = await this.endOfData(local, gap.end);
      strays.push({ local, start: next, end: from });
      // Data that is said to reach to the end of the gap and beyond may be a lie to cover what follows.
      at = local.dataOffset + local.compressedSize > gap.end ? local.dataOffset : from;
    }
    if (from < gap.end) rest.push({ start: from, end: gap.end });
    return { strays, rest, end: this.candidates < MAX_CANDIDATES ? gap.end : at };
  }

  /** Where sizes follow the data in a descriptor, the data ends at the next signature of any kind. */
  private async endOfData(local: LocalHeader, limit: number): Promise<number> {
    const { dataOffset, compressedSize } = local;
    if (compressedSize > 0 || !hasDescriptor(local)) {
      return Math.min(dataOffset + compressedSize, Math.max(limit, dataOffset));
    }
    return (await this.blocks.find({ start: dataOffset, end: limit }, RECORD_KINDS)) ?? limit;
  }
}

const HEADER_KINDS = [LOCAL_SIGNATURE];
const RECORD_KINDS = [DESCRIPTOR_SIGNATURE, LOCAL_SIGNATURE, CENTRAL_SIGNATURE];

/** Searches a source block by block; a search that begins where the last one ended reads nothing again. */
class Blocks {
  private bytes: Buffer = Buffer.alloc(0);
  private start = 0;

  constructor(private readonly source: ByteSource) {}

  /** Offset of the first of these signatures that begins inside the span. */
  async find(span: Span, kinds: readonly number[]): Promise<number | undefined> {
    for (let at = span.start; at < span.end; at = this.start + BLOCK_BYTES) {
      await this.load(at);
      const end = Math.min(this.bytes.length, span.end - this.start);
      for (let found = this.bytes.indexOf("PK", at - this.start); found >= 0 && found < end; ) {
        if (kinds.some((kind) => hasSignature(this.bytes, kind, found))) return this.start + found;
        found = this.bytes.indexOf("PK", found + 1);
      }
    }
    return undefined;
  }

  /** A block and the three bytes behind it, in which a signature may end. */
  private async load(at: number): Promise<void> {
    if (at >= this.start && at < this.start + this.bytes.length - 3) return;
    this.bytes = asBuffer(await this.source.read(at, BLOCK_BYTES + 3));
    this.start = at;
  }
}

function isPlausible({ method, rawName }: LocalHeader): boolean {
  const first = rawName.charCodeAt(0);
  return Object.values(METHOD).some((known) => known === method) && first >= 0x20 && rawName.length <= MAX_NAME_BYTES;
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
