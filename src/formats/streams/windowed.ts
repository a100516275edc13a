import type { ByteSource } from "../../io/byte-source.js";

const WINDOW = 256 << 10;

/** Serves short reads that lie close together out of one long one: headers and trailers of a hundred thousand small members. */
export class WindowedSource implements ByteSource {
  readonly size: number;
  private bytes: Uint8Array = new Uint8Array(0);
  private start = 0;

  constructor(private readonly source: ByteSource) {
    this.size = source.size;
  }

  async read(offset: number, length: number): Promise<Uint8Array> {
    const wanted = Math.max(0, Math.min(length, this.size - offset));
    if (wanted >= WINDOW) return this.source.read(offset, wanted);
    const from = offset - this.start;
    if (from < 0 || from + wanted > this.bytes.length) {
      this.bytes = await this.source.read(offset, WINDOW);
      this.start = offset;
      return this.bytes.subarray(0, wanted);
    }
    return this.bytes.subarray(from, from + wanted);
  }
}
