import { crc32, createInflateRaw, inflateRawSync } from "node:zlib";
import { LimitError } from "../../errors.js";
import type { Budget } from "../../io/budget.js";
import { BufferSource, type ByteSource } from "../../io/byte-source.js";
import { Spool } from "../../io/spool.js";
import type { Inflated } from "./decode.js";
import type { Reading } from "./entry.js";

/** Members up to this size are inflated in one call, which spares a stream's 100 microseconds each. */
const SMALL_COMPRESSED_BYTES = 256 << 10;
const SMALL_PRODUCED_BYTES = 4 << 20;
const WINDOW_BYTES = 64 << 10;
const CHUNK_BYTES = 128 << 10;

/** Inflates until the stream ends, whatever the headers say its length is; a reader that stops earlier sees a part of this. */
export async function inflateMember(source: ByteSource, reading: Reading, budget: Budget): Promise<Inflated> {
  return (await inflateSmall(source, reading, budget)) ?? inflateStream(source, reading.dataOffset, budget);
}

async function inflateSmall(source: ByteSource, reading: Reading, budget: Budget): Promise<Inflated | undefined> {
  const { dataOffset, compressedSize } = reading;
  if (compressedSize > SMALL_COMPRESSED_BYTES) return undefined;
  const compressed = await source.read(dataOffset, compressedSize);
  const bytes = tryInflate(compressed);
  if (bytes === undefined) return undefined;
  budget.spendInflated(bytes.length, bytes.length, compressedSize);
  return { source: new BufferSource(bytes), consumed: compressedSize, crc: crc32(bytes) };
}

/** Undefined for everything out of the ordinary: it is told apart by the stream. */
function tryInflate(compressed: Uint8Array): Uint8Array | undefined {
  try {
    // With `info` the result is { buffer, engine }, which the type declarations do not know.
    const result: unknown = inflateRawSync(compressed, { maxOutputLength: SMALL_PRODUCED_BYTES, info: true });
    if (!isInflateInfo(result) || result.engine.bytesWritten !== compressed.length) return undefined;
    return result.buffer;
  } catch {
    // Broken, cut off or large: the stream says which, and keeps what came before.
    return undefined;
  }
}

function isInflateInfo(value: unknown): value is { buffer: Uint8Array; engine: { bytesWritten: number } } {
  return typeof value === "object" && value !== null && "buffer" in value && "engine" in value;
}

function inflateStream(source: ByteSource, start: number, budget: Budget): Promise<Inflated> {
  const inflater = createInflateRaw({ chunkSize: CHUNK_BYTES });
  const spool = new Spool();
  let crc = 0;
  const finish = (end: Pick<Inflated, "failure" | "limit">): Inflated => ({
    ...{ source: spool.finish(), consumed: inflater.bytesWritten, crc },
    ...end,
  });
  const take = (chunk: Uint8Array) => {
    spool.write(chunk);
    crc = crc32(chunk, crc);
    budget.spendInflated(chunk.length, spool.size, inflater.bytesWritten);
  };
  return new Promise((resolve, reject) => {
    // Listening, not iterating: an iterator drops the chunks before an error, and there the payload may be.
    inflater.on("data", (chunk: Uint8Array) => {
      try {
        take(chunk);
      } catch (error) {
        inflater.destroy();
        if (error instanceof LimitError) resolve(finish({ failure: error.message, limit: error }));
        else reject(error);
      }
    });
    inflater.on("end", () => resolve(finish({})));
    inflater.on("error", (error) => resolve(finish({ failure: error.message })));
    feed(inflater, source, start).catch(reject);
  });
}

type Inflater = ReturnType<typeof createInflateRaw>;

async function feed(inflater: Inflater, source: ByteSource, start: number): Promise<void> {
  for (let at = start; !inflater.destroyed && !inflater.readableEnded; at += WINDOW_BYTES) {
    const bytes = await source.read(at, WINDOW_BYTES);
    if (bytes.length === 0) break;
    if (!inflater.write(bytes)) await drained(inflater);
  }
  if (!inflater.destroyed) inflater.end();
}

/** Room for more, or an end of any kind. */
function drained(inflater: Inflater): Promise<void> {
  return new Promise((resolve) => {
    for (const event of ["drain", "end", "close", "error"]) inflater.once(event, () => resolve());
  });
}
