import { LimitError } from "../../errors.js";
import { isDoubtful, type Reading, readingsOf, type ZipEntry } from "../../formats/zip/entry.js";
import { METHOD } from "../../formats/zip/records.js";
import { type ByteSource, slice } from "../../io/byte-source.js";
import { judgeProgram } from "../archive-names.js";
import { isFiller } from "../expansion.js";
import type { Member, MemberOutcome, ScanContext } from "../scanner.js";
import { judgeDoubtful, resolveDoubtful } from "./doubtful.js";
import { judgeDirectoryData, judgeStored, judgeUnpacked, judgeWithoutBytes } from "./judge-content.js";
import type { MemberReader } from "./member-reader.js";
import type { Storages } from "./storages.js";
import { kindOf, MAX_LINK_BYTES, type ZipTree } from "./zip-tree.js";

/** The same bytes under many names are examined this often: names only matter for formats without a magic. */
const MAX_VISITS_OF_BYTES = 4;
/** Stored members up to this size are read whole by detection, so that their checksum costs next to nothing. */
const MAX_CHECKED_BYTES = 64 << 10;
/** Stored members of an honest archive are together smaller than the file; overlapping ones are followed this far. */
const MAX_STORED_TIMES = 4;

export interface WalkOptions {
  readonly reader: MemberReader;
  readonly context: ScanContext;
  readonly tree: ZipTree;
  readonly storages: Storages;
  /** False when the writer left out all checksums, as torch does on request. */
  readonly hasChecksums: boolean;
}

/** Sends every entry through the scanners, under every reading of its headers. */
export class MemberWalk {
  private readonly visits = new Map<string, number>();
  private storedBytes = 0;
  /** Bytes of members that are no model: what bombs are made of. */
  filler = 0;

  constructor(private readonly options: WalkOptions) {}

  async examine(entries: readonly ZipEntry[]): Promise<void> {
    const { reader, context } = this.options;
    for (const entry of entries) {
      if (context.budget.exhausted) throw context.budget.exhausted;
      const readings = readingsOf(entry, reader.source.size);
      if (readings.length === 0) context.incomplete(`${entry.name}: no local header`);
      for (const reading of readings) await this.examineReading(entry, reading);
    }
  }

  private async examineReading(entry: ZipEntry, stated: Reading): Promise<void> {
    const { context } = this.options;
    if (stated.compressedSize === 0) {
      const empty = judgeWithoutBytes(entry, stated);
      if (empty) context.report(empty);
      return;
    }
    if (!this.isFreshEnough(stated)) return;
    if (kindOf(entry) === "directory" && stated.size > 0) context.report(judgeDirectoryData(entry, stated));
    const reading = isDoubtful(entry, stated) ? await this.resolve(entry, stated) : stated;
    if (reading === undefined) return;
    const { formats } = await this.descend(entry, reading);
    const program = judgeProgram(entry.name, formats);
    if (program) context.report(program);
  }

  private async resolve(entry: ZipEntry, stated: Reading): Promise<Reading | undefined> {
    const { reader, context } = this.options;
    const doubt = await resolveDoubtful(reader, stated, entry.header.crc);
    context.report(judgeDoubtful(entry, stated, doubt));
    if (!doubt.isPlain) context.incomplete(`${entry.name}: its content cannot be read`);
    return doubt.reading;
  }

  private isFreshEnough({ dataOffset, compressedSize, method }: Reading): boolean {
    const key = `${dataOffset}:${compressedSize}:${method}`;
    const visits = (this.visits.get(key) ?? 0) + 1;
    this.visits.set(key, visits);
    return visits <= MAX_VISITS_OF_BYTES;
  }

  private async descend(entry: ZipEntry, reading: Reading): Promise<MemberOutcome> {
    const { tree, storages } = this.options;
    const name = reading.by === "directory" ? entry.name : (entry.local?.name ?? entry.name);
    const isStorage = storages.includes(entry.name);
    // The content of a link is a path, whatever its name ends in; what it could be by its bytes counts all the same.
    const isLink = kindOf(entry) === "symlink" && reading.size <= MAX_LINK_BYTES;
    const member = {
      name,
      tree,
      ...(isLink && { formats: ["text"] as const }),
      ...(isStorage && { formats: ["data"] as const, headOnly: true }),
    };
    return reading.method === METHOD.stored
      ? this.descendStored(entry, reading, member)
      : this.descendPacked(entry, reading, member);
  }

  private async descendStored(
    entry: ZipEntry,
    reading: Reading,
    member: Omit<Member, "source">,
  ): Promise<MemberOutcome> {
    const { context, reader, hasChecksums } = this.options;
    const { dataOffset: offset, compressedSize } = reading;
    this.spendStored(compressedSize);
    const source = slice(reader.source, offset, compressedSize);
    if (hasChecksums && !member.headOnly && source.size <= MAX_CHECKED_BYTES) {
      const mismatch = judgeStored(entry, reading, await source.read(0, source.size));
      if (mismatch) context.report(mismatch);
    }
    return context.descend({ ...member, source, offset });
  }

  private spendStored(bytes: number): void {
    const { reader, context } = this.options;
    this.storedBytes += bytes;
    const limit = Math.max(reader.source.size * MAX_STORED_TIMES, context.budget.limits.ratio_floor_bytes);
    if (this.storedBytes <= limit) return;
    throw new LimitError(
      "max_ratio",
      `stored entries hold ${this.storedBytes} bytes in a file of ${reader.source.size}`,
    );
  }

  private async descendPacked(
    entry: ZipEntry,
    reading: Reading,
    member: Omit<Member, "source">,
  ): Promise<MemberOutcome> {
    let size = 0;
    const unpack = async (): Promise<ByteSource> => {
      const content = await this.unpack(entry, reading);
      size = content.size;
      return content;
    };
    const outcome = await this.options.context.descend({ ...member, source: unpack });
    if (isFiller(outcome.formats)) this.filler += size;
    return outcome;
  }

  private async unpack(entry: ZipEntry, reading: Reading): Promise<ByteSource> {
    const { reader, context, hasChecksums } = this.options;
    const { source: content, inflated } = await reader.decode(reading);
    if (inflated === undefined) return content;
    for (const mismatch of judgeUnpacked(entry, reading, { inflated, hasChecksums })) context.report(mismatch);
    // The other header's account of bytes that the directory explains proves nothing when it fails.
    const matters = reading.by === "directory" || entry.central === undefined || inflated.limit !== undefined;
    if (matters && inflated.failure !== undefined) context.incomplete(`${entry.name}: ${inflated.failure}`);
    return content;
  }
}
