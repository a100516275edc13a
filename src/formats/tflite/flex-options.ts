// The options of a Flex operator: a FlexBuffer ("FlexBuffers internals" of the FlatBuffers documentation) that holds a vector of two
// strings, the op's name and a serialised tensorflow.NodeDef. The delegate runs the op that the NodeDef names, whatever the operator
// itself is called (delegates/flex/kernel.cc).

import { ParseError } from "../../errors.js";

const VECTOR_TYPE = 10;
const STRING_TYPE = 5;
/** The serialised NodeDef. Throws ParseError where the bytes are not what the delegate reads. */
export function readFlexOptions(bytes: Uint8Array): Uint8Array {
  return new FlexReader(bytes).stringInRoot(1);
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
