import { createInflateRaw, type InflateRaw, inflateRawSync } from "node:zlib";
import type { ByteSource } from "../../io/byte-source.js";

/** How much input is handed over at once: first much at a time; where that fails, ever less, so that all output before the damage is had. */
const STEPS = [256 << 10, 4096, 64, 1] as const;
/** Each piece of output costs a change of threads: with 64 KiB a bomb of zeros takes twice as long. */
const OUTPUT_CHUNK = 1 << 20;
/** Streams that end within so much input, and yield no more than that, are inflated without the cost of an asynchronous engine. */
const SMALL_INPUT = 64 << 10;
const SMALL_OUTPUT = 1 << 20;

export interface Inflated {
  /** Offset in the source behind the last byte that belongs to the deflate stream. */
  readonly end: number;
  readonly state: "ended" | "truncated" | "corrupt";
}

/**
 * Inflates a raw deflate stream (RFC 1951) that begins at `start`. zlib gives nothing of the piece of input in which it meets an error, while
 * a loader that reads in other pieces has long used it: the failing piece is repeated in smaller ones.
 */
export async function inflateRaw(
  source: ByteSource,
  start: number,
  write: (chunk: Uint8Array, reached: number) => void,
): Promise<Inflated> {
  const small = inflateSmall(await source.read(start, SMALL_INPUT));
  if (small !== undefined) {
    write(small.output, start + small.consumed);
    return { end: start + small.consumed, state: "ended" };
  }
  let written = 0;
  let good = start;
  for (const step of STEPS) {
    const pass = new Pass(source, start, written, write);
    const state = await pass.run(good, step);
    if (state !== "corrupt") return { end: pass.end, state };
    written = Math.max(written, pass.produced);
    good = pass.fed;
  }
  return { end: good, state: "corrupt" };
}

interface Small {
  readonly output: Uint8Array;
  readonly consumed: number;
}

/** Undefined when the stream is damaged, larger than it looked, or goes on behind `input`: the long way tells which. */
function inflateSmall(input: Uint8Array): Small | undefined {
  try {
    const result: unknown = inflateRawSync(input, { info: true, maxOutputLength: SMALL_OUTPUT });
    return result instanceof Object && "buffer" in result && "engine" in result
      ? smallResult(result.buffer, result.engine)
      : undefined;
  } catch (error) {
    if (error instanceof Error && "code" in error) return undefined; // zlib's own refusals carry a code
    throw error;
  }
}

function smallResult(output: unknown, engine: unknown): Small | undefined {
  if (!(output instanceof Uint8Array) || !(engine instanceof Object) || !("bytesWritten" in engine)) return undefined;
  return typeof engine.bytesWritten === "number" ? { output, consumed: engine.bytesWritten } : undefined;
}

/** One way through the stream from its start. */
class Pass {
  produced = 0;
  /** Input up to here was taken without an error. */
  fed: number;
  private readonly engine: InflateRaw = createInflateRaw({ chunkSize: OUTPUT_CHUNK });
  private ended = false;
  private failed = false;
  private thrown: { error: unknown } | undefined;
  private wake: () => void = () => {};

  constructor(
    private readonly source: ByteSource,
    private readonly start: number,
    /** Output that an earlier pass has written already. */
    private readonly skip: number,
    private readonly write: (chunk: Uint8Array, reached: number) => void,
  ) {
    this.fed = start;
    this.engine.on("data", (chunk: Uint8Array) => this.take(chunk));
    this.engine.on("end", () => {
      this.ended = true;
      this.wake();
    });
    this.engine.on("error", () => {
      this.failed = true;
      this.wake();
    });
  }

  get end(): number {
    return this.start + this.engine.bytesWritten;
  }

  /** Takes large pieces up to `good`, pieces of `step` bytes beyond. */
  async run(good: number, step: number): Promise<Inflated["state"]> {
    try {
      while (this.fed < this.source.size) {
        const length = this.fed < good ? Math.min(STEPS[0], good - this.fed) : step;
        const piece = await this.source.read(this.fed, length);
        if (piece.length === 0) return "truncated";
        await this.feed(piece);
        if (this.thrown) throw this.thrown.error;
        if (this.failed) return "corrupt";
        if (this.ended) return "ended";
        this.fed += piece.length;
      }
      return "truncated";
    } finally {
      this.engine.destroy();
    }
  }

  private feed(piece: Uint8Array): Promise<void> {
    return new Promise((resolve) => {
      this.wake = resolve;
      this.engine.write(piece, () => resolve());
    });
  }

  private take(chunk: Uint8Array): void {
    if (this.thrown) return;
    const known = Math.max(0, Math.min(chunk.length, this.skip - this.produced));
    this.produced += chunk.length;
    if (known === chunk.length) return;
    try {
      this.write(chunk.subarray(known), this.end);
    } catch (error) {
      this.thrown = { error };
      this.engine.destroy();
      this.wake();
    }
  }
}
