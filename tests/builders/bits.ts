/** Bits put together, the first one highest. */
export class BitWriter {
  private readonly bytes: number[] = [];
  private filled = 8;

  write(value: number | bigint, width: number): void {
    const number = BigInt(value);
    for (let bit = width - 1; bit >= 0; bit--) this.bit(Number((number >> BigInt(bit)) & 1n));
  }

  bit(value: number): void {
    if (this.filled === 8) {
      this.bytes.push(0);
      this.filled = 0;
    }
    this.bytes.push((this.bytes.pop() ?? 0) | (value << (7 - this.filled++)));
  }

  finish(): Uint8Array {
    return Uint8Array.from(this.bytes);
  }
}

/** Bits one after the other, the highest of a byte first; zeros behind the end. */
export class BitReader {
  at = 0;

  constructor(private readonly bytes: Uint8Array) {}

  get isBehind(): boolean {
    return this.at > 8 * this.bytes.length;
  }

  bit(): number {
    const byte = this.bytes[this.at >> 3] ?? 0;
    return (byte >> (7 - (this.at++ & 7))) & 1;
  }

  /** Up to 48 bits. */
  read(width: number): number {
    let value = 0;
    for (let left = width; left > 0; left--) value = 2 * value + this.bit();
    return value;
  }

  align(): void {
    this.at = Math.ceil(this.at / 8) * 8;
  }
}
