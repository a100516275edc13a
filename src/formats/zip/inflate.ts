import { crc32, inflateRawSync } from "node:zlib";
import { LimitError } from "../../errors.js";
import type { Budget } from "../../io/budget.js";
import { BufferSource, type ByteSource } from "../../io/byte-source.js";
import { Spool } from "../../io/spool.js";
import { inflateRaw } from "../streams/inflate.js";
import type { Inflated } from "./decode.js";
import type { Reading } from "./entry.js";

/** Members up to this size are inflated in one call, which spares a stream's 100 microseconds each. */
const SMALL_COMPRESSED_BYTES = 256 << 10;
const SMALL_PRODUCED_BYTES = 4 << 20;

/** Inflates until the stream ends, whatever the headers say its length is; a reader that stops earlier sees a part of this. */
export async function inflateMember(source: ByteSource, reading: Reading, budget: Budget): Promise<Inflated> {
  return (await inflateSmall(source, reading, budget)) ?? inflateStream(source, reading.dataOffset, budget);
}

async function inflateSmall(source: ByteSource, reading: Reading, budget: Budget): Promise<Inflated | undefined> {
  const { dataOffset, compressedSize, size } = reading;
  if (compressedSize > SMALL_COMPRESSED_BYTES || size > SMALL_PRODUCED_BYTES) return undefined;
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
  } catch (error) {
    // Broken, cut off or large: the stream says which, and keeps what came before. zlib's own refusals carry a code.
    if (error instanceof Error && "code" in error) return undefined;
    throw error;
  }
}

function isInflateInfo(value: unknown): value is { buffer: Uint8Array; engine: { bytesWritten: number } } {
  return typeof value === "object" && value !== null && "buffer" in value && "engine" in value;
}

async function inflateStream(source: ByteSource, start: number, budget: Budget): Promise<Inflated> {
  const spool = new Spool();
  let crc = 0;
  let reached = start;
  const write = (chunk: Uint8Array, at: number): void => {
    spool.write(chunk);
    crc = crc32(chunk, crc);
    reached = at;
    budget.spendInflated(chunk.length, spool.size, reached - start);
  };
  const ending = await endingOf(() => inflateRaw(source, start, write));
  const { end = reached, ...rest } = ending;
  return { source: spool.finish(), consumed: end - start, crc, ...rest };
}

async function endingOf(
  run: () => ReturnType<typeof inflateRaw>,
): Promise<Pick<Inflated, "failure" | "limit"> & { end?: number }> {
  try {
    const { state, end } = await run();
    return state === "ended" ? { end } : { end, failure: FAILURES[state] };
  } catch (error) {
    if (error instanceof LimitError) return { failure: error.message, limit: error };
    throw error;
  }
}

const FAILURES = {
  truncated: "its compressed data breaks off",
  corrupt: "its compressed data is damaged",
} as const;
