import type { SyncByteSource } from "../../io/byte-source.js";
import type { Anomaly, PickleSink } from "./event.js";
import { Heap } from "./heap.js";
import { Imports } from "./imports.js";
import { Inspector } from "./inspector.js";
import { Memo } from "./memo.js";
import { Stack } from "./stack.js";
import { KIND } from "./value.js";
import { Window } from "./window.js";

/** A stream that breaks the rules more often is not a pickle. */
const MAX_ANOMALIES = 64;

/** What opcodes change: stack, marks, memo, heap and names of one stream, and who is told of it. */
export class MachineState {
  readonly window: Window;
  readonly heap = new Heap();
  readonly stack = new Stack();
  readonly inspect: Inspector;
  readonly imports: Imports;
  private readonly memo = new Memo();
  /** As PROTO said last; 0 before. */
  protocol = 0;
  private anomalies = 0;

  constructor(
    source: SyncByteSource,
    readonly sink: PickleSink,
    end: number,
  ) {
    this.window = new Window(source, end);
    this.inspect = new Inspector(this.window, this.heap);
    this.imports = new Imports(this.inspect.globals, (index, entry) => sink.imported?.(index, entry));
  }

  get isHopeless(): boolean {
    return this.anomalies > MAX_ANOMALIES;
  }

  /** Tells of something at which some loader would stop. */
  tell(kind: Anomaly, at: number, detail: string): void {
    this.anomalies++;
    if (this.anomalies <= MAX_ANOMALIES) this.sink.anomaly?.(kind, at, detail);
  }

  /** Removes the topmost mark and returns the height at which it stood; the whole height where there is none. */
  popMark(at: number): number {
    if (this.stack.hasMark) return this.stack.popMark();
    this.tell("missing-mark", at, "no mark on the stack");
    return this.stack.height;
  }

  /** True when `count` values lie above the topmost mark. Otherwise an unknown value takes their place, because a loader stops here. */
  need(count: number, at: number): boolean {
    const { stack } = this;
    const have = stack.height - stack.fence;
    if (have >= count) return true;
    this.tell("stack-underflow", at, `need ${count} values on the stack, have ${have}`);
    stack.height = stack.fence;
    stack.push(KIND.UNKNOWN, 0);
    return false;
  }

  /** POP. */
  drop(at: number): void {
    const { stack } = this;
    if (stack.height > stack.fence) stack.height--;
    else if (stack.hasMark)
      stack.popMark(); // POP right above a mark takes the mark
    else this.tell("stack-underflow", at, "nothing to pop");
  }

  /** PUT and its kin: the top of the stack becomes memo entry `index`. */
  put(index: number, at: number): void {
    const { stack } = this;
    if (stack.height === 0) {
      this.tell("stack-underflow", at, "nothing to memoize");
      return;
    }
    if (!(index >= 0) || index > 0x7fff_ffff) this.tell("huge-memo-index", at, `memo index ${index}`);
    if (Number.isNaN(index)) this.memo.loseCount();
    else if (index >= 0)
      this.memo.set(index, stack.kinds[stack.height - 1] as number, stack.data[stack.height - 1] as number);
  }

  /** MEMOIZE. */
  putNext(at: number): void {
    this.put(this.memo.size, at);
  }

  /** GET and its kin. */
  get(index: number, at: number): void {
    const value = this.memo.get(index);
    if (value === undefined) this.tell("bad-memo", at, `memo slot ${index} was never filled`);
    this.stack.push(value?.kind ?? KIND.UNKNOWN, value?.data ?? 0);
  }
}
