import type { SyncByteSource } from "../../src/io/byte-source.js";

/** A source of any size that is zero everywhere but at the given places; it counts what is read. */
export class SparseSource implements SyncByteSource {
  bytesRead = 0;

  constructor(
    readonly size: number,
    private readonly pieces: readonly { readonly at: number; readonly bytes: Uint8Array }[],
  ) {}

  readSync(offset: number, length: number): Uint8Array {
    const wanted = Math.max(0, Math.min(length, this.size - offset));
    const result = new Uint8Array(wanted);
    this.bytesRead += wanted;
    for (const { at, bytes } of this.pieces) {
      const from = Math.max(offset, at);
      const to = Math.min(offset + wanted, at + bytes.length);
      if (from < to) result.set(bytes.subarray(from - at, to - at), from - offset);
    }
    return result;
  }

  async read(offset: number, length: number): Promise<Uint8Array> {
    return this.readSync(offset, length);
  }
}
