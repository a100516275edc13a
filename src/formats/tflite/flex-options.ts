// The options of a Flex operator: a FlexBuffer ("FlexBuffers internals" of the FlatBuffers documentation) that holds a vector of two
// strings, the op's name and a serialised tensorflow.NodeDef. The delegate runs the op that the NodeDef names, whatever the operator
// itself is called (delegates/flex/kernel.cc).

import { ParseError } from "../../errors.js";

const VECTOR_TYPE = 10;
const STRING_TYPE = 5;
/** tensorflow.NodeDef: name = 1, op = 2, input = 3, device = 4, attr = 5. */
const NODE_OP_FIELD = 2;
const LENGTH_DELIMITED = 2;

export interface FlexNode {
  /** The op that the delegate looks up and runs. */
  readonly op: string;
  /** The serialised NodeDef. */
  readonly node: Uint8Array;
}

/** Throws ParseError where the bytes are not what the delegate reads. */
export function readFlexOptions(bytes: Uint8Array): FlexNode {
  const reader = new FlexReader(bytes);
  const node = reader.stringInRoot(1);
  return { op: opOf(node), node };
}

class FlexReader {
  private readonly view: DataView;

  constructor(private readonly bytes: Uint8Array) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** The root stands at the end: its value, its packed type, its width. */
  stringInRoot(index: number): Uint8Array {
    const { length } = this.bytes;
    if (length < 3) throw new ParseError(`flex options of ${length} bytes`);
    const width = this.bytes[length - 1] ?? 0;
    const packed = this.bytes[length - 2] ?? 0;
    if (packed >> 2 !== VECTOR_TYPE)
      throw new ParseError(`flex options hold a value of type ${packed >> 2}, not a vector`);
    const vector = this.target(length - 2 - width, width);
    const step = 1 << (packed & 3);
    const count = this.uint(vector - step, step);
    if (index >= count) throw new ParseError(`flex options hold ${count} values`);
    const type = this.uint(vector + count * step + index, 1);
    if (type >> 2 !== STRING_TYPE) throw new ParseError(`flex option ${index} is of type ${type >> 2}, not a string`);
    const start = this.target(vector + index * step, step);
    const lengthWidth = 1 << (type & 3);
    const size = this.uint(start - lengthWidth, lengthWidth);
    if (start + size > length) throw new ParseError(`flex option ${index} claims ${size} bytes at ${start}`);
    return this.bytes.subarray(start, start + size);
  }

  /** Offsets count backward from where they stand. */
  private target(at: number, width: number): number {
    return at - this.uint(at, width);
  }

  private uint(at: number, width: number): number {
    if (!(at >= 0) || at + width > this.bytes.length) throw new ParseError(`flex options point at ${at}`);
    if (width === 1) return this.view.getUint8(at);
    if (width === 2) return this.view.getUint16(at, true);
    if (width === 4) return this.view.getUint32(at, true);
    if (width === 8) return Number(this.view.getBigUint64(at, true));
    throw new ParseError(`flex options use the width ${width}`);
  }
}

/** The last `op` field of a NodeDef: of a singular field that stands twice, readers keep the later. */
function opOf(node: Uint8Array): string {
  let op = "";
  let at = 0;
  while (at < node.length) {
    const key = varint(node, at);
    const value = varint(node, key.next);
    at = value.next;
    if ((key.value & 7) !== LENGTH_DELIMITED) {
      if ((key.value & 7) !== 0) throw new ParseError(`node definition has wire type ${key.value & 7}`);
      continue;
    }
    if (at + value.value > node.length) throw new ParseError(`node definition claims ${value.value} bytes at ${at}`);
    if (key.value >> 3 === NODE_OP_FIELD) op = new TextDecoder().decode(node.subarray(at, at + value.value));
    at += value.value;
  }
  return op;
}

function varint(bytes: Uint8Array, start: number): { value: number; next: number } {
  let value = 0;
  for (let i = 0; i < 10; i++) {
    const byte = bytes[start + i];
    if (byte === undefined) throw new ParseError(`node definition ends inside a number at ${start}`);
    value += (byte & 0x7f) * 2 ** (7 * i);
    if (byte < 0x80) return { value, next: start + i + 1 };
  }
  throw new ParseError(`number at ${start} of a node definition has no end`);
}
