import { decodeReading } from "../../formats/zip/decode.js";
import { isDoubtful, type Reading, readingsOf, type ZipEntry } from "../../formats/zip/entry.js";
import { METHOD } from "../../formats/zip/records.js";
import { type ByteSource, slice } from "../../io/byte-source.js";
import { judgeProgram } from "../archive-names.js";
import type { MemberOutcome, ScanContext } from "../scanner.js";
import { judgeDoubtful, resolveDoubtful } from "./doubtful.js";
import { judgeDirectoryData, judgeFlood, judgeStored, judgeUnpacked } from "./judge-content.js";
import type { Storages } from "./storages.js";
import { kindOf, type ZipTree } from "./zip-tree.js";

/** The same bytes under many names are examined this often: names only matter for formats without a magic. */
const MAX_VISITS_OF_BYTES = 4;
/** Stored members up to this size are read whole by detection, so that their checksum costs next to nothing. */
const MAX_CHECKED_BYTES = 64 << 10;

export interface WalkOptions {
  readonly source: ByteSource;
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

  constructor(private readonly options: WalkOptions) {}

  async examine(entries: readonly ZipEntry[]): Promise<void> {
    const { source, context } = this.options;
    for (const entry of entries) {
      if (context.budget.exhausted) throw context.budget.exhausted;
      const readings = readingsOf(entry, source.size);
      if (readings.length === 0) context.incomplete(`${entry.name}: no local header`);
      for (const reading of readings) await this.examineReading(entry, reading);
    }
  }

  private async examineReading(entry: ZipEntry, stated: Reading): Promise<void> {
    const { context } = this.options;
    if (stated.compressedSize === 0 || !this.isFreshEnough(stated)) return;
    if (kindOf(entry) === "directory" && stated.size > 0) context.report(judgeDirectoryData(entry, stated));
    const reading = isDoubtful(entry, stated) ? await this.resolve(entry, stated) : stated;
    if (reading === undefined) return;
    const outcome = await this.descend(entry, reading);
    for (const seen of [judgeProgram(entry.name, outcome.formats), judgeFlood(entry, reading, outcome)]) {
      if (seen) context.report(seen);
    }
  }

  private async resolve(entry: ZipEntry, stated: Reading): Promise<Reading | undefined> {
    const { source, context } = this.options;
    const doubt = await resolveDoubtful(source, { stated, crc: entry.header.crc }, context.budget);
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
    const { context, tree, storages } = this.options;
    const name = reading.by === "directory" ? entry.name : (entry.local?.name ?? entry.name);
    const isStorage = storages.includes(entry.name);
    const hints = isStorage ? { formats: ["data"] as const, headOnly: true } : {};
    if (reading.method !== METHOD.stored) {
      return context.descend({ name, tree, source: () => this.unpack(entry, reading), ...hints });
    }
    const source = this.stored(reading);
    if (!isStorage && source.size <= MAX_CHECKED_BYTES && this.options.hasChecksums) {
      const mismatch = judgeStored(entry, reading, await source.read(0, source.size));
      if (mismatch) context.report(mismatch);
    }
    return context.descend({ name, tree, source, offset: reading.dataOffset, ...hints });
  }

  /** Entries that overlap can hold more stored bytes than the file has: those count as unpacked. */
  private stored({ dataOffset, compressedSize }: Reading): ByteSource {
    const { source, context } = this.options;
    this.storedBytes += compressedSize;
    if (this.storedBytes > source.size) context.budget.spendInflated(compressedSize, 1, 1);
    return slice(source, dataOffset, compressedSize);
  }

  private async unpack(entry: ZipEntry, reading: Reading): Promise<ByteSource> {
    const { source, context, hasChecksums } = this.options;
    if (reading.method !== METHOD.deflate) context.isolate();
    const { source: content, inflated } = await decodeReading(source, reading, context.budget);
    if (inflated === undefined) return content;
    for (const mismatch of judgeUnpacked(entry, reading, { inflated, hasChecksums })) context.report(mismatch);
    // The other header's account of bytes that the directory explains proves nothing when it fails.
    const matters = reading.by === "directory" || entry.central === undefined || inflated.limit !== undefined;
    if (matters && inflated.failure !== undefined) context.incomplete(`${entry.name}: ${inflated.failure}`);
    return content;
  }
}
