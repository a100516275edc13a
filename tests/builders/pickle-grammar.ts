// Random pickle programs over all 68 opcodes: valid as far as stack, marks and memo go, with a share of broken ones. Same seed, same program.

import { OP, type OpcodeName } from "../../src/formats/pickle/opcodes.js";
import { le } from "./pickle.js";

/** xorshift32: good enough to wander, and the same on every machine. */
export class Dice {
  private state: number;

  constructor(seed: number) {
    this.state = seed | 0 || 1;
  }

  next(): number {
    this.state ^= this.state << 13;
    this.state ^= this.state >>> 17;
    this.state ^= this.state << 5;
    return this.state >>> 0;
  }

  below(limit: number): number {
    return this.next() % limit;
  }

  pick<T>(items: readonly T[]): T {
    const item = items[this.below(items.length)];
    if (item === undefined) throw new Error("nothing to pick from");
    return item;
  }
}

/** Names that the oracle's recorders stand for. */
const MODULES = ["mod_a", "mod_b", "pkg.sub", "os", "builtins"];
const NAMES = ["func", "Class", "Other", "system", "a_b"];

/** What a stack slot is known to be, as far as the next opcode asks. */
type Slot = "value" | "text" | "name" | "tuple" | "list" | "dict" | "set" | "object";

export interface GrammarOptions {
  /** Opcodes in a program, about. */
  readonly length?: number;
  /** Percent of opcodes chosen without regard to the machine's state. */
  readonly broken?: number;
}

export function randomPickle(seed: number, { length = 40, broken = 0 }: GrammarOptions = {}): Uint8Array {
  return new Generator(new Dice(seed * 2654435761), broken).program(length);
}

class Generator {
  private readonly out: number[] = [];
  private stack: Slot[] = [];
  private readonly marks: number[] = [];
  private readonly memo = new Map<number, Slot>();

  constructor(
    private readonly dice: Dice,
    private readonly broken: number,
  ) {}

  program(length: number): Uint8Array {
    if (this.dice.below(10) > 0) this.emit("PROTO", [this.dice.pick([2, 3, 4, 5])]);
    for (let i = 0; i < length; i++) this.step();
    while (this.marks.length > 0) this.toMark("TUPLE", "tuple");
    if (this.stack.length === 0) this.push("NONE", [], "value");
    this.emit("STOP", []);
    return Uint8Array.from(this.out);
  }

  private emit(name: OpcodeName, argument: readonly number[]): void {
    this.out.push(OP[name], ...argument);
  }

  private push(name: OpcodeName, argument: readonly number[], slot: Slot): void {
    this.emit(name, argument);
    this.stack.push(slot);
  }

  private get free(): number {
    return this.stack.length - (this.marks.at(-1) ?? 0);
  }

  private top(depth = 0): Slot | undefined {
    return depth < this.free ? this.stack[this.stack.length - 1 - depth] : undefined;
  }

  private drop(count: number): void {
    this.stack.length -= count;
  }

  private toMark(name: OpcodeName, slot: Slot): void {
    this.emit(name, []);
    this.stack.length = this.marks.pop() ?? 0;
    this.stack.push(slot);
  }

  private line(text: string): number[] {
    return [...Buffer.from(`${text}\n`, "latin1")];
  }

  private step(): void {
    if (this.dice.below(100) < this.broken) {
      this.out.push(this.dice.below(4) === 0 ? this.dice.below(256) : this.dice.pick(Object.values(OP)));
      return;
    }
    const moves = [
      () => this.constant(),
      () => this.constant(),
      () => this.name(),
      () => this.container(),
      () => this.call(),
      () => this.memory(),
    ];
    this.dice.pick(moves)();
  }

  private constant(): void {
    const { dice } = this;
    const text = dice.pick(["x", "ab", "hello"]);
    const bytes = [...Buffer.from(text)];
    const choices: (() => void)[] = [
      () => this.push("NONE", [], "value"),
      () => this.push(dice.pick(["NEWTRUE", "NEWFALSE"]), [], "value"),
      () => this.push("INT", this.line(dice.pick(["7", "-3", "01", "00"])), "value"),
      () => this.push("LONG", this.line(dice.pick(["12L", "-5"])), "value"),
      () => this.push("FLOAT", this.line("1.5"), "value"),
      () => this.push("BININT", le(dice.next(), 4), "value"),
      () => this.push("BININT1", [dice.below(256)], "value"),
      () => this.push("BININT2", le(dice.below(65536), 2), "value"),
      () => this.push("BINFLOAT", [0x3f, 0xf8, 0, 0, 0, 0, 0, 0], "value"),
      () => this.push("LONG1", [2, 1, 2], "value"),
      () => this.push("LONG4", [...le(3, 4), 1, 2, 3], "value"),
      () => this.push("STRING", this.line(`'${text}'`), "text"),
      () => this.push("UNICODE", this.line(text), "text"),
      () => this.push("BINSTRING", [...le(bytes.length, 4), ...bytes], "text"),
      () => this.push("SHORT_BINSTRING", [bytes.length, ...bytes], "text"),
      () => this.push("BINUNICODE", [...le(bytes.length, 4), ...bytes], "text"),
      () => this.push("SHORT_BINUNICODE", [bytes.length, ...bytes], "text"),
      () => this.push("BINUNICODE8", [...le(bytes.length, 8), ...bytes], "text"),
      () => this.push("BINBYTES", [...le(bytes.length, 4), ...bytes], "value"),
      () => this.push("SHORT_BINBYTES", [bytes.length, ...bytes], "value"),
      () => this.push("BINBYTES8", [...le(bytes.length, 8), ...bytes], "value"),
      () => this.push("BYTEARRAY8", [...le(bytes.length, 8), ...bytes], "value"),
    ];
    dice.pick(choices)();
  }

  private name(): void {
    const module = this.dice.pick(MODULES);
    const name = this.dice.pick(NAMES);
    if (this.dice.below(2) === 0) {
      this.push("GLOBAL", [...this.line(module), ...this.line(name)], "name");
      return;
    }
    for (const text of [module, name]) this.push("SHORT_BINUNICODE", [text.length, ...Buffer.from(text)], "text");
    this.drop(2);
    this.push("STACK_GLOBAL", [], "name");
  }

  private container(): void {
    const { dice } = this;
    const move = dice.below(12);
    if (move === 0) this.push("EMPTY_TUPLE", [], "tuple");
    else if (move === 1) this.push("EMPTY_LIST", [], "list");
    else if (move === 2) this.push("EMPTY_DICT", [], "dict");
    else if (move === 3) this.push("EMPTY_SET", [], "set");
    else if (move === 4) {
      this.emit("MARK", []);
      this.marks.push(this.stack.length);
    } else if (move === 5 && this.marks.length > 0) this.closeMark();
    else if (move === 6 && this.free >= 1) this.tuple("TUPLE1", 1);
    else if (move === 7 && this.free >= 2) this.tuple("TUPLE2", 2);
    else if (move === 8 && this.free >= 3) this.tuple("TUPLE3", 3);
    else if (move === 9 && this.top(1) === "list") this.take("APPEND", 1);
    else if (move === 10 && this.top(2) === "dict" && this.isKey(this.top(1))) this.take("SETITEM", 2);
  }

  /** Only what Python can hash becomes a key. */
  private isKey(slot: Slot | undefined): boolean {
    return slot === "text" || slot === "name";
  }

  private tuple(name: OpcodeName, count: number): void {
    this.emit(name, []);
    this.drop(count);
    this.stack.push("tuple");
  }

  private take(name: OpcodeName, count: number): void {
    this.emit(name, []);
    this.drop(count);
  }

  private closeMark(): void {
    const height = this.marks.at(-1) ?? 0;
    const below = height > (this.marks.at(-2) ?? 0) ? this.stack[height - 1] : undefined;
    const items = this.stack.slice(height);
    if (below === "list" && this.dice.below(2) === 0) this.addAll("APPENDS");
    else if (below === "set" && items.every((slot) => this.isKey(slot))) this.addAll("ADDITEMS");
    else if (below === "dict" && items.length % 2 === 0 && items.every((slot, i) => i % 2 === 1 || this.isKey(slot)))
      this.addAll("SETITEMS");
    else if (this.dice.below(3) === 0) this.toMark("LIST", "list");
    else if (this.dice.below(2) === 0) this.discardMark();
    else this.toMark("TUPLE", "tuple");
  }

  private addAll(name: OpcodeName): void {
    this.emit(name, []);
    this.stack.length = this.marks.pop() ?? 0;
  }

  private discardMark(): void {
    this.emit("POP_MARK", []);
    this.stack.length = this.marks.pop() ?? 0;
  }

  private call(): void {
    const move = this.dice.below(6);
    if (move === 0 && this.top() === "tuple" && this.top(1) === "name") this.result("REDUCE", 2);
    else if (move === 1 && this.top() === "tuple" && this.top(1) === "name") this.result("NEWOBJ", 2);
    else if (move === 2 && this.top(1) === "object" && this.top() === "dict") this.take("BUILD", 1);
    else if (move === 3) this.inst();
    else if (move === 4) this.callNow();
    else if (move === 5 && this.top() === "object" && this.free > 1) this.take("POP", 1);
  }

  private result(name: OpcodeName, operands: number): void {
    this.emit(name, []);
    this.drop(operands);
    this.stack.push("object");
  }

  private inst(): void {
    this.emit("MARK", []);
    this.marks.push(this.stack.length);
    if (this.dice.below(2) === 0) this.constant();
    this.emit("INST", [...this.line(this.dice.pick(MODULES)), ...this.line(this.dice.pick(NAMES))]);
    this.stack.length = this.marks.pop() ?? 0;
    this.stack.push("object");
  }

  private callNow(): void {
    this.name();
    if (this.dice.below(2) === 0) this.constant();
    else this.push("NONE", [], "value");
    this.tuple("TUPLE1", 1);
    this.result(this.dice.pick(["REDUCE", "NEWOBJ"]), 2);
  }

  private memory(): void {
    const { dice, memo } = this;
    const slot = this.top();
    const move = dice.below(6);
    if (move === 0 && slot !== undefined) this.put("BINPUT", [], slot);
    else if (move === 1 && slot !== undefined) {
      this.emit("MEMOIZE", []);
      memo.set(memo.size, slot);
    } else if (move === 2 && memo.size > 0) {
      const index = dice.pick([...memo.keys()]);
      const known = memo.get(index) ?? "value";
      if (dice.below(2) === 0) this.push("BINGET", [index & 255], known);
      else this.push("LONG_BINGET", le(index, 4), known);
    } else if (move === 3 && slot !== undefined) this.push("DUP", [], slot);
    else if (move === 4 && this.free > 1) this.take("POP", 1);
    else if (move === 5 && slot !== undefined) this.put("PUT", [], slot);
  }

  private put(name: "BINPUT" | "PUT", _: readonly number[], slot: Slot): void {
    const index = this.memo.size;
    if (index > 200) return;
    this.emit(name, name === "PUT" ? this.line(String(index)) : [index]);
    this.memo.set(index, slot);
  }
}
