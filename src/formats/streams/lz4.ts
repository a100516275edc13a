// LZ4 frame format 1.6.4 (https://github.com/lz4/lz4/blob/dev/doc/lz4_Frame_format.md): frames, legacy frames and skippable frames in a
// row. Checksums are passed over: a wrong one is noticed only after the content has been used.

import { ParseError } from "../../errors.js";
import type { Budget } from "../../io/budget.js";
import { type ByteSource, readExactly } from "../../io/byte-source.js";
import { Cursor } from "../../io/cursor.js";
import { decodeBlock, HISTORY } from "./lz4-block.js";
import { isSkippable, skipFrame } from "./skippable.js";
import { collect, type Damage, type DecodedStream, type StreamSink } from "./stream.js";

const MAGIC = 0x184d2204;
const LEGACY_MAGIC = 0x184c2102;
const LEGACY_BLOCK = 8 << 20;
/** What a block of incompressible bytes may grow by, generously: lz4's own bound is size / 255 + 16. */
const BLOCK_SLACK = 1 << 16;
const LONGEST_HEADER = 19;
const UNCOMPRESSED = 0x80000000;

export function decodeLz4(source: ByteSource, budget: Budget): Promise<DecodedStream> {
  return collect(budget, async (sink) => {
    let damage: Damage | undefined;
    while (damage === undefined && sink.consumed + 4 <= source.size) {
      const at = sink.consumed;
      const magic = await word(source, at);
      budget.spendSteps();
      if (magic === MAGIC) damage = await decodeFrame(source, at, sink);
      else if (magic === LEGACY_MAGIC) damage = await decodeLegacy(source, at + 4, sink);
      else if (isSkippable(magic)) sink.consumed = await skipFrame(source, at);
      else break;
    }
    return sink.consumed === 0 ? (damage ?? NO_FRAME) : damage;
  });
}

const NO_FRAME: Damage = { kind: "corrupt", message: "no LZ4 frame begins here", offset: 0 };

async function word(source: ByteSource, at: number): Promise<number> {
  return new Cursor(await readExactly(source, at, 4), at).u32();
}

interface FrameHeader {
  readonly linked: boolean;
  readonly blockChecksum: boolean;
  readonly contentChecksum: boolean;
  readonly blockSize: number;
  /** Offset of the first block. */
  readonly end: number;
}

/** Part "Frame Descriptor" of the specification. */
async function readHeader(source: ByteSource, start: number): Promise<FrameHeader> {
  const cursor = new Cursor(await source.read(start, LONGEST_HEADER), start);
  cursor.skip(4); // magic
  const flags = cursor.u8();
  const descriptor = cursor.u8();
  if (flags >> 6 !== 1) throw new ParseError(`LZ4 frame version ${flags >> 6} is unknown`, start + 4);
  const sizeCode = (descriptor >> 4) & 7;
  if (sizeCode < 4) throw new ParseError(`LZ4 block size code ${sizeCode} is unknown`, start + 5);
  if (flags & 8) cursor.skip(8); // content size
  if (flags & 1) throw new ParseError(`LZ4 frame needs dictionary ${cursor.u32()}`, start);
  cursor.skip(1); // header checksum
  return {
    linked: (flags & 0x20) === 0,
    blockChecksum: (flags & 0x10) !== 0,
    contentChecksum: (flags & 4) !== 0,
    blockSize: 1 << (8 + 2 * sizeCode), // 64 KiB, 256 KiB, 1 MiB, 4 MiB
    end: cursor.offset,
  };
}

async function decodeFrame(source: ByteSource, start: number, sink: StreamSink): Promise<Damage | undefined> {
  const header = await readHeader(source, start);
  const output = new BlockOutput(header.blockSize, header.linked);
  for (let at = header.end; ; ) {
    if (at + 4 > source.size) return truncated(source, sink, at);
    const field = await word(source, at);
    at += 4;
    if (field === 0) {
      sink.consumed = Math.min(source.size, at + (header.contentChecksum ? 4 : 0));
      return undefined;
    }
    const stored = field >= UNCOMPRESSED;
    const length = stored ? field - UNCOMPRESSED : field;
    if (length > header.blockSize + BLOCK_SLACK) return tooLong(sink, length, header.blockSize, at - 4);
    const block = await source.read(at, length);
    sink.consumed = at + block.length;
    const damage = stored ? output.store(block, sink) : output.decode(block, at, sink);
    if (block.length < length) return truncated(source, sink, at);
    if (damage) return damage;
    at += length + (header.blockChecksum ? 4 : 0);
  }
}

/** The format of `lz4 -l` and the Linux kernel: blocks of 8 MiB until the next magic or the end. */
async function decodeLegacy(source: ByteSource, start: number, sink: StreamSink): Promise<Damage | undefined> {
  const output = new BlockOutput(LEGACY_BLOCK, false);
  sink.consumed = start;
  for (let at = start; at + 4 <= source.size; ) {
    const length = await word(source, at);
    if (length === MAGIC || length === LEGACY_MAGIC || isSkippable(length)) return undefined;
    if (length > LEGACY_BLOCK + BLOCK_SLACK) return tooLong(sink, length, LEGACY_BLOCK, at);
    at += 4;
    const block = await source.read(at, length);
    sink.consumed = at + block.length;
    const damage = output.decode(block, at, sink);
    if (block.length < length) return truncated(source, sink, at);
    if (damage) return damage;
    at += length;
  }
  return undefined;
}

function truncated(source: ByteSource, sink: StreamSink, offset: number): Damage {
  sink.consumed = source.size;
  return { kind: "truncated", message: `LZ4 frame ends after ${sink.size} bytes without its end mark`, offset };
}

function tooLong(sink: StreamSink, length: number, limit: number, offset: number): Damage {
  sink.consumed = offset;
  return { kind: "corrupt", message: `LZ4 block of ${length} bytes where ${limit} are allowed`, offset };
}

/** Room for one block behind the 64 KiB that a linked block may refer to. */
class BlockOutput {
  private readonly bytes: Uint8Array;
  private history = 0;

  constructor(
    blockSize: number,
    private readonly linked: boolean,
  ) {
    this.bytes = new Uint8Array(HISTORY + blockSize);
  }

  store(block: Uint8Array, sink: StreamSink): undefined {
    const kept = block.subarray(0, this.bytes.length - this.history);
    this.bytes.set(kept, this.history);
    this.emit(this.history + kept.length, sink);
  }

  decode(block: Uint8Array, offset: number, sink: StreamSink): Damage | undefined {
    const { end, invalidAt } = decodeBlock(block, this.bytes, this.history);
    this.emit(end, sink);
    if (invalidAt === undefined) return undefined;
    const at = offset + invalidAt;
    return { kind: "corrupt", message: `LZ4 data is invalid at ${at}`, offset: at };
  }

  private emit(end: number, sink: StreamSink): void {
    sink.write(this.bytes.subarray(this.history, end));
    if (!this.linked) return;
    const from = Math.max(0, end - HISTORY);
    this.bytes.copyWithin(0, from, end);
    this.history = end - from;
  }
}
