import { Evaluator, type Given } from "../code/evaluator.js";
import { MODULE_SCOPE, type Position, SCRIPT_SCOPE, type Trace } from "../code/trace.js";
import { textOf, UNKNOWN, type Value } from "../code/value.js";
import { ENDS_FLOW, effectOf } from "./effects.js";
import type { Frame } from "./frame.js";
import { Instructions } from "./instructions.js";
import { jumpTarget } from "./jumps.js";
import { type GuardedRange, mainGuards } from "./main-guard.js";
import type { OpcodeTable } from "./opcode-tables.js";
import { OPERATIONS } from "./operations.js";
import { NULL, type Saved, Stack } from "./stack.js";

/** Values that one instruction takes: compilers stay far below, a forged argument has 32 bits. */
const MAX_POPPED = 65_536;
/** Unknown values that one instruction pushes; below the bottom of the stack everything is unknown anyway. */
const MAX_PUSHED = 64;

/** Walks over the instructions of one code object, once and in their order, with a stack of what is known of each value. */
export class Machine {
  readonly stack = new Stack();
  readonly evaluator: Evaluator;
  private readonly saved = new Map<number, Saved>();
  private offset = 0;
  private readonly guarded: readonly GuardedRange[];
  /** What import statements just brought: giving it a name is no use of it. */
  readonly imported = new WeakSet<Value>();
  /** Names of keyword arguments that KW_NAMES announced for the next call (3.11, 3.12). */
  keywordNames: Value | undefined;

  constructor(
    readonly frame: Frame,
    readonly table: OpcodeTable,
    readonly trace: Trace,
    readonly constantAt: (index: number) => Value,
  ) {
    this.evaluator = new Evaluator(trace, frame);
    this.guarded = frame.scope === MODULE_SCOPE ? mainGuards(frame.code, table) : [];
  }

  /** `seen` is told of every instruction. */
  run(seen: (instruction: Instructions) => void): void {
    const instructions = new Instructions(this.frame.code.code, this.table);
    let reached = true;
    while (instructions.advance()) {
      this.offset = instructions.offset;
      if (!reached) this.stack.restore(this.saved.get(this.offset));
      this.saved.delete(this.offset);
      this.step(instructions);
      const target = jumpTarget(instructions, this.table);
      if (target !== undefined && target > this.offset) this.saved.set(target, this.stack.save());
      reached = !ENDS_FLOW.has(instructions.op);
      seen(instructions);
    }
  }

  get at(): Position {
    const isGuarded = this.guarded.some(({ from, to }) => this.offset >= from && this.offset < to);
    return { scope: isGuarded ? SCRIPT_SCOPE : this.frame.scope, place: this.offset };
  }

  name(index: number): string {
    return this.frame.code.names[index] ?? "";
  }

  local(index: number): string {
    return this.frame.code.locals[index] ?? "";
  }

  /** Cells and free variables: numbered on their own up to 3.10, after the locals since. */
  cell(index: number): string {
    return (this.table.order >= 311 ? this.frame.code.locals : this.frame.code.cells)[index] ?? "";
  }

  push(value: Value): void {
    this.stack.push(value);
  }

  /** Pushes the value of a variable. */
  load(value: Value): void {
    this.stack.push(this.trace.current(value));
  }

  pop(): Value {
    return this.stack.pop();
  }

  popMany(count: number): Value[] {
    return this.stack.popMany(Math.min(count, MAX_POPPED));
  }

  /** Takes values off the stack that end up somewhere the walk does not follow. */
  drop(count: number): void {
    for (const value of this.popMany(count)) this.evaluator.mention(value, this.at);
  }

  pushUnknown(count: number): void {
    for (let i = 0; i < Math.min(count, MAX_PUSHED); i++) this.push(UNKNOWN);
  }

  call(callee: Value, args: readonly Value[], keywords: Given["keywords"] = []): void {
    this.push(this.evaluator.call(callee, { args, keywords }, this.at));
  }

  /** Pops what stands below the arguments of a call since 3.11 and calls it. */
  callWithSelf(args: readonly Value[], keywords: Given["keywords"] = []): void {
    const upper = this.pop();
    const lower = this.pop();
    const [callee, self] = this.table.order >= 313 ? [lower, upper] : lower === NULL ? [upper, NULL] : [lower, upper];
    this.call(callee, self === NULL ? args : [self, ...args], keywords);
  }

  /** Keyword arguments are the last ones; their names come as a tuple. */
  splitKeywords(values: readonly Value[], names: Value | undefined): Given {
    const keys = names?.kind === "collection" ? names.items.map((item) => textOf(item) ?? "") : [];
    const from = Math.max(0, values.length - keys.length);
    const keywords = values.slice(from).map((value, i) => ({ name: keys[i] ?? "", value }));
    return { args: values.slice(0, from), keywords };
  }

  private step({ op, arg }: Instructions): void {
    const operation = OPERATIONS.get(op);
    if (operation) {
      operation(this, arg);
      return;
    }
    const effect = effectOf(op);
    if (!effect) return;
    this.drop(effect[0]);
    this.pushUnknown(effect[1]);
  }
}
