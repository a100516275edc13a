import { LimitError, ParseError } from "../../errors.js";
import type { Budget } from "../../io/budget.js";
import type { ByteSource, SyncByteSource } from "../../io/byte-source.js";
import { Spool } from "../../io/spool.js";

/** What is wrong with a compressed stream. A loader has used what came before it by the time it notices. */
export interface Damage {
  /** `checksum`: all was decompressed, but it is not what was compressed. */
  readonly kind: "truncated" | "corrupt" | "checksum";
  readonly message: string;
  /** Byte offset inside the compressed source, where it is known. */
  readonly offset?: number;
}

/** The outcome of decompressing: always what came out, however it ended. */
export interface DecodedStream {
  /** The decompressed bytes, to be closed by the caller. */
  readonly source: SyncByteSource;
  /** Bytes of the input that belong to the stream or streams; what follows is not part of them. */
  readonly consumed: number;
  readonly damage?: Damage;
  /** The budget that ended the work. */
  readonly limit?: LimitError;
}

/** Decompresses one or more concatenated streams. Throws for nothing that is wrong with the bytes. */
export type StreamDecoder = (source: ByteSource, budget: Budget) => Promise<DecodedStream>;

/** Where a decoder leaves its output and the input position that it has reached. */
export class StreamSink {
  private readonly spool = new Spool();
  /** Bytes of the input that were needed for what was written. */
  consumed = 0;

  constructor(private readonly budget: Budget) {}

  get size(): number {
    return this.spool.size;
  }

  write(chunk: Uint8Array): void {
    this.budget.spendInflated(chunk.length, this.spool.size + chunk.length, this.consumed);
    this.spool.write(chunk);
  }

  finish(): SyncByteSource {
    return this.spool.finish();
  }
}

/** Runs a decoder's body on a sink and turns what it throws into the outcome. */
export async function collect(
  budget: Budget,
  decode: (sink: StreamSink) => Promise<Damage | undefined>,
): Promise<DecodedStream> {
  const sink = new StreamSink(budget);
  const outcome = await decode(sink).then(
    (damage) => (damage === undefined ? {} : { damage }),
    (error: unknown) => {
      if (error instanceof LimitError) return { limit: error };
      if (error instanceof ParseError) return { damage: damageOf(error) };
      throw error;
    },
  );
  return { source: sink.finish(), consumed: sink.consumed, ...outcome };
}

function damageOf({ message, offset }: ParseError): Damage {
  return { kind: "corrupt", message, ...(offset === undefined ? {} : { offset }) };
}
