// Walks a tar by offset: only headers are read, entries are windows of the source.

import type { Budget } from "../../io/budget.js";
import type { ByteSource } from "../../io/byte-source.js";
import { BlockReader } from "./block-reader.js";
import { BLOCK, readHeader, type TarHeader } from "./header.js";
import { type Overrides, readPax } from "./pax.js";
import { decodeText } from "./text.js";

export type TarKind = "file" | "directory" | "symlink" | "hardlink" | "device";

export interface TarEntry {
  readonly name: string;
  readonly kind: TarKind;
  readonly mode: number;
  /** Target of a link. */
  readonly link?: string;
  /** What other readers call it, and where it leads for them. */
  readonly otherName?: string;
  readonly otherLink?: string;
  /** Offset of the content, and its length in the archive. */
  readonly offset: number;
  readonly size: number;
  /** The stored bytes are the content without its holes. */
  readonly sparse: boolean;
}

/** Something that readers of the archive do not agree about, or that cannot be read at all. */
export interface TarAnomaly {
  readonly kind:
    | "bad-checksum"
    | "bad-size"
    | "size-conflict"
    | "name-conflict"
    | "link-with-content"
    | "bad-extended-header"
    | "after-end"
    | "truncated"
    | "without-end"
    | "tail";
  readonly message: string;
  readonly offset: number;
  /** Bytes from the offset on that belong to no entry. */
  readonly length?: number;
  /** The entry that it is about. */
  readonly name?: string;
}

export type TarItem = { readonly entry: TarEntry } | { readonly anomaly: TarAnomaly };

/** Types whose header's size field counts no blocks; libarchive reads some of them with content nevertheless. */
const KINDS = new Map<string, TarKind>([
  ["1", "hardlink"],
  ["2", "symlink"],
  ["3", "device"],
  ["4", "device"],
  ["5", "directory"],
  ["6", "device"], // a pipe
]);
/** Long names and PAX records are far shorter; what is longer is not held in memory. */
const MAX_EXTENSION = 1 << 20;
/** The largest size that the octal field can hold: writers use an extended header beyond it. */
const MAX_OCTAL_SIZE = 0o77777777777;

/**
 * Yields every entry, and what is odd on the way. After a broken header the walk goes on at the next block that is one, as GNU tar does;
 * after the end-of-archive mark it goes on with archives that were appended (`tar --ignore-zeros`).
 */
export async function* walkTar(source: ByteSource, budget: Budget): AsyncGenerator<TarItem> {
  const walker = new Walker(source, budget);
  while (walker.at < source.size) {
    await walker.step();
    yield* walker.take();
  }
  walker.finish();
  yield* walker.take();
}

class Walker {
  at = 0;
  private readonly blocks: BlockReader;
  private global: Overrides = {};
  private local: Overrides = {};
  /** What the first of several extended headers before an entry says: the first counts for Python's tarfile, the last for others. */
  private first: Overrides = {};
  private ended = false;
  /** What is left is no archive, or the archive is cut off inside an entry, and that is told. */
  private stopped = false;
  /** Found and not yet handed out. */
  private found: TarItem[] = [];

  constructor(
    private readonly source: ByteSource,
    private readonly budget: Budget,
  ) {
    this.blocks = new BlockReader(source, budget);
  }

  /** What was found since this was asked last. */
  take(): readonly TarItem[] {
    const { found } = this;
    if (found.length > 0) this.found = [];
    return found;
  }

  /** Goes over one header and what belongs to it. */
  async step(): Promise<void> {
    this.budget.spendSteps();
    const start = this.at;
    const block = await this.blocks.read(start);
    if (block.length < BLOCK) {
      this.stop(
        start,
        block.some((byte) => byte !== 0),
      );
      return;
    }
    if (block.every((byte) => byte === 0)) {
      this.ended = true;
      this.at = await this.blocks.skipZeros(start + BLOCK);
      return;
    }
    const header = readHeader(block);
    if (this.ended) {
      if (!header.checksumHolds) {
        this.stop(start, true);
        return;
      }
      this.tell("after-end", start, `an entry at ${start} follows the end-of-archive mark`, header.name);
      this.ended = false;
    }
    await (header.checksumHolds ? this.read(header, start) : this.resume(header, start));
  }

  /** A file that ends inside the padding of an entry was cut; one that ends at a block is whole for every reader but an odd one. */
  finish(): void {
    if (this.ended || this.stopped) return;
    const cut = this.at > this.source.size;
    const fact = cut ? `the archive ends at ${this.source.size}, inside a block` : "the archive has no end mark";
    this.tell(cut ? "truncated" : "without-end", this.source.size, fact);
  }

  private stop(start: number, somethingLeft: boolean): void {
    this.at = this.source.size;
    this.stopped = somethingLeft;
    if (somethingLeft) this.tellTail(start, this.at);
  }

  /** A header whose sum is wrong: used if it leads to a good one, else the next good one is looked for. */
  private async resume(header: TarHeader, start: number): Promise<void> {
    const next = start + BLOCK + padded(header.size ?? 0);
    const leads = header.flavour !== "v7" && (header.size ?? -1) >= 0 && (await this.isHeaderOrEnd(next));
    this.tell("bad-checksum", start, `the header at ${start} has a wrong checksum`, header.name);
    if (leads) return this.read(header, start);
    this.at = await this.blocks.findHeader(start + BLOCK);
    if (this.at > start + BLOCK) this.tellTail(start + BLOCK, this.at);
  }

  private async isHeaderOrEnd(at: number): Promise<boolean> {
    if (at > this.source.size) return false;
    const block = await this.blocks.read(at);
    return block.every((byte) => byte === 0) || (block.length === BLOCK && readHeader(block).checksumHolds);
  }

  private async read(header: TarHeader, start: number): Promise<void> {
    const { type } = header;
    if (type === "L" || type === "K" || type === "x" || type === "X" || type === "g")
      return this.takeExtension(header, start);
    const overrides = { ...this.global, ...this.local };
    const others = { ...this.global, ...this.first };
    this.local = {};
    this.first = {};
    await this.takeEntry(header, overrides, others, start);
  }

  private async takeExtension(header: TarHeader, start: number): Promise<void> {
    const size = header.size ?? -1;
    this.at = start + BLOCK + padded(Math.max(0, size));
    if (size < 0 || size > MAX_EXTENSION || start + BLOCK + size > this.source.size) {
      this.stopped = this.at > this.source.size;
      this.tell("bad-extended-header", start, `an extended header of ${size} bytes at ${start} cannot be read`);
      return;
    }
    const bytes = await this.source.read(start + BLOCK, size);
    this.budget.spendSteps(size);
    if (header.type === "L") this.override({ name: untilNul(bytes) });
    else if (header.type === "K") this.override({ link: untilNul(bytes) });
    else {
      const { overrides, complete } = readPax(bytes);
      if (header.type === "g") this.global = { ...this.global, ...overrides };
      else this.override(overrides);
      if (!complete) this.tell("bad-extended-header", start, `a PAX record at ${start} has a wrong length`);
    }
  }

  private override(overrides: Overrides): void {
    this.local = { ...this.local, ...overrides };
    this.first = { ...overrides, ...this.first };
  }

  private async takeEntry(header: TarHeader, overrides: Overrides, others: Overrides, start: number): Promise<void> {
    const name = overrides.name ?? header.name;
    const stated = overrides.size ?? header.size ?? -1;
    const kind = kindOf(header, name, stated);
    const link = kind === "symlink" || kind === "hardlink" ? (overrides.link ?? header.link) : undefined;
    const other = {
      ...differing("otherName", name, others.name ?? header.prefixedName ?? header.name),
      ...(link === undefined ? {} : differing("otherLink", link, others.link ?? header.link)),
    };
    if (stated < 0) this.tell("bad-size", start, `the size of the entry at ${start} is no number`, name);
    if (conflicts(header, overrides)) {
      const fact = `the header says ${header.size} bytes, its extended header ${overrides.size}`;
      this.tell("size-conflict", start, fact, name);
    }
    if (others.size !== overrides.size) {
      const fact = `its extended headers say ${others.size} bytes and ${overrides.size}`;
      this.tell("size-conflict", start, fact, name);
    }
    for (const elsewhere of Object.values(other))
      this.tell("name-conflict", start, `other readers read ${JSON.stringify(elsewhere)} there`, name);
    const content = header.type === "S" ? await this.skipSparseMap(start + BLOCK) : start + BLOCK;
    const size = Math.max(0, stated);
    const held = kind === "file" ? size : 0;
    if (size > 0 && (kind !== "file" || isFolderName(header, name))) {
      const what = kind === "file" ? "folder" : kind;
      this.tell("link-with-content", start, `a ${what} states ${size} bytes of content`, name);
    }
    const available = Math.max(0, Math.min(held, this.source.size - content));
    const sparse = header.type === "S" || overrides.sparse === true;
    const shared = { name, ...other, kind, mode: header.mode, offset: content, size: available, sparse };
    this.found.push({ entry: link === undefined ? shared : { ...shared, link } });
    if (available < held) {
      this.stopped = true;
      this.tell("truncated", content, `the entry has ${held} bytes, the archive ends after ${available}`, name);
    }
    this.at = content + padded(held);
  }

  /** GNU's old sparse format continues its map in blocks behind the header; byte 504 of each says whether another follows. */
  private async skipSparseMap(from: number): Promise<number> {
    const first = await this.blocks.read(from - BLOCK);
    let more = first[482] !== 0;
    let at = from;
    while (more && at < this.source.size) {
      this.budget.spendSteps();
      more = ((await this.blocks.read(at))[504] ?? 0) !== 0;
      at += BLOCK;
    }
    return at;
  }

  private tellTail(from: number, to: number): void {
    const length = to - from;
    const message = `${length} bytes at ${from} belong to no entry`;
    this.found.push({ anomaly: { kind: "tail", message, offset: from, length } });
  }

  private tell(kind: TarAnomaly["kind"], offset: number, message: string, name?: string): void {
    this.found.push({ anomaly: { kind, message, offset, ...(name === undefined ? {} : { name }) } });
  }
}

/** Readers differ on which of two sizes counts (CVE-2025-62518), and then on what the bytes behind the shorter one are. */
function conflicts(header: TarHeader, { size, sparse }: Overrides): boolean {
  return size !== undefined && !sparse && size <= MAX_OCTAL_SIZE && size !== header.size;
}

function differing<Key extends string>(key: Key, ours: string, theirs: string): { readonly [K in Key]?: string } {
  const entry: { [K in Key]?: string } = {};
  if (theirs !== ours) entry[key] = theirs;
  return entry;
}

/** v7 has no type for a folder, its name ends in a slash: a file of no bytes under such a name is one, to every reader that tells. */
function kindOf(header: TarHeader, name: string, size: number): TarKind {
  if (size <= 0 && isFolderName(header, name)) return "directory";
  return KINDS.get(header.type) ?? "file";
}

/** For Python's tarfile the name in the header itself counts, which long names cut anywhere, but in v7's entries alone. */
function isFolderName(header: TarHeader, name: string): boolean {
  if (header.type !== "0") return false;
  return name.endsWith("/") || (header.isV7File && header.name.endsWith("/"));
}

function padded(size: number): number {
  return Math.ceil(size / BLOCK) * BLOCK;
}

function untilNul(bytes: Uint8Array): string {
  const end = bytes.indexOf(0);
  return decodeText(end < 0 ? bytes : bytes.subarray(0, end));
}
