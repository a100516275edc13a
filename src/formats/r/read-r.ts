// R serialisation: "R Internals" 1.8, and ReadItem of src/main/serialize.c (R 4.4)
import { LimitError, ParseError } from "../../errors.js";
import type { Budget } from "../../io/budget.js";
import type { SyncByteSource } from "../../io/byte-source.js";
import { BytecodeReader, type ItemReader } from "./bytecode.js";
import { callCode, MAX_CODE, MAX_SHOWN_PARTS } from "./call-code.js";
import { openR, type REncoding } from "./encoding.js";
import { type RCode, Scopes } from "./scopes.js";
import { type RValue, R_TYPES as T } from "./types.js";

/** What stands in a file apart from data. */
export interface RFile extends RCode {
  readonly encoding: REncoding["kind"];
  readonly version: number;
  /** The R that wrote it, `4.2.3`. */
  readonly writer: string;
  readonly isWorkspace: boolean;
  readonly items: number;
  readonly namespaces: readonly string[];
  readonly texts: readonly RText[];
  readonly loaded: number;
  readonly end: number;
  readonly error: ParseError | undefined;
}

export interface RText {
  readonly text: string;
  readonly offset: number;
}

/** Each level costs frames of our stack, a vector more than a call. Formulas of a thousand terms nest as many calls. */
const MAX_DEPTH = 1600;
const VECTOR_DEPTH = 2;
const MAX_TEXT = 64 << 10;
const MAX_TEXTS = 20_000;
const LONG_VECTOR = -1;
const HAS_ATTRIBUTES = 1 << 9;
const HAS_TAG = 1 << 10;
/** ACTIVE_BINDING_MASK of the levels, which begin at bit 12. */
const ACTIVE_BINDING = 1 << 27;

const NOTHING: RValue = { type: T.nil, code: "NULL" };

/** Walks everything that is stored; vectors of numbers are stepped over. What was seen before an error is returned beside it. */
export function readR(source: SyncByteSource, budget: Budget): RFile {
  const { isWorkspace, from } = openR(source);
  const walk = new Walk(from, budget, isWorkspace);
  const error = walk.run();
  const { version, writer, items, scopes, namespaces, texts } = walk;
  return {
    encoding: from.kind,
    version,
    writer,
    isWorkspace,
    items,
    ...scopes.finish(),
    namespaces: [...namespaces],
    texts,
    loaded: from.loaded,
    end: from.offset,
    error,
  };
}

class Walk implements ItemReader {
  version = 0;
  writer = "";
  items = 0;
  readonly scopes = new Scopes();
  readonly namespaces = new Set<string>();
  readonly texts: RText[] = [];
  private readonly references: RValue[] = [];
  private readonly bytecode = new BytecodeReader(this);
  private depth = 0;

  constructor(
    readonly from: REncoding,
    readonly budget: Budget,
    private readonly isWorkspace: boolean,
  ) {}

  run(): ParseError | undefined {
    try {
      this.header();
      const top = this.item();
      if (!this.isWorkspace || top.type === T.pairlist || top.type === T.nil) return undefined;
      return new ParseError("a workspace holds something else than named objects", this.from.offset);
    } catch (error) {
      if (!(error instanceof ParseError)) throw error;
      return error;
    }
  }

  private header(): void {
    const { offset } = this.from;
    this.version = this.from.int();
    if (this.version !== 2 && this.version !== 3)
      throw new ParseError(`version ${this.version} of the serialisation is not known`, offset);
    const writer = this.from.int();
    this.writer = `${(writer >> 16) & 0xff}.${(writer >> 8) & 0xff}.${writer & 0xff}`;
    this.from.int();
    if (this.version === 3) this.from.chars(this.length(this.from.int()), MAX_TEXT);
  }

  item(): RValue {
    const { offset } = this.from;
    return this.itemOf(this.from.int(), offset);
  }

  private itemOf(flags: number, offset: number): RValue {
    this.budget.spendSteps();
    this.items++;
    const type = flags & 0xff;
    const cost = type === T.list || type === T.expression ? VECTOR_DEPTH : 1;
    this.depth += cost;
    if (this.depth > MAX_DEPTH) throw new LimitError("max_depth", `items are nested deeper than ${MAX_DEPTH}`, offset);
    const value = this.read(type, flags, offset);
    this.depth -= cost;
    return value;
  }

  private read(type: number, flags: number, offset: number): RValue {
    switch (type) {
      case T.nil:
        return NOTHING;
      case T.emptyEnvironment:
      case T.baseEnvironment:
      case T.globalEnvironment:
      case T.unboundValue:
      case T.missingArgument:
      case T.baseNamespace:
        return { type, code: "" };
      case T.reference:
        return this.reference(flags >>> 8, offset);
      case T.persistent:
      case T.package:
      case T.namespace:
        return this.persistent(type);
      case T.symbol: {
        const { name = "" } = this.item();
        return this.remember({ type, code: name, name });
      }
      case T.environment:
        return this.environment();
      case T.pairlist:
      case T.language:
      case T.closure:
      case T.promise:
      case T.dots:
        return this.pairs(type, flags, offset);
      case T.alternative:
        for (let i = 0; i < 3; i++) this.item();
        return { type, code: "..." };
      default:
        return this.vector(type, flags, offset);
    }
  }

  private remember(value: RValue): RValue {
    this.references.push(value);
    return value;
  }

  private reference(packed: number, offset: number): RValue {
    const index = packed === 0 ? this.from.int() : packed;
    const value = this.references[index - 1];
    if (value === undefined)
      throw new ParseError(`reference ${index} at ${offset}, ${this.references.length} are known`, offset);
    return value;
  }

  private persistent(type: number): RValue {
    this.from.int();
    const count = this.length(this.from.int());
    const names: string[] = [];
    for (let i = 0; i < count; i++) names.push(this.item().name ?? "");
    const [name = ""] = names;
    if (type !== T.persistent) this.namespaces.add(name.slice(0, 200));
    return this.remember({ type, code: name, name });
  }

  private environment(): RValue {
    this.from.int();
    const value = this.remember({ type: T.environment, code: "<environment>" });
    this.scopes.enterFrame();
    // What is around it, its variables as a list and as a table, and its attributes.
    for (let i = 0; i < 4; i++) this.item();
    this.scopes.leaveFrame();
    return value;
  }

  /** Attributes, tag, car and cdr. A list goes on in its cdr, which is followed in a loop: lists are long. */
  private pairs(type: number, flags: number, offset: number): RValue {
    this.scopes.enter(type, offset);
    const parts: RValue[] = [];
    let tag: RValue | undefined;
    let last: RValue = NOTHING;
    let rest = { type, flags };
    for (;;) {
      if ((rest.flags & HAS_ATTRIBUTES) !== 0) this.item();
      const itsTag = (rest.flags & HAS_TAG) !== 0 ? this.item() : undefined;
      tag ??= itsTag;
      if (rest.type === T.pairlist && (rest.flags & ACTIVE_BINDING) !== 0)
        this.scopes.activeBinding(itsTag?.name ?? "", this.from.offset);
      const car = this.item();
      if (parts.length <= MAX_SHOWN_PARTS) parts.push(car);
      if (type === T.language) this.scopes.part(car, parts);
      const at = this.from.offset;
      const next = this.from.int();
      // Only the tail of the same list: a promise or a closure has its expression there.
      if (type !== T.closure && type !== T.promise && (next & 0xff) === T.pairlist) {
        this.budget.spendSteps();
        rest = { type: T.pairlist, flags: next };
        continue;
      }
      last = this.itemOf(next, at);
      break;
    }
    const code = type === T.language ? callCode(parts) : last.code;
    this.scopes.leave(type, { parts, environment: tag, last, code });
    return { type, code };
  }

  private vector(type: number, flags: number, offset: number): RValue {
    const value = this.content(type, offset);
    if ((flags & HAS_ATTRIBUTES) !== 0) this.item();
    return value;
  }

  private content(type: number, offset: number): RValue {
    switch (type) {
      case T.string:
        return this.text(offset);
      case T.logical:
      case T.integer:
        return this.numbers(type, "int", 1);
      case T.real:
        return this.numbers(type, "double", 1);
      case T.complex:
        return this.numbers(type, "double", 2);
      case T.raw:
        return this.numbers(type, "byte", 1);
      case T.special:
      case T.builtin: {
        const name = this.from.chars(this.length(this.from.int()), MAX_CODE);
        this.scopes.named(name);
        return { type, code: name, name };
      }
      case T.character:
      case T.list:
      case T.expression:
        return this.listOf(type);
      case T.bytecode:
        return this.bytecode.read(offset);
      case T.externalPointer:
        this.remember({ type, code: "<pointer>" });
        this.item();
        this.item();
        return { type, code: "<pointer>" };
      case T.weakReference:
        return this.remember({ type, code: "<reference>" });
      case T.object:
        return { type, code: "<object>" };
      default:
        throw new ParseError(`item type ${type} at ${offset} does not exist`, offset);
    }
  }

  private text(offset: number): RValue {
    const length = this.from.int();
    if (length === -1) return { type: T.string, code: "NA", name: "NA" };
    const text = this.from.chars(this.length(length), MAX_TEXT);
    if (text.length > 2 && this.texts.length < MAX_TEXTS) this.texts.push({ text, offset });
    return { type: T.string, code: JSON.stringify(text.slice(0, MAX_CODE)), name: text };
  }

  private numbers(type: number, kind: "int" | "double" | "byte", each: number): RValue {
    const count = this.count() * each;
    // Text is read number by number.
    if (this.from.kind === "ascii") this.budget.spendSteps(Math.min(count, this.from.remaining));
    this.from.elements(count, kind);
    return { type, code: "..." };
  }

  private listOf(type: number): RValue {
    const count = this.count();
    let first: RValue | undefined;
    for (let i = 0; i < count; i++) {
      const value = this.item();
      first ??= value;
    }
    if (type !== T.character) return { type, code: "..." };
    const code = count === 1 ? (first?.code ?? "") : `c(${first?.code ?? ""}, ...)`;
    return { type, code, ...(first?.name === undefined ? {} : { name: first.name }) };
  }

  /** Runs a reading that nests without being an item. */
  nested(read: () => RValue): RValue {
    if (++this.depth > MAX_DEPTH) {
      throw new LimitError("max_depth", `items are nested deeper than ${MAX_DEPTH}`, this.from.offset);
    }
    this.budget.spendSteps();
    const value = read();
    this.depth--;
    return value;
  }

  private count(): number {
    const { offset } = this.from;
    const length = this.from.int();
    if (length !== LONG_VECTOR) return this.length(length);
    const high = this.from.int();
    const low = this.from.int() >>> 0;
    const count = high * 2 ** 32 + low;
    if (high < 0 || count > this.from.remaining) {
      throw new ParseError(`${count} elements at ${offset}, ${this.from.remaining} bytes are left`, offset);
    }
    return count;
  }

  /** Every element takes a byte at least. */
  length(value: number): number {
    if (value < 0 || value > this.from.remaining) {
      throw new ParseError(`${value} elements, ${this.from.remaining} bytes are left`, this.from.offset);
    }
    return value;
  }
}
