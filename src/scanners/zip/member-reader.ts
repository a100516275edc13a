import { type Decoded, decodeReading } from "../../formats/zip/decode.js";
import type { Reading } from "../../formats/zip/entry.js";
import { METHOD } from "../../formats/zip/records.js";
import type { ByteSource } from "../../io/byte-source.js";
import type { ScanContext } from "../scanner.js";

/** Takes the content of entries out of one archive. */
export class MemberReader {
  constructor(
    readonly source: ByteSource,
    private readonly context: ScanContext,
  ) {}

  /** The content is to be closed by the caller. */
  decode(reading: Reading): Promise<Decoded> {
    if (reading.method !== METHOD.stored && reading.method !== METHOD.deflate) this.context.isolate();
    return decodeReading(this.source, reading, this.context.budget);
  }
}
