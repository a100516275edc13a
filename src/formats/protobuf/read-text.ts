import { LimitError, ParseError } from "../../errors.js";
import type { Budget } from "../../io/budget.js";
import { type ByteSource, readExactly } from "../../io/byte-source.js";
import { Message, type Varint } from "./message.js";
import type { Reading } from "./read-message.js";
import type { AnyShape, Field, Shape } from "./shape.js";
import { type Token, Tokens } from "./text-tokens.js";

/** Graphs written as text are for people; beyond this they are not read (CWE-770). */
const MAX_TEXT_BYTES = 256 << 20;
const MAX_DEPTH = 2000;

interface Frame {
  /** Undefined inside a message that no shape describes. */
  readonly shape: AnyShape | undefined;
  readonly message: Message;
  readonly field: Field | undefined;
  readonly closing: string;
}

/** Reads a message in text format into the same shapes as its binary form; an error is returned beside what was read before it. */
export async function readTextMessage<T>(source: ByteSource, shape: Shape<T>, budget: Budget): Promise<Reading<T>> {
  if (source.size > MAX_TEXT_BYTES) {
    throw new LimitError("max_text_bytes", `text of ${source.size} bytes, limit ${MAX_TEXT_BYTES}`);
  }
  const bytes = await readExactly(source, 0, source.size);
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
  const reader = new TextReader(new Tokens(text), budget);
  const message = new Message(0, source.size);
  const error = reader.run({ shape, message, field: undefined, closing: "" });
  return { value: shape.build(message), error, depth: reader.depth, loaded: bytes.length, tail: undefined };
}

class TextReader {
  private readonly frames: Frame[] = [];
  private token: Token;
  depth = 0;

  constructor(
    private readonly tokens: Tokens,
    private readonly budget: Budget,
  ) {
    this.token = { kind: "end", text: "", at: 0 };
  }

  run(root: Frame): ParseError | undefined {
    try {
      this.open(root);
      this.advance();
      this.readFields();
      return undefined;
    } catch (error) {
      if (!(error instanceof ParseError)) throw error;
      while (this.frames.length > 1) this.close();
      return error;
    }
  }

  private advance(): Token {
    this.budget.spendSteps();
    const token = this.token;
    this.token = this.tokens.next();
    return token;
  }

  private readFields(): void {
    for (;;) {
      const frame = this.frames[this.frames.length - 1];
      if (frame === undefined) return;
      if (this.token.kind === "end") {
        if (this.frames.length === 1) return;
        throw new ParseError(`message at ${frame.message.offset} has no end`, frame.message.offset);
      }
      if (this.frames.length > 1 && this.token.text === frame.closing && this.token.kind === "symbol") {
        this.advance();
        this.close();
        this.skipSeparator();
      } else {
        this.readField(frame);
      }
    }
  }

  private readField(frame: Frame): void {
    const name = this.readName();
    const field = frame.shape?.byName.get(name);
    const colon = this.takeSymbol(":");
    if (this.token.kind === "symbol" && this.token.text === "[") this.readList(frame, field, colon);
    else if (!this.openMessage(frame, field)) this.readScalar(frame, field, colon);
    this.skipSeparator();
  }

  /** A field's name; an extension or a type address in brackets is a name that no shape knows. */
  private readName(): string {
    const { kind, text, at } = this.advance();
    if (kind === "name") return text;
    if (kind !== "symbol" || text !== "[") throw new ParseError(`field name expected at ${at}`, at);
    while (!this.takeSymbol("]")) {
      if (this.token.kind === "end") throw new ParseError(`extension name at ${at} has no end`, at);
      this.advance();
    }
    return "";
  }

  private openMessage(frame: Frame, field: Field | undefined): boolean {
    const { kind, text, at } = this.token;
    if (kind !== "symbol" || (text !== "{" && text !== "<")) return false;
    this.advance();
    const shape = typeof field?.kind === "function" ? field.kind() : undefined;
    if (shape === undefined) frame.message.markUnknown(at);
    this.open({ shape, message: new Message(at, frame.message.end), field, closing: text === "{" ? "}" : ">" });
    return true;
  }

  /** Lists of messages are read like repeated fields: the frame opened first is closed before the next one is met. */
  private readList(frame: Frame, field: Field | undefined, colon: boolean): void {
    const { at } = this.advance();
    const below = this.frames.length;
    while (!this.takeSymbol("]")) {
      if (this.token.kind === "end") throw new ParseError(`list at ${at} has no end`, at);
      if (!this.openMessage(frame, field)) this.readScalar(frame, field, colon);
      while (this.frames.length > below) this.readInner();
      this.takeSymbol(",");
    }
  }

  private readInner(): void {
    const frame = this.frames[this.frames.length - 1];
    if (frame === undefined) return;
    const { kind, text, at } = this.token;
    if (kind === "end") throw new ParseError(`message at ${frame.message.offset} has no end`, at);
    if (kind === "symbol" && text === frame.closing) {
      this.advance();
      this.close();
    } else {
      this.readField(frame);
    }
  }

  private readScalar(frame: Frame, field: Field | undefined, colon: boolean): void {
    const { at } = this.token;
    if (!colon) throw new ParseError(`value or message expected at ${at}`, at);
    if (this.token.kind === "string") {
      this.addString(frame, field, at);
      return;
    }
    const negative = this.takeSymbol("-");
    const { kind, text } = this.advance();
    if (kind !== "name" && kind !== "number") throw new ParseError(`value expected at ${at}`, at);
    if (field?.kind === "extent") frame.message.addExtent(field, at, this.token.at - at, true);
    else if (field?.kind === "varint" || field?.kind === "varints") addNumber(frame.message, field, text, negative);
    else frame.message.markUnknown(at);
  }

  /** Strings that follow each other are one. */
  private addString(frame: Frame, field: Field | undefined, at: number): void {
    const parts: string[] = [];
    while (this.token.kind === "string") parts.push(this.advance().text);
    const bytes = Buffer.from(parts.join(""), "latin1");
    if (field?.kind === "text") frame.message.add(field, bytes.toString("utf8"));
    else if (field?.kind === "bytes") frame.message.add(field, bytes);
    else if (field?.kind === "extent") frame.message.addExtent(field, at, this.token.at - at, false);
    else frame.message.markUnknown(at);
  }

  private takeSymbol(symbol: string): boolean {
    if (this.token.kind !== "symbol" || this.token.text !== symbol) return false;
    this.advance();
    return true;
  }

  private skipSeparator(): void {
    if (!this.takeSymbol(",")) this.takeSymbol(";");
  }

  private open(frame: Frame): void {
    const { offset } = frame.message;
    if (this.frames.length >= MAX_DEPTH) throw new ParseError(`messages nested deeper than ${MAX_DEPTH}`, offset);
    this.frames.push(frame);
    this.depth = Math.max(this.depth, this.frames.length);
  }

  private close(): void {
    const { shape, message, field } = this.frames.pop() ?? {};
    const below = this.frames[this.frames.length - 1];
    if (shape && message && field && below) below.message.addChild(field, shape, shape.build(message));
  }
}

/** Names of enum values stay names: `text` of the field returns them. */
function addNumber(message: Message, field: Field, text: string, negative: boolean): void {
  if (/^(?:true|t|True)$/.test(text)) message.addVarint(field, 1);
  else if (/^(?:false|f|False)$/.test(text)) message.addVarint(field, 0);
  else if (/^[A-Za-z_]/.test(text)) message.add(field, text);
  else if (INTEGER.test(text)) message.addVarint(field, toVarint(text, negative));
}

/** No 64-bit integer has more digits. */
const INTEGER = /^(?:0[xX][0-9A-Fa-f]{1,16}|[0-9]{1,22})$/;
const OCTAL = /^0[0-7]+$/;

function toVarint(text: string, negative: boolean): Varint {
  const magnitude = BigInt(OCTAL.test(text) ? `0o${text.slice(1)}` : text);
  const value = BigInt.asUintN(64, negative ? -magnitude : magnitude);
  return value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : value;
}
