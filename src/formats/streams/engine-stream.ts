import type { Budget } from "../../io/budget.js";
import { type ByteSource, type SyncByteSource, slice } from "../../io/byte-source.js";
import { toSync } from "../../io/spool.js";
import { ENGINE_FILE, runEngine } from "../sevenzip/engine.js";
import { collect, type Damage, type DecodedStream } from "./stream.js";

export interface EngineCodec {
  /** What 7-Zip calls it: `-txz`. */
  readonly type: "bzip2" | "xz" | "lzma" | "zstd";
  readonly title: string;
  /** The same bytes with a header that the engine accepts, where it is stricter than loaders are. */
  readonly adapt?: (source: SyncByteSource) => SyncByteSource;
  /** Bytes that the engine reads behind the last stream before it knows that no other follows. */
  readonly lookahead: number;
  /** Finds the end of the last stream by its structure, where the engine reads too far ahead to tell. */
  readonly findEnd?: (source: SyncByteSource, budget: Budget) => Promise<number>;
}

/** Decompresses with 7-Zip, which writes all that comes before a damage and goes on with further streams. */
export function decodeWithEngine(codec: EngineCodec, source: ByteSource, budget: Budget): Promise<DecodedStream> {
  return collect(budget, async (sink) => {
    const plain = await toSync(source);
    const input = codec.adapt?.(plain) ?? plain;
    const log: string[] = [];
    const args = ["x", "-so", "-y", `-t${codec.type}`, "-bso2", "-bse2", "-bsp0", ENGINE_FILE];
    const reach = new Reach(input);
    const code = await runEngine(args, {
      source: reach,
      budget,
      onOutput: (chunk) => {
        sink.consumed = reach.highest;
        sink.write(chunk);
      },
      onLine: (line) => {
        if (log.length < MAX_LINES) log.push(line);
      },
    });
    sink.consumed = source.size;
    if (code === 0) return undefined;
    const text = log.join("\n");
    if (!TRAILING.test(text)) return judge(codec, text);
    sink.consumed = await findEnd(codec, input, reach, budget);
    return undefined;
  });
}

const MAX_LINES = 200;
/** The engine's own words; its exit code only says that something was wrong. */
const TRAILING = /^ERROR: There are some data after the end of the payload data/m;
const MESSAGES: readonly (readonly [RegExp, Damage["kind"], string])[] = [
  [/^ERROR: CRC Failed/m, "corrupt", "checksum differs from the content"],
  [/^ERROR: Unexpected end of data/m, "truncated", "stream ends before its content does"],
  [/^ERROR: Unsupported Method/m, "corrupt", "stream uses a method that cannot be read"],
  [/Can't allocate/m, "corrupt", "stream asks for more memory than there is"],
  [
    /^Is not archive|^Cannot open the file as archive|Can't open as archive/m,
    "corrupt",
    "header or first block is invalid",
  ],
];

function judge({ title }: EngineCodec, log: string): Damage {
  const [, kind, fact] = MESSAGES.find(([pattern]) => pattern.test(log)) ?? [undefined, "corrupt", "data is invalid"];
  return { kind, message: `${title} ${fact}` };
}

/** Watches how far a reader got. */
class Reach implements SyncByteSource {
  readonly size: number;
  highest = 0;
  /** Where the last read began. */
  last = 0;

  constructor(private readonly source: SyncByteSource) {
    this.size = source.size;
  }

  readSync(offset: number, length: number): Uint8Array {
    const bytes = this.source.readSync(offset, length);
    if (bytes.length > 0) this.last = offset;
    this.highest = Math.max(this.highest, offset + bytes.length);
    return bytes;
  }

  async read(offset: number, length: number): Promise<Uint8Array> {
    return this.readSync(offset, length);
  }
}

/** Decompresses once more, handing over the last window byte by byte: then the engine has read what it needs and no more. */
async function findEnd(codec: EngineCodec, source: SyncByteSource, first: Reach, budget: Budget): Promise<number> {
  if (codec.findEnd) return codec.findEnd(source, budget);
  const careful = new Reach(source);
  const from = first.last;
  await runEngine(["x", "-so", "-y", `-t${codec.type}`, "-bso2", "-bse2", "-bsp0", ENGINE_FILE], {
    source: careful,
    budget,
    onOutput: () => {},
    grant: (offset) => (offset < from ? from - offset : 1),
  });
  return Math.max(0, Math.min(source.size, careful.last + 1 - codec.lookahead));
}

/** The source with its first bytes replaced. */
export class Patched implements SyncByteSource {
  readonly size: number;
  private readonly rest: SyncByteSource;

  constructor(
    private readonly head: Uint8Array,
    source: SyncByteSource,
  ) {
    this.size = source.size;
    this.rest = slice(source, head.length);
  }

  readSync(offset: number, length: number): Uint8Array {
    if (offset >= this.head.length) return this.rest.readSync(offset - this.head.length, length);
    return this.head.subarray(offset, offset + length); // a short read: readers come back for more
  }

  async read(offset: number, length: number): Promise<Uint8Array> {
    return this.readSync(offset, length);
  }
}
