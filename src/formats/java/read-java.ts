// Java Object Serialization Specification 1.8, chapter 6: https://docs.oracle.com/javase/8/docs/platform/serialization/spec/protocol.html
import { LimitError, ParseError } from "../../errors.js";
import type { Budget } from "../../io/budget.js";
import type { SyncByteSource } from "../../io/byte-source.js";
import { SyncReader } from "../../io/sync-reader.js";
import { decodeText } from "./modified-utf8.js";

export interface JavaClass {
  /** Dotted, without the marks of an array. */
  readonly name: string;
  readonly offset: number;
  /** True when objects of it are stored, false when the class itself is a value. */
  readonly isProxy: boolean;
}

export interface JavaText {
  readonly text: string;
  readonly offset: number;
}

export interface JavaStream {
  readonly classes: readonly JavaClass[];
  readonly texts: readonly JavaText[];
  readonly objects: number;
  readonly loaded: number;
  readonly end: number;
  readonly error: ParseError | undefined;
}

const NULL = 0x70;
const REFERENCE = 0x71;
const CLASS_DESCRIPTOR = 0x72;
const OBJECT = 0x73;
const STRING = 0x74;
const ARRAY = 0x75;
const CLASS = 0x76;
const BLOCK = 0x77;
const END_BLOCK = 0x78;
const RESET = 0x79;
const LONG_BLOCK = 0x7a;
const EXCEPTION = 0x7b;
const LONG_STRING = 0x7c;
const PROXY_DESCRIPTOR = 0x7d;
const ENUM = 0x7e;

const WRITE_METHOD = 1;
const EXTERNALIZABLE = 4;
const BLOCK_DATA = 8;

const FIRST_HANDLE = 0x7e0000;
const HEADER_BYTES = 4;
/** A linked list nests once for each element: enough for honest ones, and each level costs five frames of our stack. */
const MAX_DEPTH = 600;
const MAX_TEXTS = 20_000;
const MAX_TEXT = 64 << 10;
const PRIMITIVE_WIDTHS: ReadonlyMap<string, number> = new Map([
  ["B", 1],
  ["C", 2],
  ["D", 8],
  ["F", 4],
  ["I", 4],
  ["J", 8],
  ["S", 2],
  ["Z", 1],
]);

interface Descriptor {
  readonly name: string;
  flags: number;
  /** Type codes of the fields, in order. */
  readonly fields: string[];
  parent: Descriptor | undefined;
}

/** Walks the stream object by object. What was seen before an error is returned beside it. */
export function readJava(source: SyncByteSource, budget: Budget): JavaStream {
  const walk = new Walk(new SyncReader(source, false), budget);
  const error = walk.run();
  const { classes, texts, objects, reader } = walk;
  return { classes: [...classes.values()], texts, objects, loaded: reader.loaded, end: reader.offset, error };
}

class Walk {
  readonly classes = new Map<string, JavaClass>();
  readonly texts: JavaText[] = [];
  objects = 0;
  /** What each handle stands for, as far as it matters: classes. */
  private handles: (Descriptor | undefined)[] = [];
  private depth = 0;

  constructor(
    readonly reader: SyncReader,
    private readonly budget: Budget,
  ) {}

  run(): ParseError | undefined {
    try {
      this.reader.skip(HEADER_BYTES);
      while (this.reader.remaining > 0) this.content();
      return undefined;
    } catch (error) {
      if (!(error instanceof ParseError)) throw error;
      return error;
    }
  }

  private content(): void {
    this.budget.spendSteps();
    const { offset } = this.reader;
    if (++this.depth > MAX_DEPTH)
      throw new LimitError("max_depth", `objects are nested deeper than ${MAX_DEPTH}`, offset);
    const code = this.reader.u8();
    if (!this.data(code)) this.value(code, offset);
    this.depth--;
  }

  /** Content that is no object: true when it was one of these. */
  private data(code: number): boolean {
    if (code === BLOCK) this.reader.skip(this.reader.u8());
    else if (code === LONG_BLOCK) this.reader.skip(this.length());
    else if (code === RESET) this.handles = [];
    else if (code !== NULL) return false;
    return true;
  }

  private value(code: number, offset: number): void {
    switch (code) {
      case REFERENCE:
        this.handle();
        break;
      case OBJECT:
        this.object();
        break;
      case STRING:
        this.string(this.reader.u16());
        break;
      case LONG_STRING:
        this.string(Number(this.reader.u64()));
        break;
      case ARRAY:
        this.array(offset);
        break;
      case CLASS:
        this.descriptor();
        this.remember(undefined);
        break;
      case ENUM:
        this.descriptor();
        this.remember(undefined);
        this.content();
        break;
      case EXCEPTION:
        this.handles = [];
        this.content();
        this.handles = [];
        break;
      case CLASS_DESCRIPTOR:
      case PROXY_DESCRIPTOR:
        this.descriptorOf(code, offset);
        break;
      default:
        throw new ParseError(`type code 0x${code.toString(16)} at ${offset} does not exist`, offset);
    }
  }

  private remember(descriptor: Descriptor | undefined): void {
    this.handles.push(descriptor);
  }

  private handle(): Descriptor | undefined {
    const { offset } = this.reader;
    const index = this.reader.u32() - FIRST_HANDLE;
    if (index < 0 || index >= this.handles.length)
      throw new ParseError(`handle ${index} at ${offset}, ${this.handles.length} are known`, offset);
    return this.handles[index];
  }

  private length(): number {
    const { offset } = this.reader;
    const length = this.reader.i32();
    if (length < 0 || length > this.reader.remaining)
      throw new ParseError(`${length} elements at ${offset}, ${this.reader.remaining} bytes are left`, offset);
    return length;
  }

  private string(length: number): void {
    this.remember(undefined);
    const { offset } = this.reader;
    const text = decodeText(this.reader.latin1(Math.min(length, MAX_TEXT)));
    this.reader.skip(Math.max(0, length - MAX_TEXT));
    if (text.length > 2 && this.texts.length < MAX_TEXTS) this.texts.push({ text, offset });
  }

  private object(): void {
    this.objects++;
    const descriptor = this.descriptor();
    this.remember(undefined);
    const chain: Descriptor[] = [];
    for (let at = descriptor; at !== undefined && chain.length < MAX_DEPTH; at = at.parent) chain.unshift(at);
    for (const part of chain) this.part(part);
  }

  /** What one class of an object's ancestry stored: its fields, and whatever its writeObject added. */
  private part({ name, flags, fields }: Descriptor): void {
    if ((flags & EXTERNALIZABLE) !== 0) {
      if ((flags & BLOCK_DATA) === 0)
        throw new ParseError(`${name.slice(0, 200)} stores itself without a length`, this.reader.offset);
      this.annotation();
      return;
    }
    for (const type of fields) this.field(type);
    if ((flags & WRITE_METHOD) !== 0) this.annotation();
  }

  private field(type: string): void {
    const width = PRIMITIVE_WIDTHS.get(type);
    if (width === undefined) this.content();
    else this.reader.skip(width);
  }

  /** Contents up to the mark that ends them. */
  private annotation(): void {
    for (;;) {
      if (this.reader.peek() === END_BLOCK) break;
      this.content();
    }
    this.reader.skip(1);
  }

  private array(offset: number): void {
    const descriptor = this.descriptor();
    this.remember(undefined);
    const length = this.length();
    const element = descriptor?.name.charAt(1) ?? "";
    const width = PRIMITIVE_WIDTHS.get(element);
    if (width !== undefined) this.reader.skip(length * width);
    else if (element === "L" || element === "[") for (let i = 0; i < length; i++) this.content();
    else throw new ParseError(`an array at ${offset} is of no array class`, offset);
  }

  private descriptor(): Descriptor | undefined {
    const { offset } = this.reader;
    const code = this.reader.u8();
    if (code === NULL) return undefined;
    if (code === REFERENCE) return this.handle();
    return this.descriptorOf(code, offset);
  }

  private descriptorOf(code: number, offset: number): Descriptor {
    if (++this.depth > MAX_DEPTH)
      throw new LimitError("max_depth", `classes are nested deeper than ${MAX_DEPTH}`, offset);
    if (code !== CLASS_DESCRIPTOR && code !== PROXY_DESCRIPTOR) {
      throw new ParseError(`type code 0x${code.toString(16)} at ${offset} is no class`, offset);
    }
    const found = code === PROXY_DESCRIPTOR ? this.proxy(offset) : this.named(offset);
    this.annotation();
    found.parent = this.descriptor();
    this.depth--;
    return found;
  }

  private proxy(offset: number): Descriptor {
    const found: Descriptor = { name: "", flags: 0, fields: [], parent: undefined };
    this.remember(found);
    const count = this.length();
    for (let i = 0; i < count; i++) this.note(this.name(), offset, true);
    return found;
  }

  private named(offset: number): Descriptor {
    const name = this.name();
    this.note(name, offset, false);
    // serialVersionUID
    this.reader.skip(8);
    const found: Descriptor = { name, flags: 0, fields: [], parent: undefined };
    this.remember(found);
    found.flags = this.reader.u8();
    const count = this.reader.u16();
    for (let i = 0; i < count; i++) {
      this.budget.spendSteps();
      const type = this.reader.latin1(1);
      this.name();
      if (!PRIMITIVE_WIDTHS.has(type)) this.content();
      found.fields.push(type);
    }
    return found;
  }

  private name(): string {
    return decodeText(this.reader.latin1(this.reader.u16()));
  }

  private note(name: string, offset: number, isProxy: boolean): void {
    const plain = name.replace(/^\[{1,255}L?/, "").replace(/;$/, "");
    if (!this.classes.has(plain)) this.classes.set(plain, { name: plain, offset, isProxy });
  }
}
