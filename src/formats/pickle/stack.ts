import { LimitError } from "../../errors.js";
import { UNKNOWN, type Value } from "./value.js";

/** Stack entries: 72 MB. A tuple of more items than this is not told apart from an attack. */
const MAX_STACK = 8 << 20;
const MAX_MARKS = 1 << 20;
/** Arrays begin empty: files are tried as pickles at many places, and most trials end before anything is kept. */
const FIRST_SLOTS = 64;
const FIRST_MARKS = 16;
const NO_KINDS = new Uint8Array(0);
const NO_DATA = new Float64Array(0);
const NO_MARKS = new Int32Array(0);

/** The machine's stack of values and its marks, in typed arrays. Fields are open because the machine's loop reads them a billion times. */
export class Stack {
  kinds = NO_KINDS;
  data = NO_DATA;
  height = 0;
  /** Height of the topmost mark: what opcodes may not reach below. */
  fence = 0;
  private marks = NO_MARKS;
  private openMarks = 0;

  push(kind: number, data: number): void {
    const { height } = this;
    if (height === this.kinds.length) this.grow();
    this.kinds[height] = kind;
    this.data[height] = data;
    this.height = height + 1;
  }

  private grow(): void {
    const size = Math.max(FIRST_SLOTS, this.kinds.length * 2);
    if (size > MAX_STACK) throw new LimitError("pickle_stack", `more than ${MAX_STACK} values on the pickle stack`);
    const kinds = new Uint8Array(size);
    const data = new Float64Array(size);
    kinds.set(this.kinds);
    data.set(this.data);
    this.kinds = kinds;
    this.data = data;
  }

  at(index: number): Value {
    return { kind: this.kinds[index] as number, data: this.data[index] as number };
  }

  top(): Value {
    return this.height === 0 ? UNKNOWN : this.at(this.height - 1);
  }

  pushMark(): void {
    if (this.openMarks === this.marks.length) {
      if (this.openMarks >= MAX_MARKS) throw new LimitError("pickle_marks", `more than ${MAX_MARKS} open marks`);
      const marks = new Int32Array(Math.max(FIRST_MARKS, this.openMarks * 2));
      marks.set(this.marks);
      this.marks = marks;
    }
    this.marks[this.openMarks++] = this.height;
    this.fence = this.height;
  }

  get hasMark(): boolean {
    return this.openMarks > 0;
  }

  /** Removes the topmost mark and returns the height at which it stood; there must be one. */
  popMark(): number {
    const height = this.marks[--this.openMarks] as number;
    this.fence = this.openMarks > 0 ? (this.marks[this.openMarks - 1] as number) : 0;
    return height;
  }
}
