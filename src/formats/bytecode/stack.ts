import { constant, UNKNOWN, type Value } from "../code/value.js";

/** What `PUSH_NULL` and friends put below a callable that is no method. */
export const NULL: Value = { kind: "parameter", name: "NULL" };

export const NONE = constant(null);

interface Cell {
  readonly value: Value;
  readonly below: Cell | undefined;
}

/** A stack that can be remembered at no cost: jumps keep the one they leave for the place they lead to. */
export class Stack {
  private top: Cell | undefined;

  push(value: Value): void {
    this.top = { value, below: this.top };
  }

  /** The topmost value; below the bottom everything is unknown, as behind handlers that the interpreter enters by itself. */
  pop(): Value {
    const { top } = this;
    if (top === undefined) return UNKNOWN;
    this.top = top.below;
    return top.value;
  }

  /** The `count` topmost values in the order in which they were pushed. A count from the file that exceeds the stack ends at its bottom. */
  popMany(count: number): Value[] {
    const values: Value[] = [];
    for (let i = 0; i < count && this.top !== undefined; i++) values.push(this.pop());
    return values.reverse();
  }

  /** 1 is the topmost value. */
  peek(depth: number): Value {
    return this.cell(depth)?.value ?? UNKNOWN;
  }

  /** Replaces the value at a depth. */
  replace(depth: number, value: Value): void {
    const above = this.popMany(depth - 1);
    this.pop();
    this.push(value);
    for (const item of above) this.push(item);
  }

  save(): Saved {
    return { top: this.top };
  }

  restore(saved: Saved | undefined): void {
    this.top = saved?.top;
  }

  private cell(depth: number): Cell | undefined {
    let cell = this.top;
    for (let i = 1; i < depth && cell !== undefined; i++) cell = cell.below;
    return cell;
  }
}

export interface Saved {
  readonly top: Cell | undefined;
}
