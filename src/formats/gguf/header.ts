// GGUF, versions 1 to 3, either byte order. Specification: docs/gguf.md of the ggml project; numbers as llama.cpp checks them.
// The header is read front to back through a window; tensor data is never read.

import { LimitError, ParseError } from "../../errors.js";
import type { Budget } from "../../io/budget.js";
import { type ByteSource, readExactly } from "../../io/byte-source.js";
import { ForwardReader } from "../../io/forward-reader.js";
import { readEntry } from "./metadata.js";
import { readTensor } from "./tensors.js";
import type { GgufEntry, GgufFault, GgufHeader, GgufTensor } from "./value.js";

/** Receives what is read as it is read, so that nothing is lost when the rest cannot be. */
export interface GgufVisitor {
  entry(entry: GgufEntry): void;
  tensor(tensor: GgufTensor): void;
  /** A number that makes a loader's arithmetic go wrong; reading may stop right after it. */
  fault(fault: GgufFault): void;
}

export const DEFAULT_ALIGNMENT = 32n;
const FIXED_BYTES = 24;
const KNOWN_VERSIONS = 3;
/** Key length, type and at least one byte of value. */
const MIN_ENTRY_BYTES = 13n;
/** Name length, dimension count, type and offset. */
const MIN_TENSOR_BYTES = 24n;
/** The largest published models hold some 2,000 tensors and 100 keys; unmerged expert weights reach 100,000. */
const MAX_ENTRIES = 65_536;
/** The largest mixtures of experts have twenty thousand; each takes a kilobyte of memory. */
const MAX_TENSORS = 200_000;
/** sizeof(gguf_kv) and sizeof(gguf_tensor_info) in the releases whose allocation wrapped around. */
const KV_STRUCT_BYTES = 48n;
const TENSOR_STRUCT_BYTES = 88n;

/** Reads the whole header. Throws ParseError where a loader would have to stop or to run out of its buffers. */
export async function readGguf(source: ByteSource, visitor: GgufVisitor, budget: Budget): Promise<GgufHeader> {
  const start = await readStart(source);
  const reader = new ForwardReader(source, { start: start.end, littleEndian: !start.bigEndian });
  checkCount(
    "metadata keys",
    start.entryCount,
    reader,
    { least: MIN_ENTRY_BYTES, struct: KV_STRUCT_BYTES, most: MAX_ENTRIES, cve: "CVE-2024-23605" },
    visitor,
  );
  for (let i = 0n; i < start.entryCount; i++) {
    budget.spendSteps();
    visitor.entry(await readEntry(reader, { version: start.version, budget, visitor }));
  }
  checkCount(
    "tensors",
    start.tensorCount,
    reader,
    { least: MIN_TENSOR_BYTES, struct: TENSOR_STRUCT_BYTES, most: MAX_TENSORS, cve: "CVE-2024-21836" },
    visitor,
  );
  for (let i = 0n; i < start.tensorCount; i++) {
    budget.spendSteps();
    visitor.tensor(await readTensor(reader, start.version, visitor));
  }
  return { ...start, end: reader.offset, loaded: reader.loaded + FIXED_BYTES };
}

type Start = Omit<GgufHeader, "loaded">;

async function readStart(source: ByteSource): Promise<Start> {
  const bytes = await readExactly(source, 0, Math.min(FIXED_BYTES, Math.max(8, source.size)));
  const magic = String.fromCharCode(...bytes.subarray(0, 4));
  if (magic !== "GGUF" && magic !== "FUGG") throw new ParseError(`magic ${JSON.stringify(magic)} is not GGUF's`, 0);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  // A big-endian writer keeps the magic and swaps the rest, so the version's low half reads as zero; some swap the magic as well.
  const bigEndian = magic === "FUGG" || (view.getUint32(4, true) & 0xffff) === 0;
  const version = view.getUint32(4, !bigEndian);
  if (version === 0 || version > KNOWN_VERSIONS)
    throw new ParseError(`GGUF version ${version}, known are 1 to ${KNOWN_VERSIONS}`, 4);
  const end = version === 1 ? 16 : FIXED_BYTES;
  if (bytes.length < end) throw new ParseError(`need ${end} bytes at 0, have ${bytes.length}`, 0);
  // 8: tensor count, then metadata count; 32 bits wide in version 1
  const [tensorCount, entryCount] =
    version === 1
      ? [BigInt(view.getUint32(8, !bigEndian)), BigInt(view.getUint32(12, !bigEndian))]
      : [view.getBigUint64(8, !bigEndian), view.getBigUint64(16, !bigEndian)];
  return { version, bigEndian, tensorCount, entryCount, end };
}

interface CountRule {
  /** Bytes the smallest one takes in the file. */
  readonly least: bigint;
  readonly struct: bigint;
  readonly most: number;
  readonly cve: string;
}

/** Physics first: a file of N bytes cannot hold more than N / least of them. */
function checkCount(what: string, count: bigint, reader: ForwardReader, rule: CountRule, visitor: GgufVisitor): void {
  const { offset, remaining } = reader;
  if (count * rule.least > BigInt(remaining)) {
    const wraps = count * rule.struct >= 1n << 64n;
    const message = `${count} ${what} cannot lie in the ${remaining} bytes after ${offset}`;
    visitor.fault({ kind: "count", subject: what, message, offset, references: wraps ? [rule.cve] : [] });
    throw new ParseError(message, offset);
  }
  if (count > BigInt(rule.most))
    throw new LimitError("max_members", `${count} ${what}, at most ${rule.most} are read`, offset);
}
