import { crc32 } from "node:zlib";
import { type Decoded, decodeReading } from "../../formats/zip/decode.js";
import { type Reading, readingsOf, saysEncrypted, type ZipEntry } from "../../formats/zip/entry.js";
import { METHOD, methodName } from "../../formats/zip/records.js";
import { type ByteSource, slice } from "../../io/byte-source.js";
import { judgeProgram, shown } from "../archive-names.js";
import type { MemberOutcome, Observation, ScanContext } from "../scanner.js";
import type { Storages } from "./storages.js";
import { kindOf, type ZipTree } from "./zip-tree.js";

/** The same bytes under many names are examined this often: names only matter for formats without a magic. */
const MAX_VISITS_OF_BYTES = 4;
/** Stored members up to this size are read whole by detection, so that their checksum costs nothing. */
const MAX_CHECKED_BYTES = 64 << 10;
/** Deflate reaches 1032 to 1 on bytes that are all the same; models stay below 100. */
const FLOOD_RATIO = 500;
const FLOOD_BYTES = 8 << 20;

export interface Walk {
  readonly source: ByteSource;
  readonly context: ScanContext;
  readonly tree: ZipTree;
  readonly storages: Storages;
  /** The writer left out all checksums, as torch does on request: none of them is compared. */
  readonly hasChecksums: boolean;
}

/** Sends every entry through the scanners, under every reading of its headers. */
export class MemberWalk {
  private readonly visits = new Map<string, number>();

  constructor(private readonly walk: Walk) {}

  async examine(entries: readonly ZipEntry[]): Promise<void> {
    const { budget } = this.walk.context;
    for (const entry of entries) {
      if (budget.exhausted) throw budget.exhausted;
      const readings = readingsOf(entry, this.walk.source.size);
      if (readings.length === 0) this.walk.context.incomplete(`${entry.name}: no local header`);
      for (const reading of readings) if (this.isFirstVisits(reading)) await this.examineReading(entry, reading);
    }
  }

  private isFirstVisits({ dataOffset, compressedSize, method }: Reading): boolean {
    const key = `${dataOffset}:${compressedSize}:${method}`;
    const visits = (this.visits.get(key) ?? 0) + 1;
    this.visits.set(key, visits);
    return visits <= MAX_VISITS_OF_BYTES;
  }

  private async examineReading(entry: ZipEntry, reading: Reading): Promise<void> {
    if (reading.compressedSize === 0) return;
    if (kindOf(entry) === "directory") this.report(directoryWithData(entry, reading));
    if (saysEncrypted(entry.header) || !isKnown(reading.method)) return this.examineDoubtful(entry, reading);
    const outcome = await this.descend(entry, reading);
    if (outcome) this.judgeOutcome(entry, reading, outcome);
  }

  private async descend(entry: ZipEntry, reading: Reading): Promise<MemberOutcome> {
    const { source, context, tree, storages } = this.walk;
    const { dataOffset, compressedSize, method, by } = reading;
    const name = by === "directory" ? entry.name : (entry.local?.name ?? entry.name);
    const isStorage = storages.includes(entry.name);
    return context.descend({
      ...{ name, tree },
      ...(isStorage && { formats: ["data"], headOnly: true }),
      ...(method === METHOD.stored
        ? { source: slice(source, dataOffset, compressedSize), offset: dataOffset }
        : { source: () => this.open(entry, reading) }),
    });
  }

  private async open(entry: ZipEntry, reading: Reading): Promise<ByteSource> {
    const { source, context } = this.walk;
    const decoded = await decodeReading(source, reading, context.budget);
    if (decoded === undefined) throw new Error(`no decoder for ${methodName(reading.method)}`);
    this.judgeContent(entry, reading, decoded);
    return decoded.source;
  }
}
