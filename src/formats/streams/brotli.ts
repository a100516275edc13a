// Brotli, RFC 7932. The format has no magic and no checksum: only a name says that it is one.

import { createBrotliDecompress } from "node:zlib";
import type { Budget } from "../../io/budget.js";
import type { ByteSource } from "../../io/byte-source.js";
import { collect, type Damage, type DecodedStream, type StreamSink } from "./stream.js";

const WINDOW = 64 << 10;
/** As in inflate.ts: each piece costs a change of threads. */
const OUTPUT_CHUNK = 1 << 20;

export function decodeBrotli(source: ByteSource, budget: Budget): Promise<DecodedStream> {
  return collect(budget, (sink) => decompress(source, sink));
}

function decompress(source: ByteSource, sink: StreamSink): Promise<Damage | undefined> {
  return new Promise((resolve, reject) => {
    const engine = createBrotliDecompress({ chunkSize: OUTPUT_CHUNK });
    engine.on("data", (chunk: Uint8Array) => {
      try {
        sink.consumed = engine.bytesWritten;
        sink.write(chunk);
      } catch (error) {
        engine.destroy();
        reject(error);
      }
    });
    engine.on("end", () => {
      sink.consumed = engine.bytesWritten;
      engine.destroy();
      resolve(undefined);
    });
    engine.on("error", (error: NodeJS.ErrnoException) => {
      sink.consumed = source.size;
      resolve(damageOf(error, engine.bytesWritten));
    });
    feed(source, engine).catch(reject);
  });
}

async function feed(source: ByteSource, engine: ReturnType<typeof createBrotliDecompress>): Promise<void> {
  for (let at = 0; at < source.size && !engine.destroyed; ) {
    const piece = await source.read(at, WINDOW);
    if (piece.length === 0) break;
    at += piece.length;
    await new Promise<void>((resolve) => {
      engine.once("close", resolve);
      engine.write(piece, () => {
        engine.off("close", resolve);
        resolve();
      });
    });
  }
  if (!engine.destroyed) engine.end();
}

function damageOf(error: NodeJS.ErrnoException, offset: number): Damage {
  if (error.code === "Z_BUF_ERROR")
    return { kind: "truncated", message: "Brotli stream ends before its last block", offset };
  return { kind: "corrupt", message: `Brotli data is invalid near ${offset}`, offset };
}
