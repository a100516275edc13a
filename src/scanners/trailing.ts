import { type ByteSource, slice } from "../io/byte-source.js";
import type { ScanContext } from "./scanner.js";

export interface Tail {
  /** Offset of the first byte that the format does not account for. */
  readonly start: number;
  /** What ends there: `the last tensor`. */
  readonly after: string;
}

const ZERO_WINDOW = 1 << 20;

/** Tells of bytes behind the content, and scans them as whatever they are. Zero bytes alone are a leftover, not a message. */
export async function inspectTail(source: ByteSource, tail: Tail, context: ScanContext): Promise<void> {
  const length = source.size - tail.start;
  if (length <= 0) return;
  const isEmpty = await isZero(source, tail.start, context);
  context.report({
    rule: "analysis/trailing-data",
    severity: isEmpty ? "low" : (await isDatabaseNode(source, tail.start)) ? "info" : "medium",
    message: `${length} ${isEmpty ? "zero bytes" : "bytes"} follow ${tail.after} at ${tail.start}`,
    subject: "tail",
    offset: tail.start,
    evidence: { length },
  });
  if (isEmpty) return;
  await context.descend({ name: `data at ${tail.start}`, source: slice(source, tail.start), offset: tail.start });
}

/** `0x0cdb20de`, then the length of the node with this header, little-endian: TensorStore's OCDBT, `format/btree.h` and `format/codec_util.h`. */
const NODE_MAGIC = 0x0cdb20de;
const NODE_HEADER_BYTES = 12;

/** Orbax's files hold compressed values and then the node that leads to them, which ends with the file. */
async function isDatabaseNode(source: ByteSource, start: number): Promise<boolean> {
  const length = source.size - start;
  if (length < NODE_HEADER_BYTES) return false;
  const header = await source.read(start, NODE_HEADER_BYTES);
  const view = new DataView(header.buffer, header.byteOffset, header.length);
  return view.getUint32(0) === NODE_MAGIC && view.getBigUint64(4, true) === BigInt(length);
}

/** Stops at the first byte that is not zero, so only truly empty tails are read in full. */
async function isZero(source: ByteSource, start: number, context: ScanContext): Promise<boolean> {
  for (let at = start; at < source.size; at += ZERO_WINDOW) {
    context.budget.checkTime();
    const bytes = await source.read(at, ZERO_WINDOW);
    context.examined(bytes.length);
    if (bytes.some((byte) => byte !== 0)) return false;
  }
  return true;
}
