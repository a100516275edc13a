// Torch7 serialisation: https://github.com/torch/torch7/blob/master/File.lua and generic/{Tensor,Storage}.c
import { LimitError, ParseError } from "../../errors.js";
import type { Budget } from "../../io/budget.js";
import type { Torch7Encoding } from "./encoding.js";

/** A Lua function: the reader hands its bytecode to the Lua virtual machine while it reads. */
export interface Torch7Function {
  readonly offset: number;
  readonly size: number;
  /** The beginning of its bytecode, a character a byte. */
  readonly code: string;
  /** Names and texts that the bytecode holds as constants. */
  readonly constants: readonly string[];
}

export interface Torch7Class {
  readonly name: string;
  readonly offset: number;
}

export interface Torch7File {
  readonly functions: readonly Torch7Function[];
  /** One for each name. */
  readonly classes: readonly Torch7Class[];
  readonly strings: readonly { readonly text: string; readonly offset: number }[];
  readonly objects: number;
  /** Where the object ends. */
  readonly end: number;
  /** The first class whose own reader decides what follows; what stands behind it was not read. */
  readonly unreadable: Torch7Class | undefined;
  readonly error: ParseError | undefined;
}

const NIL = 0;
const NUMBER = 1;
const STRING = 2;
const TABLE = 3;
const TORCH = 4;
const BOOLEAN = 5;
const FUNCTION = 6;
const LEGACY_RECURSIVE_FUNCTION = 7;
const RECURSIVE_FUNCTION = 8;

/** Deep modules nest some dozens; a thousand is a stack overflow in the making. */
const MAX_DEPTH = 1000;
const MAX_CODE = 1 << 20;
const MAX_STRING = 64 << 10;
const MAX_CLASS_NAME = 1024;
/** Kept for judging; a vocabulary has more, and it is data. */
const MAX_STRINGS = 20_000;
const MAX_DIMENSIONS = 1000;

/** Bytes of an element by the name of its storage. */
const WIDTHS: ReadonlyMap<string, number> = new Map([
  ["Byte", 1],
  ["Char", 1],
  ["Short", 2],
  ["Half", 2],
  ["Int", 4],
  ["Float", 4],
  ["", 4], // torch.CudaStorage
  ["Long", 8],
  ["Double", 8],
]);
const NUMERIC_CLASS = /^torch\.(?:Cuda|Cl)?(Byte|Char|Short|Half|Int|Float|Long|Double|)(Tensor|Storage)$/;

/** Reads the object a file holds, and whatever follows it. What was seen before an error is returned beside it. */
export function readTorch7(encoding: Torch7Encoding, budget: Budget): Torch7File {
  const walk = new Walk(encoding, budget);
  const error = walk.run();
  const { functions, classes, strings, objects, unreadable } = walk;
  return { functions, classes: [...classes.values()], strings, objects, end: encoding.offset, unreadable, error };
}

class Walk {
  readonly functions: Torch7Function[] = [];
  readonly classes = new Map<string, Torch7Class>();
  readonly strings: { text: string; offset: number }[] = [];
  objects = 0;
  unreadable: Torch7Class | undefined;
  /** The type of the object that each index stands for. */
  private readonly seen = new Map<number, number>();
  private mismatch: ParseError | undefined;
  private depth = 0;

  constructor(
    private readonly from: Torch7Encoding,
    private readonly budget: Budget,
  ) {}

  run(): ParseError | undefined {
    try {
      this.object();
      return this.mismatch;
    } catch (error) {
      if (!(error instanceof ParseError)) throw error;
      return error;
    }
  }

  private object(): void {
    this.budget.spendSteps();
    this.objects++;
    if (++this.depth > MAX_DEPTH) {
      throw new LimitError("max_depth", `objects are nested deeper than ${MAX_DEPTH}`, this.from.offset);
    }
    const start = this.from.offset;
    const type = this.from.int();
    switch (type) {
      case NIL:
        break;
      case NUMBER:
        this.from.double();
        break;
      case BOOLEAN:
        this.from.int();
        break;
      case STRING:
        this.string();
        break;
      case TABLE:
        if (this.isNew(type)) this.table();
        break;
      case TORCH:
        if (this.isNew(type)) this.instance();
        break;
      case FUNCTION:
        this.function(start);
        break;
      case RECURSIVE_FUNCTION:
      case LEGACY_RECURSIVE_FUNCTION:
        if (this.isNew(type)) this.function(start);
        break;
      default:
        throw new ParseError(`object type ${type} at ${start} does not exist`, start);
    }
    this.depth--;
  }

  /**
   * Objects are written once and referred to by their index afterwards. An index under another type is read as an object, for that is what
   * follows, and told at the end: a reader that takes it as a reference goes on elsewhere.
   */
  private isNew(type: number): boolean {
    const { offset } = this.from;
    const index = this.from.int();
    const known = this.seen.get(index);
    if (known === type) return false;
    if (known === undefined) this.seen.set(index, type);
    else
      this.mismatch ??= new ParseError(`index ${index} at ${offset} is of type ${known} and of type ${type}`, offset);
    return true;
  }

  private string(): void {
    const { offset } = this.from;
    const text = this.from.chars(this.size(), MAX_STRING);
    if (this.strings.length < MAX_STRINGS) this.strings.push({ text, offset });
  }

  private table(): void {
    const pairs = this.size();
    for (let i = 0; i < pairs; i++) {
      this.object();
      this.object();
    }
  }

  /** Dumped bytecode, then the values its upvalues have. */
  private function(offset: number): void {
    const size = this.size();
    const code = this.from.chars(size, MAX_CODE);
    this.functions.push({ offset, size, code, constants: constantsOf(code) });
    this.object();
  }

  private instance(): void {
    const { offset } = this.from;
    const version = this.from.chars(this.size(), MAX_CLASS_NAME);
    // Before version 1 the class name stood here.
    const name = /^V \d/.test(version) ? this.from.chars(this.size(), MAX_CLASS_NAME) : version;
    const found: Torch7Class = { name, offset };
    if (!this.classes.has(name)) this.classes.set(name, found);
    const [, element, kind] = NUMERIC_CLASS.exec(name) ?? [];
    if (kind === "Tensor") this.tensor();
    else if (kind === "Storage") this.storage(WIDTHS.get(element ?? "") ?? 8);
    else if (name === "tds.Hash") this.list(2n);
    else if (name === "tds.Vec") this.list(1n);
    else this.fields(found);
  }

  /** A count, then the objects of each entry: https://github.com/torch/tds */
  private list(objectsEach: bigint): void {
    const count = this.from.long();
    for (let i = 0n; i < count * objectsEach; i++) this.object();
  }

  private tensor(): void {
    const dimensions = this.size();
    if (dimensions > MAX_DIMENSIONS) throw new ParseError(`a tensor has ${dimensions} dimensions`, this.from.offset);
    // Sizes, strides, and where it begins in its storage.
    for (let i = 0; i < 2 * dimensions + 1; i++) this.from.long();
    this.object();
  }

  private storage(width: number): void {
    const { offset } = this.from;
    const count = this.from.long();
    if (count < 0n || count > BigInt(this.from.remaining)) {
      throw new ParseError(
        `a storage at ${offset} announces ${count} elements, ${this.from.remaining} bytes are left`,
        offset,
      );
    }
    this.budget.spendSteps(1 + Math.floor(Number(count) / 4096));
    this.from.elements(Number(count), width);
  }

  /** Most classes are stored as one table of their fields. A class with a reader of its own may store anything. */
  private fields(found: Torch7Class): void {
    try {
      this.object();
    } catch (error) {
      if (error instanceof ParseError && !(error instanceof LimitError)) this.unreadable ??= found;
      throw error;
    }
  }

  private size(): number {
    const { offset } = this.from;
    const size = this.from.int();
    if (size < 0 || size > this.from.remaining) {
      throw new ParseError(`${size} bytes or entries at ${offset}, ${this.from.remaining} bytes are left`, offset);
    }
    return size;
  }
}

const CONSTANT = /[\w.:/$][\w.:/$ '"()-]{1,200}/g;
const MAX_CONSTANTS = 2000;

/** Names and texts in bytecode. */
export function constantsOf(code: string): string[] {
  const found = new Set<string>();
  for (const [text] of code.matchAll(CONSTANT)) {
    if (found.size >= MAX_CONSTANTS) break;
    found.add(text);
  }
  return [...found];
}
