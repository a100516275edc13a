// gzip, RFC 1952: any number of members, each with a header, a deflate stream, a CRC-32 and a length.

import { crc32 } from "node:zlib";
import { ParseError } from "../../errors.js";
import type { Budget } from "../../io/budget.js";
import { type ByteSource, readExactly } from "../../io/byte-source.js";
import { Cursor } from "../../io/cursor.js";
import { inflateRaw } from "./inflate.js";
import { collect, type Damage, type DecodedStream, type StreamSink } from "./stream.js";
import { WindowedSource } from "./windowed.js";

const FIXED_HEADER = 10;
const TRAILER = 8;
const DEFLATE = 8;
const FLAG_HEADER_CRC = 2;
const FLAG_EXTRA = 4;
const FLAG_NAME = 8;
const FLAG_COMMENT = 16;
const NAME_WINDOW = 4096;

export function decodeGzip(file: ByteSource, budget: Budget): Promise<DecodedStream> {
  const source = new WindowedSource(file);
  return collect(budget, async (sink) => {
    let damage: Damage | undefined;
    while (sink.consumed < source.size) {
      // Readers skip zeros between members and stop, or complain, at anything else.
      const start = sink.consumed === 0 ? 0 : await skipZeros(source, sink.consumed, budget);
      if (start > 0) {
        if (!(await isMember(source, start))) break;
        // Twenty bytes are a member, and each costs a decompressor of its own.
        budget.spendMember();
      }
      const found = await decodeMember(source, start, sink, budget);
      damage ??= found;
      if (found && found.kind !== "checksum") break;
    }
    return damage;
  });
}

async function isMember(source: ByteSource, at: number): Promise<boolean> {
  const [id1, id2, method] = await source.read(at, 3);
  return id1 === 0x1f && id2 === 0x8b && method === DEFLATE;
}

async function skipZeros(source: ByteSource, from: number, budget: Budget): Promise<number> {
  for (let at = from; at < source.size; ) {
    const bytes = await source.read(at, NAME_WINDOW);
    const found = bytes.findIndex((byte) => byte !== 0);
    if (found >= 0) return at + found;
    if (bytes.length === 0) break;
    at += bytes.length;
    budget.spendSteps(bytes.length);
  }
  return source.size;
}

async function decodeMember(
  source: ByteSource,
  start: number,
  sink: StreamSink,
  budget: Budget,
): Promise<Damage | undefined> {
  const content = await skipHeader(source, start, budget);
  let sum = 0;
  let length = 0;
  const { end, state } = await inflateRaw(source, content, (chunk, reached) => {
    sum = crc32(chunk, sum);
    length += chunk.length;
    sink.consumed = reached;
    sink.write(chunk);
  });
  sink.consumed = end;
  if (state === "corrupt") return { kind: "corrupt", message: `gzip data is invalid near ${end}`, offset: end };
  if (state === "truncated" || end + TRAILER > source.size) {
    sink.consumed = source.size;
    return { kind: "truncated", message: `gzip stream ends after ${length} bytes without its checksum`, offset: end };
  }
  sink.consumed = end + TRAILER;
  const trailer = new Cursor(await readExactly(source, end, TRAILER), end);
  const stored = trailer.u32();
  if (stored !== sum) return mismatch(`CRC-32 is ${hex(sum)}, the stream says ${hex(stored)}`, end);
  const size = trailer.u32();
  if (size !== length % 2 ** 32) return mismatch(`${length} bytes came out, the stream says ${size}`, end + 4);
  return undefined;
}

function mismatch(fact: string, offset: number): Damage {
  return { kind: "checksum", message: `gzip ${fact}`, offset };
}

function hex(value: number): string {
  return `0x${value.toString(16).padStart(8, "0")}`;
}

/** Offset of the deflate stream behind a member's header. */
async function skipHeader(source: ByteSource, start: number, budget: Budget): Promise<number> {
  const header = new Cursor(await readExactly(source, start, FIXED_HEADER), start);
  header.skip(2); // ID1, ID2
  const method = header.u8();
  if (method !== DEFLATE) throw new ParseError(`gzip method ${method} is unknown`, start + 2);
  const flags = header.u8();
  let at = start + FIXED_HEADER; // MTIME, XFL and OS say nothing
  if (flags & FLAG_EXTRA) at += 2 + new Cursor(await readExactly(source, at, 2), at).u16();
  if (flags & FLAG_NAME) at = await skipText(source, at, budget);
  if (flags & FLAG_COMMENT) at = await skipText(source, at, budget);
  return flags & FLAG_HEADER_CRC ? at + 2 : at;
}

async function skipText(source: ByteSource, from: number, budget: Budget): Promise<number> {
  for (let at = from; ; ) {
    const bytes = await source.read(at, NAME_WINDOW);
    if (bytes.length === 0) throw new ParseError(`text of the gzip header at ${from} does not end`, from);
    const end = bytes.indexOf(0);
    if (end >= 0) return at + end + 1;
    at += bytes.length;
    budget.spendSteps(bytes.length);
  }
}
