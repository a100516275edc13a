/** Reads numbers of fixed width out of a view; what derives from it says where the next bytes lie. */
export abstract class FieldReader {
  protected abstract readonly view: DataView;
  abstract readonly littleEndian: boolean;

  /** Passes over `length` bytes and returns where they begin in `view`. Throws a ParseError when there are fewer. */
  protected abstract take(length: number): number;

  u8(): number {
    const at = this.take(1);
    return this.view.getUint8(at);
  }

  i8(): number {
    const at = this.take(1);
    return this.view.getInt8(at);
  }

  u16(): number {
    const at = this.take(2);
    return this.view.getUint16(at, this.littleEndian);
  }

  i16(): number {
    const at = this.take(2);
    return this.view.getInt16(at, this.littleEndian);
  }

  u32(): number {
    const at = this.take(4);
    return this.view.getUint32(at, this.littleEndian);
  }

  i32(): number {
    const at = this.take(4);
    return this.view.getInt32(at, this.littleEndian);
  }

  u64(): bigint {
    const at = this.take(8);
    return this.view.getBigUint64(at, this.littleEndian);
  }

  i64(): bigint {
    const at = this.take(8);
    return this.view.getBigInt64(at, this.littleEndian);
  }

  f32(): number {
    const at = this.take(4);
    return this.view.getFloat32(at, this.littleEndian);
  }

  f64(): number {
    const at = this.take(8);
    return this.view.getFloat64(at, this.littleEndian);
  }

  /** The next bytes as they lie in the view. */
  raw(length: number): Uint8Array {
    const at = this.take(length);
    return new Uint8Array(this.view.buffer, this.view.byteOffset + at, length);
  }
}
