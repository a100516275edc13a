import { ParseError } from "../errors.js";
import type { SyncReader } from "./sync-reader.js";

/** What formats share that write the same values in binary and in text: a position, and tokens between blanks. */
export abstract class EncodedReader {
  constructor(protected readonly reader: SyncReader) {}

  get offset(): number {
    return this.reader.offset;
  }

  get remaining(): number {
    return this.reader.remaining;
  }

  get loaded(): number {
    return this.reader.loaded;
  }

  /** The characters up to the next blank, which stays; blanks in front are passed over. Throws a ParseError beyond `longest`. */
  protected token(longest: number): string {
    this.skipBlanks();
    const { reader } = this;
    let token = "";
    for (let byte = reader.peek(); byte !== undefined && !isBlank(byte); byte = reader.peek()) {
      if (token.length >= longest) throw new ParseError(`no number at ${this.offset}`, this.offset);
      token += String.fromCharCode(byte);
      reader.skip(1);
    }
    if (token === "") throw new ParseError(`need a number at ${this.offset}, have none`, this.offset);
    return token;
  }

  protected skipBlanks(): void {
    while (isBlank(this.reader.peek())) this.reader.skip(1);
  }
}

function isBlank(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}
