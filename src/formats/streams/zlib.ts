// zlib, RFC 1950: a two-byte header, a deflate stream, an Adler-32. joblib reads several in a row.

import { ParseError } from "../../errors.js";
import type { Budget } from "../../io/budget.js";
import { type ByteSource, readExactly } from "../../io/byte-source.js";
import { Cursor } from "../../io/cursor.js";
import { ADLER_START, adler32 } from "./checksums.js";
import { inflateRaw } from "./inflate.js";
import { collect, type Damage, type DecodedStream, type StreamSink } from "./stream.js";
import { WindowedSource } from "./windowed.js";

const HEADER = 2;
const TRAILER = 4;
const DEFLATE = 8;
const FLAG_DICTIONARY = 0x20;

export function decodeZlib(file: ByteSource, budget: Budget): Promise<DecodedStream> {
  const source = new WindowedSource(file);
  return collect(budget, async (sink) => {
    let damage: Damage | undefined;
    const start = zfileHeader(await source.read(0, ZFILE_HEADER + 1));
    sink.consumed = start;
    while (sink.consumed < source.size) {
      if (sink.consumed > start && !isZlibHeader(await source.read(sink.consumed, HEADER))) break;
      const found = await decodeOne(source, sink.consumed, sink);
      damage ??= found;
      if (found && found.kind !== "checksum") break;
    }
    return damage;
  });
}

/** `ZF`, then the unpacked size in hexadecimal, padded with spaces to 19 characters: joblib before 0.9.3, which reads it to this day. */
const ZFILE = /^ZF0x[0-9a-f]{1,16}L? *$/;
const ZFILE_HEADER = 21;
const LETTER_Z = 0x5a;

export function isZfile(head: Uint8Array): boolean {
  if (head[0] !== LETTER_Z) return false;
  return ZFILE.test(String.fromCharCode(...head.subarray(0, ZFILE_HEADER)));
}

/** Length of the header before the zlib stream; under Python 2 the size had an L, which pushed one space further. */
function zfileHeader(head: Uint8Array): number {
  if (!isZfile(head)) return 0;
  return head[ZFILE_HEADER] === 0x20 ? ZFILE_HEADER + 1 : ZFILE_HEADER;
}

/** CMF and FLG: deflate, a window of at most 32 KiB, and a check that makes the pair a multiple of 31. */
export function isZlibHeader([cmf = 0, flg = 0]: Uint8Array): boolean {
  return (cmf & 0x0f) === DEFLATE && cmf >> 4 <= 7 && (cmf * 256 + flg) % 31 === 0;
}

async function decodeOne(source: ByteSource, start: number, sink: StreamSink): Promise<Damage | undefined> {
  const header = await readExactly(source, start, HEADER);
  if (!isZlibHeader(header)) throw new ParseError(`no zlib header at ${start}`, start);
  if ((header[1] ?? 0) & FLAG_DICTIONARY) throw new ParseError(`zlib stream at ${start} needs a dictionary`, start);
  let sum = ADLER_START;
  const { end, state } = await inflateRaw(source, start + HEADER, (chunk, reached) => {
    sum = adler32(chunk, sum);
    sink.consumed = reached;
    sink.write(chunk);
  });
  sink.consumed = end;
  if (state === "corrupt") return { kind: "corrupt", message: `zlib data is invalid near ${end}`, offset: end };
  if (state === "truncated" || end + TRAILER > source.size) {
    sink.consumed = source.size;
    return {
      kind: "truncated",
      message: `zlib stream ends after ${sink.size} bytes without its checksum`,
      offset: end,
    };
  }
  sink.consumed = end + TRAILER;
  const stored = new Cursor(await readExactly(source, end, TRAILER), end, false).u32();
  if (stored === sum) return undefined;
  return { kind: "checksum", message: `zlib Adler-32 is ${sum}, the stream says ${stored}`, offset: end };
}
