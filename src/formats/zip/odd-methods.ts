import { crc32 } from "node:zlib";
import { LimitError, ParseError } from "../../errors.js";
import type { Budget } from "../../io/budget.js";
import { BufferSource, type ByteSource, type SyncByteSource, slice } from "../../io/byte-source.js";
import { Spool, toSync } from "../../io/spool.js";
import { ENGINE_FILE, runEngine } from "../sevenzip/engine.js";
import type { Inflated } from "./decode.js";
import type { Reading } from "./entry.js";
import {
  CENTRAL_BYTES,
  CENTRAL_SIGNATURE,
  END_BYTES,
  END_SIGNATURE,
  LOCAL_BYTES,
  LOCAL_SIGNATURE,
  METHOD,
} from "./records.js";

/** Above this, sizes would need zip64 records: a member of four gigabytes in a rare method is told as unread. */
const MAX_BYTES = 0xfffffffe;
const NAME = Buffer.from("m");

/** Unpacks a member through 7-Zip, which sees it alone: as the only entry of an archive whose headers are written here. */
export async function decodeByEngine(source: ByteSource, reading: Reading, budget: Budget): Promise<Inflated> {
  const { dataOffset, compressedSize } = reading;
  const packed = await toSync(slice(source, dataOffset, compressedSize));
  const spool = new Spool();
  let crc = 0;
  const onOutput = (chunk: Uint8Array): void => {
    budget.spendInflated(chunk.length, spool.size + chunk.length, compressedSize);
    spool.write(chunk);
    crc = crc32(chunk, crc);
  };
  const args = ["x", "-so", "-y", "-tzip", "-bso2", "-bse2", "-bsp0", ENGINE_FILE];
  const ending = await endingOf(() => runEngine(args, { source: asArchive(packed, reading), budget, onOutput }));
  const failure = ending.failure ?? (spool.size < reading.size ? "the data ends early or is damaged" : undefined);
  const all = { source: spool.finish(), consumed: compressedSize, crc, ...ending };
  return failure === undefined ? all : { ...all, failure };
}

async function endingOf(run: () => Promise<number>): Promise<Pick<Inflated, "failure" | "limit">> {
  try {
    await run();
    return {};
  } catch (error) {
    if (error instanceof LimitError) return { failure: error.message, limit: error };
    if (error instanceof ParseError) return { failure: error.message };
    throw error;
  }
}

/** One local header, the member's bytes, one directory row, one end record. */
function asArchive(packed: SyncByteSource, reading: Reading): SyncByteSource {
  if (packed.size > MAX_BYTES) throw new ParseError(`a member of ${packed.size} bytes is too long for its method`);
  const head = localHeader(packed.size, reading);
  const tail = Buffer.concat([centralHeader(packed.size, reading), endRecord(head.length + packed.size)]);
  return new Joined([head, packed, tail]);
}

/** The fields that both headers have, in the same order: 4.3.7 from offset 4, 4.3.12 from offset 6. */
function commonFields(compressedSize: number, { method, size }: Reading): Buffer {
  const fields = Buffer.alloc(26);
  fields.writeUInt16LE(63, 0); // version needed
  // Bit 1 tells LZMA that an end marker closes the stream: it need not, but may.
  fields.writeUInt16LE(method === METHOD.lzma ? 2 : 0, 2);
  fields.writeUInt16LE(method === METHOD.zstdOld ? METHOD.zstd : method, 4); // the engine knows the later number alone
  fields.writeUInt32LE(compressedSize, 14); // 6 time and date, 10 CRC: unknown here, a mismatch is no error
  fields.writeUInt32LE(Math.min(size, MAX_BYTES), 18);
  fields.writeUInt16LE(NAME.length, 22); // 24 extra fields
  return fields;
}

function localHeader(compressedSize: number, reading: Reading): Buffer {
  const signature = Buffer.alloc(4);
  signature.writeUInt32LE(LOCAL_SIGNATURE);
  return Buffer.concat([signature, commonFields(compressedSize, reading), NAME], LOCAL_BYTES + NAME.length);
}

function centralHeader(compressedSize: number, reading: Reading): Buffer {
  const start = Buffer.alloc(6);
  start.writeUInt32LE(CENTRAL_SIGNATURE);
  const rest = Buffer.alloc(CENTRAL_BYTES - 32); // comment, disk, attributes, offset: all zero
  return Buffer.concat([start, commonFields(compressedSize, reading), rest, NAME]);
}

function endRecord(directoryOffset: number): Buffer {
  const end = Buffer.alloc(END_BYTES);
  end.writeUInt32LE(END_SIGNATURE);
  end.writeUInt16LE(1, 8);
  end.writeUInt16LE(1, 10);
  end.writeUInt32LE(CENTRAL_BYTES + NAME.length, 12);
  end.writeUInt32LE(directoryOffset, 16);
  return end;
}

/** Several runs of bytes, one after the other. A read may be shorter than asked for: the engine comes back for more. */
class Joined implements SyncByteSource {
  readonly size: number;
  private readonly parts: { readonly start: number; readonly source: SyncByteSource }[] = [];

  constructor(pieces: readonly (Uint8Array | SyncByteSource)[]) {
    let start = 0;
    for (const piece of pieces) {
      const source = piece instanceof Uint8Array ? new BufferSource(piece) : piece;
      this.parts.push({ start, source });
      start += source.size;
    }
    this.size = start;
  }

  readSync(offset: number, length: number): Uint8Array {
    const part = this.parts.findLast(({ start }) => start <= offset);
    return part === undefined ? new Uint8Array() : part.source.readSync(offset - part.start, length);
  }

  async read(offset: number, length: number): Promise<Uint8Array> {
    return this.readSync(offset, length);
  }
}
