// A one-pass JSON reader (RFC 8259) over UTF-8 bytes. It builds nothing itself, so a header with 200,000 entries costs what its
// visitor keeps. No recursion: depth is a number compared with a limit, not the stack of this process.

import { LimitError, ParseError } from "../../errors.js";
import { decodeEscaped, decodeNumber, decodeUtf8 } from "./scalars.js";
import type { JsonScalar } from "./value.js";

export interface JsonVisitor {
  /** An object (its keys follow) or an array begins. */
  open(isObject: boolean, offset: number): void;
  /** The innermost open object or array ends before `end`. */
  close(end: number): void;
  key(text: string, offset: number): void;
  scalar(value: JsonScalar, offset: number): void;
}

export interface JsonLimits {
  readonly maxDepth?: number;
  /** Values and keys, together; objects and arrays count as more of them, for what they take of memory. */
  readonly maxNodes?: number;
  /** Called with the nodes read since the last call: where a budget is spent. */
  readonly onNodes?: (count: number) => void;
}

export interface JsonWalkOptions extends JsonLimits {
  /** Offset of the first byte inside the artifact. */
  readonly base?: number;
  /** As the RFC has it: no NaN, no Infinity, no unpaired surrogates. Python's reader, which most loaders use, takes all three. */
  readonly strict?: boolean;
}

/** CPython stops near 1000, serde_json at 128; no writer of model files comes near 200. */
export const MAX_JSON_DEPTH = 200;
/** Far above any tokenizer.json (a few million entries). */
export const MAX_JSON_NODES = 20_000_000;
const NODES_PER_CALL = 4096;
/** An object takes over two hundred bytes beside its content, an array that holds something two hundred. */
const OBJECT_NODES = 5;
const ARRAY_NODES = 4;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OBJECT_OPEN = 0x7b;
const OBJECT_CLOSE = 0x7d;
const ARRAY_OPEN = 0x5b;
const ARRAY_CLOSE = 0x5d;
const COMMA = 0x2c;
const COLON = 0x3a;
const MINUS = 0x2d;
const ZERO = 0x30;
const DOT = 0x2e;
const END = -1;

const LITERALS: readonly (readonly [text: string, value: JsonScalar])[] = [
  ["true", true],
  ["false", false],
  ["null", null],
];
const PYTHON_LITERALS: readonly (readonly [text: string, value: JsonScalar])[] = [
  ["NaN", Number.NaN],
  ["Infinity", Number.POSITIVE_INFINITY],
  ["-Infinity", Number.NEGATIVE_INFINITY],
];
const UNPAIRED_SURROGATE = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/;

/** Reads one JSON value and returns the offset after it; what follows is the caller's business. Throws ParseError at the first fault. */
export function walkJson(bytes: Uint8Array, visitor: JsonVisitor, options: JsonWalkOptions = {}): number {
  return new Walk(bytes, visitor, options).run();
}

/** The first byte at or after `at` that is not JSON white space. */
export function skipJsonSpace(bytes: Uint8Array, at: number): number {
  let next = at;
  for (; next < bytes.length; next++) {
    const byte = bytes[next];
    if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) break;
  }
  return next;
}

class Walk {
  private at = 0;
  private nodes = 0;
  /** Those of them that `onNodes` was not told of. */
  private untold = 0;
  /** For every open container whether it is an object. */
  private readonly containers: boolean[] = [];
  private isFresh = false;
  private readonly base: number;
  private readonly maxDepth: number;
  private readonly maxNodes: number;
  private readonly strict: boolean;
  private readonly onNodes: ((count: number) => void) | undefined;

  constructor(
    private readonly bytes: Uint8Array,
    private readonly visitor: JsonVisitor,
    options: JsonWalkOptions,
  ) {
    this.base = options.base ?? 0;
    this.maxDepth = options.maxDepth ?? MAX_JSON_DEPTH;
    this.maxNodes = options.maxNodes ?? MAX_JSON_NODES;
    this.strict = options.strict ?? false;
    this.onNodes = options.onNodes;
  }

  run(): number {
    this.readValue();
    while (this.containers.length > 0) this.readEntry();
    this.tell();
    return this.base + this.at;
  }

  private readEntry(): void {
    const isObject = this.containers[this.containers.length - 1] ?? false;
    if (this.peek() === (isObject ? OBJECT_CLOSE : ARRAY_CLOSE)) {
      this.at++;
      this.containers.pop();
      this.isFresh = false;
      this.visitor.close(this.base + this.at);
      return;
    }
    if (!this.isFresh) this.expect(COMMA);
    this.isFresh = false;
    if (isObject) this.readKey();
    this.readValue();
  }

  private readKey(): void {
    if (this.peek() !== QUOTE) this.fail("a key in quotes");
    const offset = this.base + this.at;
    this.count();
    this.visitor.key(this.readString(), offset);
    this.expect(COLON);
  }

  private readValue(): void {
    const byte = this.peek();
    const offset = this.base + this.at;
    this.count();
    if (byte === QUOTE) this.visitor.scalar(this.readString(), offset);
    else if (byte === OBJECT_OPEN || byte === ARRAY_OPEN) this.openContainer(byte === OBJECT_OPEN, offset);
    else if (isDigit(byte) || (byte === MINUS && isDigit(this.bytes[this.at + 1] ?? END)))
      this.visitor.scalar(this.readNumber(), offset);
    else this.visitor.scalar(this.readLiteral(), offset);
  }

  private openContainer(isObject: boolean, offset: number): void {
    if (this.containers.length >= this.maxDepth) {
      throw new ParseError(`JSON nested deeper than ${this.maxDepth} levels at ${offset}`, offset);
    }
    this.at++;
    this.count((isObject ? OBJECT_NODES : ARRAY_NODES) - 1);
    this.containers.push(isObject);
    this.isFresh = true;
    this.visitor.open(isObject, offset);
  }

  private readString(): string {
    const { bytes } = this;
    const start = this.at + 1;
    const offset = this.base + this.at;
    let isEscaped = false;
    let end = start;
    for (; ; end++) {
      const byte = bytes[end];
      if (byte === QUOTE) break;
      if (byte === undefined) throw new ParseError(`string at ${offset} has no end`, offset);
      if (byte < 0x20) throw new ParseError(`string at ${offset} holds a raw control character`, offset);
      if (byte === BACKSLASH) {
        isEscaped = true;
        end++;
      }
    }
    this.at = end + 1;
    if (!isEscaped) return decodeUtf8(bytes, start, end, offset);
    const text = decodeEscaped(bytes, start, end, offset);
    if (this.strict && UNPAIRED_SURROGATE.test(text)) {
      throw new ParseError(`string at ${offset} holds an unpaired surrogate`, offset);
    }
    return text;
  }

  private readNumber(): number | bigint {
    const { bytes } = this;
    const start = this.at;
    if (bytes[this.at] === MINUS) this.at++;
    if (bytes[this.at] === ZERO) this.at++;
    else this.skipDigits();
    const integerEnd = this.at;
    if (bytes[this.at] === DOT) {
      this.at++;
      this.skipDigits();
    }
    if (((bytes[this.at] ?? 0) | 0x20) === 0x65) {
      this.at++;
      const sign = bytes[this.at];
      if (sign === 0x2b || sign === MINUS) this.at++;
      this.skipDigits();
    }
    const offset = this.base + start;
    return decodeNumber(decodeUtf8(bytes, start, this.at, offset), this.at === integerEnd);
  }

  private skipDigits(): void {
    const start = this.at;
    while (isDigit(this.bytes[this.at] ?? END)) this.at++;
    if (this.at === start) this.fail("a digit");
  }

  private readLiteral(): JsonScalar {
    for (const [text, value] of this.strict ? LITERALS : [...LITERALS, ...PYTHON_LITERALS]) {
      if (this.startsWith(text)) {
        this.at += text.length;
        return value;
      }
    }
    return this.fail("a value");
  }

  private startsWith(text: string): boolean {
    for (let i = 0; i < text.length; i++) if (this.bytes[this.at + i] !== text.charCodeAt(i)) return false;
    return true;
  }

  private expect(wanted: number): void {
    if (this.peek() !== wanted) this.fail(`"${String.fromCharCode(wanted)}"`);
    this.at++;
  }

  private peek(): number {
    this.at = skipJsonSpace(this.bytes, this.at);
    return this.bytes[this.at] ?? END;
  }

  private count(nodes = 1): void {
    this.nodes += nodes;
    this.untold += nodes;
    if (this.untold >= NODES_PER_CALL) this.tell();
    if (this.nodes > this.maxNodes) {
      throw new LimitError("max_steps", `JSON with more than ${this.maxNodes} nodes`, this.base + this.at);
    }
  }

  private tell(): void {
    this.onNodes?.(this.untold);
    this.untold = 0;
  }

  private fail(wanted: string): never {
    const offset = this.base + this.at;
    const byte = this.bytes[this.at];
    const found = byte === undefined ? "the end" : `byte 0x${byte.toString(16).padStart(2, "0")}`;
    throw new ParseError(`JSON needs ${wanted} at ${offset}, has ${found}`, offset);
  }
}

function isDigit(byte: number): boolean {
  return byte >= 0x30 && byte <= 0x39;
}
