import type { Budget } from "../../io/budget.js";
import type { SyncByteSource } from "../../io/byte-source.js";
import type { Anomaly, EndReason, ImportedName, PickleSink, StreamEnd } from "./event.js";
import { fold } from "./fold.js";
import { Heap } from "./heap.js";
import { isHookName, MAX_HOOK_LENGTH } from "./hooks.js";
import { Imports, MUTE } from "./imports.js";
import { Inspector } from "./inspector.js";
import { parseInteger } from "./literal.js";
import { Memo } from "./memo.js";
import { looksNested, looksTelling } from "./nested.js";
import { OP, type OpcodeName, opcodeName } from "./opcodes.js";
import { Stack } from "./stack.js";
import { isBytes, isText, KIND, type Value } from "./value.js";
import { indexOfByte, Window } from "./window.js";

/** Every opcode's fixed argument and the bytes that are looked at behind it lie within this many bytes. */
const LOOKAHEAD = 32;
/** A stream that breaks the rules more often is not a pickle. */
const MAX_ANOMALIES = 64;
/** Names longer than this are no names; they are cut. */
const MAX_NAME = 4096;
/** Opcodes between two payments to the budget. */
const OPCODES_PER_PAYMENT = 1 << 14;

/** Set on a dict that has the name of such a method among its keys. */
export const FLAG_HOOK = 1;

/**
 * An abstract interpreter of CPython's pickle virtual machine: real stack, marks and memo, all 68 opcodes, arguments read as the C
 * unpickler reads them (Modules/_pickle.c), and nothing is ever called. It accepts a superset of what any loader accepts: where a
 * loader would refuse, it tells an anomaly and goes on, because what stands before has run and another version may go on too.
 */
export class PickleMachine {
  readonly inspect: Inspector;
  private readonly window: Window;
  private readonly heap = new Heap();
  private readonly memo = new Memo();
  private readonly stack = new Stack();
  private readonly imports: Imports;
  private protocol = 0;
  private frameEnd = Number.POSITIVE_INFINITY;
  private anomalies = 0;
  private jumpTo = -1;

  constructor(
    readonly source: SyncByteSource,
    private readonly sink: PickleSink,
    private readonly budget?: Budget,
    /** Where the stream's bytes end at the latest. */
    private readonly end: number = source.size,
  ) {
    this.window = new Window(source, end);
    this.inspect = new Inspector(this.window, this.heap);
    this.imports = new Imports(this.inspect.globals, (index, entry) => sink.imported?.(index, entry));
  }

  get repeats(): ReadonlyMap<number, number> {
    return this.imports.repeats;
  }

  /** Bytes read from the source so far. */
  get bytesRead(): number {
    return this.window.read;
  }

  /** For sinks, while they are told of an opcode: go on at `offset`, because the loader reads raw data in between. */
  jump(offset: number): void {
    this.jumpTo = offset;
  }

  /** Runs the stream that begins at `start`. Throws LimitError when a budget is spent; all else is in the result. */
  run(start: number): StreamEnd {
    const { window, sink, end, stack } = this;
    sink.begin?.(this);
    window.slideTo(start);
    let bytes = window.bytes;
    let base = start;
    let i = 0;
    let n = bytes.length;
    let count = 0;
    let unpaid = 0;
    let at = start;
    const tellOpcode = sink.opcode !== undefined;
    const finish = (reason: EndReason, detail = "", offset = base + i): StreamEnd => ({
      reason,
      offset,
      opcodes: count,
      detail,
    });
    const cut = (): StreamEnd =>
      finish("truncated", `the stream ends inside ${opcodeName(bytes[at - base] ?? 0) ?? "an opcode"}`, at);

    // A loop over a table of functions is three times slower here: this switch runs 25 million times for 100 MB.
    for (;;) {
      if (i + LOOKAHEAD > n && base + n < end) {
        window.slideTo(base + i);
        bytes = window.bytes;
        base += i;
        i = 0;
        n = bytes.length;
      }
      at = base + i;
      if (i >= n) return finish("truncated", "the stream ends without STOP", Math.min(at, end));
      if (at >= this.frameEnd) this.leaveFrame(at);
      const op = bytes[i++] as number;
      count++;
      if (++unpaid === OPCODES_PER_PAYMENT) {
        this.budget?.spendSteps(unpaid);
        unpaid = 0;
        if (this.anomalies > MAX_ANOMALIES)
          return finish("anomalies", "too many opcodes do not fit the machine's state", at);
      }
      if (tellOpcode) sink.opcode?.(op, at);
      switch (op) {
        case OP.MARK:
          stack.pushMark();
          break;
        case OP.STOP:
          this.budget?.spendSteps(unpaid);
          sink.stopped?.(at, stack.top());
          return finish("stop");
        case OP.POP:
          this.drop(at);
          break;
        case OP.POP_MARK:
          stack.height = this.popMark(at);
          break;
        case OP.DUP:
          if (this.need(1, at))
            stack.push(stack.kinds[stack.height - 1] as number, stack.data[stack.height - 1] as number);
          break;

        case OP.NONE:
          stack.push(KIND.NONE, 0);
          break;
        case OP.NEWTRUE:
          stack.push(KIND.BOOL, 1);
          break;
        case OP.NEWFALSE:
          stack.push(KIND.BOOL, 0);
          break;
        case OP.BININT:
          if (i + 4 > n) return cut();
          stack.push(
            KIND.INT,
            (bytes[i] as number) |
              ((bytes[i + 1] as number) << 8) |
              ((bytes[i + 2] as number) << 16) |
              ((bytes[i + 3] as number) << 24),
          );
          i += 4;
          break;
        case OP.BININT1:
          if (i + 1 > n) return cut();
          stack.push(KIND.INT, bytes[i++] as number);
          break;
        case OP.BININT2:
          if (i + 2 > n) return cut();
          stack.push(KIND.INT, (bytes[i] as number) | ((bytes[i + 1] as number) << 8));
          i += 2;
          break;
        case OP.BINFLOAT:
          if (i + 8 > n) return cut();
          stack.push(KIND.FLOAT, 0);
          i += 8;
          break;
        case OP.LONG1: {
          if (i + 1 > n) return cut();
          const length = bytes[i++] as number;
          if (base + i + length > end) return cut();
          stack.push(KIND.INT, length <= 8 ? littleEndian(window.peek(base + i, length)) : Number.NaN);
          i += length;
          break;
        }
        case OP.LONG4: {
          if (i + 4 > n) return cut();
          const length = uint32(bytes, i);
          i += 4;
          if (base + i + length > end) return cut();
          stack.push(KIND.INT, Number.NaN);
          i += length;
          break;
        }

        case OP.SHORT_BINUNICODE:
        case OP.SHORT_BINSTRING: {
          if (i + 1 > n) return cut();
          const length = bytes[i++] as number;
          if (base + i + length > end) return cut();
          this.pushText(at, bytes, i, length);
          i += length;
          break;
        }
        case OP.BINUNICODE:
        case OP.BINSTRING: {
          if (i + 4 > n) return cut();
          const length = uint32(bytes, i);
          i += 4;
          if (base + i + length > end) return cut();
          this.pushText(at, bytes, i, length);
          i += length;
          break;
        }
        case OP.SHORT_BINBYTES: {
          if (i + 1 > n) return cut();
          const length = bytes[i++] as number;
          if (base + i + length > end) return cut();
          this.pushBytes(KIND.BYTES, at, bytes, i, length);
          i += length;
          break;
        }
        case OP.BINBYTES: {
          if (i + 4 > n) return cut();
          const length = uint32(bytes, i);
          i += 4;
          if (base + i + length > end) return cut();
          this.pushBytes(KIND.BYTES, at, bytes, i, length);
          i += length;
          break;
        }
        case OP.BINUNICODE8:
        case OP.BINBYTES8:
        case OP.BYTEARRAY8: {
          if (i + 8 > n) return cut();
          const length = uint32(bytes, i) + uint32(bytes, i + 4) * 0x1_0000_0000;
          i += 8;
          if (base + i + length > end) {
            this.tell("length-lie", at, `${opcodeName(op)} of ${length} bytes, ${end - base - i} are left`);
            return cut();
          }
          if (op === OP.BINUNICODE8) this.pushText(at, bytes, i, length);
          else this.pushBytes(op === OP.BYTEARRAY8 ? KIND.BYTEARRAY : KIND.BYTES, at, bytes, i, length);
          i += length;
          break;
        }

        case OP.STRING:
        case OP.UNICODE: {
          const newline = this.lineEnd(bytes, i, base);
          if (newline < 0) return cut();
          const quoted = op === OP.STRING ? 1 : 0;
          this.pushText(at, bytes, i + quoted, newline - base - i - 2 * quoted);
          i = newline - base + 1;
          break;
        }
        case OP.INT:
        case OP.LONG:
        case OP.FLOAT: {
          const newline = this.lineEnd(bytes, i, base);
          if (newline < 0) return cut();
          this.pushNumber(op, at, base + i, newline);
          i = newline - base + 1;
          break;
        }
        case OP.PERSID: {
          const newline = this.lineEnd(bytes, i, base);
          if (newline < 0) return cut();
          i = newline - base + 1;
          this.persistent(at, { kind: KIND.STR, data: at });
          break;
        }

        case OP.EMPTY_TUPLE:
          stack.push(KIND.TUPLE, 0);
          break;
        case OP.TUPLE1:
          this.makeTuple(1, at);
          break;
        case OP.TUPLE2:
          this.makeTuple(2, at);
          break;
        case OP.TUPLE3:
          this.makeTuple(3, at);
          break;
        case OP.TUPLE: {
          const from = this.popMark(at);
          this.collect(KIND.TUPLE, from);
          break;
        }
        case OP.EMPTY_LIST:
          stack.push(KIND.LIST, this.heap.container());
          break;
        case OP.EMPTY_DICT:
          stack.push(KIND.DICT, this.heap.container());
          break;
        case OP.EMPTY_SET:
          stack.push(KIND.SET, this.heap.container());
          break;
        case OP.LIST:
          this.collect(KIND.LIST, this.popMark(at));
          break;
        case OP.DICT:
          this.collect(KIND.DICT, this.popMark(at));
          break;
        case OP.FROZENSET:
          this.collect(KIND.SET, this.popMark(at));
          break;
        case OP.APPEND:
          if (this.need(2, at)) this.addTo(KIND.LIST, OP.APPEND, stack.height - 1, at);
          break;
        case OP.SETITEM:
          if (this.need(3, at)) this.addTo(KIND.DICT, OP.SETITEM, stack.height - 2, at);
          break;
        case OP.APPENDS:
        case OP.SETITEMS:
        case OP.ADDITEMS: {
          const from = this.popMark(at);
          if (from <= stack.fence) {
            this.tell("stack-underflow", at, `${opcodeName(op)} without a container`);
            stack.height = from;
          } else this.addTo(op === OP.APPENDS ? KIND.LIST : op === OP.SETITEMS ? KIND.DICT : KIND.SET, op, from, at);
          break;
        }

        case OP.PUT: {
          const newline = this.lineEnd(bytes, i, base);
          if (newline < 0) return cut();
          this.put(parseInteger(window.peek(base + i, Math.min(newline - base - i, 400))), at);
          i = newline - base + 1;
          break;
        }
        case OP.BINPUT:
          if (i + 1 > n) return cut();
          this.put(bytes[i++] as number, at);
          break;
        case OP.LONG_BINPUT:
          if (i + 4 > n) return cut();
          this.put(uint32(bytes, i), at);
          i += 4;
          break;
        case OP.MEMOIZE:
          this.put(this.memo.size, at);
          break;
        case OP.GET: {
          const newline = this.lineEnd(bytes, i, base);
          if (newline < 0) return cut();
          this.get(parseInteger(window.peek(base + i, Math.min(newline - base - i, 400))), at);
          i = newline - base + 1;
          break;
        }
        case OP.BINGET:
          if (i + 1 > n) return cut();
          this.get(bytes[i++] as number, at);
          break;
        case OP.LONG_BINGET:
          if (i + 4 > n) return cut();
          this.get(uint32(bytes, i), at);
          i += 4;
          break;

        case OP.GLOBAL:
        case OP.INST: {
          const first = this.lineEnd(bytes, i, base);
          const second = first < 0 ? -1 : this.lineEnd(bytes, first + 1 - base, base);
          if (second < 0) return cut();
          const global = this.importLines(base + i, first, second, at);
          i = second - base + 1;
          if (op === OP.GLOBAL) stack.push(KIND.GLOBAL, global);
          else this.inst(global, at);
          break;
        }
        case OP.STACK_GLOBAL:
          if (this.need(2, at)) this.stackGlobal(at);
          break;
        case OP.REDUCE:
          if (this.need(2, at)) this.reduce(at);
          break;
        case OP.OBJ:
          this.obj(at);
          break;
        case OP.NEWOBJ:
          if (this.need(2, at)) this.newObject(OP.NEWOBJ, 2, at);
          break;
        case OP.NEWOBJ_EX:
          if (this.need(3, at)) this.newObject(OP.NEWOBJ_EX, 3, at);
          break;
        case OP.BUILD:
          if (this.need(2, at)) this.build(at);
          break;
        case OP.BINPERSID:
          if (this.need(1, at)) {
            stack.height--;
            this.persistent(at, {
              kind: stack.kinds[stack.height] as number,
              data: stack.data[stack.height] as number,
            });
          }
          break;
        case OP.EXT1:
        case OP.EXT2:
        case OP.EXT4: {
          const width = op === OP.EXT1 ? 1 : op === OP.EXT2 ? 2 : 4;
          if (i + width > n) return cut();
          const signed = littleEndian(bytes.subarray(i, i + width));
          const code = width < 4 && signed < 0 ? signed + 256 ** width : signed; // only EXT4 is signed
          i += width;
          sink.extension?.(at, code);
          stack.push(KIND.EXTENSION, code);
          break;
        }

        case OP.PROTO:
          if (i + 1 > n) return cut();
          this.protocol = bytes[i++] as number;
          if (this.protocol > 5) this.tell("protocol-unknown", at, `protocol ${this.protocol}, loaders know 0 to 5`);
          break;
        case OP.FRAME: {
          if (i + 8 > n) return cut();
          const length = uint32(bytes, i) + uint32(bytes, i + 4) * 0x1_0000_0000;
          i += 8;
          this.enterFrame(base + i, length, at);
          break;
        }
        case OP.NEXT_BUFFER:
          stack.push(KIND.BUFFER, 0);
          break;
        case OP.READONLY_BUFFER:
          this.need(1, at);
          break;
        default:
          return finish("unknown-opcode", `0x${op.toString(16).padStart(2, "0")} is no opcode`, at);
      }
      if (this.jumpTo >= 0) {
        i = this.jumpTo - base;
        this.jumpTo = -1;
        this.frameEnd = Number.POSITIVE_INFINITY;
        if (i < 0 || i > n) {
          base = Math.min(base + i, end);
          window.slideTo(base);
          bytes = window.bytes;
          n = bytes.length;
          i = 0;
        }
      }
    }
  }

  // --- stack -------------------------------------------------------------------------------------------------------------------

  /** Removes the topmost mark and returns the height at which it stood; the whole height where there is none. */
  private popMark(at: number): number {
    if (this.stack.hasMark) return this.stack.popMark();
    this.tell("missing-mark", at, "no mark on the stack");
    return this.stack.height;
  }

  /** True when `count` values lie above the topmost mark. Otherwise an unknown value takes their place, because a loader stops here. */
  private need(count: number, at: number): boolean {
    const { stack } = this;
    const have = stack.height - stack.fence;
    if (have >= count) return true;
    this.tell("stack-underflow", at, `need ${count} values on the stack, have ${have}`);
    stack.height = stack.fence;
    stack.push(KIND.UNKNOWN, 0);
    return false;
  }

  private drop(at: number): void {
    const { stack } = this;
    if (stack.height > stack.fence) stack.height--;
    else if (stack.hasMark)
      stack.popMark(); // POP right above a mark takes the mark
    else this.tell("stack-underflow", at, "nothing to pop");
  }

  // --- constants ---------------------------------------------------------------------------------------------------------------

  private pushText(at: number, bytes: Uint8Array, i: number, length: number): void {
    this.stack.push(length <= MAX_HOOK_LENGTH && isHookName(bytes, i, length) ? KIND.HOOK : KIND.STR, at);
    if (length < 8) return;
    if (looksNested(bytes, i, length, true)) this.sink.nested?.(at, { kind: KIND.STR, data: at });
    else if (looksTelling(bytes, i, length)) this.sink.telling?.(at, { kind: KIND.STR, data: at });
  }

  private pushBytes(kind: number, at: number, bytes: Uint8Array, i: number, length: number): void {
    this.stack.push(kind, at);
    if (looksNested(bytes, i, length)) this.sink.nested?.(at, { kind, data: at });
  }

  private pushNumber(op: number, at: number, from: number, newline: number): void {
    if (op === OP.FLOAT) {
      this.stack.push(KIND.FLOAT, 0);
      return;
    }
    const line = this.window.peek(from, Math.min(newline - from, 400));
    const value = parseInteger(line);
    // `I00` and `I01` are the booleans of protocol 0.
    const isBool = op === OP.INT && line.length === 2 && line[0] === 0x30 && (value === 0 || value === 1);
    if (Number.isNaN(value) && newline - from < 400) this.tell("bad-number", at, "the argument is no number");
    this.stack.push(isBool ? KIND.BOOL : KIND.INT, value);
  }

  /** Offset of the newline that ends the line beginning at window index `i`, -1 where there is none. */
  private lineEnd(bytes: Uint8Array, i: number, base: number): number {
    const found = i <= bytes.length && i >= 0 ? bytes.indexOf(0x0a, i) : -1;
    return found >= 0 ? base + found : indexOfByte(this.window, 0x0a, base + i);
  }

  // --- containers --------------------------------------------------------------------------------------------------------------

  private makeTuple(count: number, at: number): void {
    if (!this.need(count, at)) return;
    const from = this.stack.height - count;
    const handle = this.heap.tuple(this.stack.kinds, this.stack.data, from, count);
    this.stack.height = from;
    this.stack.push(KIND.TUPLE, handle);
  }

  private collect(kind: number, from: number): void {
    const count = this.stack.height - from;
    let handle = 0;
    if (kind === KIND.TUPLE) handle = count === 0 ? 0 : this.heap.tuple(this.stack.kinds, this.stack.data, from, count);
    else {
      handle = this.heap.container();
      if (count > 0) this.heap.extend(handle, this.stack.kinds, this.stack.data, from, count, this.flagsOf(kind, from));
    }
    this.stack.height = from;
    this.stack.push(kind, handle);
  }

  /** What must be known of items that are not remembered. */
  private flagsOf(kind: number, from: number): number {
    if (kind !== KIND.DICT) return 0;
    for (let i = from; i < this.stack.height; i += 2) if (this.stack.kinds[i] === KIND.HOOK) return FLAG_HOOK;
    return 0;
  }

  /** APPEND(S), SETITEM(S), ADDITEMS: the items lie from stack index `from` on, their target right below. */
  private addTo(kind: number, op: number, from: number, at: number): void {
    const target = from - 1;
    const count = this.stack.height - from;
    if (this.stack.kinds[target] === kind) {
      if (count > 0)
        this.heap.extend(
          this.stack.data[target] as number,
          this.stack.kinds,
          this.stack.data,
          from,
          count,
          this.flagsOf(kind, from),
        );
    } else if (count > 0) {
      const name = opcodeName(op) ?? "APPENDS";
      this.sink.mutated?.(name, at, this.stack.at(target), count);
    }
    this.stack.height = from;
  }

  // --- memo --------------------------------------------------------------------------------------------------------------------

  private put(index: number, at: number): void {
    if (this.stack.height === 0) {
      this.tell("stack-underflow", at, "nothing to memoize");
      return;
    }
    if (!(index >= 0) || index > 0x7fff_ffff) this.tell("huge-memo-index", at, `memo index ${index}`);
    if (!(index >= 0)) return;
    this.memo.set(
      index,
      this.stack.kinds[this.stack.height - 1] as number,
      this.stack.data[this.stack.height - 1] as number,
    );
  }

  private get(index: number, at: number): void {
    const value = this.memo.get(index);
    if (value === undefined) this.tell("bad-memo", at, `memo slot ${index} was never filled`);
    this.stack.push(value?.kind ?? KIND.UNKNOWN, value?.data ?? 0);
  }

  // --- names -------------------------------------------------------------------------------------------------------------------

  private importLines(start: number, first: number, second: number, at: number): number {
    const { window } = this;
    const module = decodeName(window.peek(start, Math.min(first - start, MAX_NAME)));
    const name = decodeName(window.peek(first + 1, Math.min(second - first - 1, MAX_NAME)));
    return this.intern(module, name, at);
  }

  private stackGlobal(at: number): void {
    const { stack, imports } = this;
    stack.height -= 2;
    const module = stack.at(stack.height);
    const name = stack.at(stack.height + 1);
    const known = imports.recall(module, name, this.protocol);
    if (known !== undefined) {
      stack.push(KIND.GLOBAL, known);
      return;
    }
    if (!isNameLike(module.kind) || !isNameLike(name.kind)) {
      this.sink.computedName?.(at, module, name);
      stack.push(KIND.UNKNOWN, 0);
      return;
    }
    const computed = isComputed(module.kind) || isComputed(name.kind);
    const global = this.intern(this.nameOf(module), this.nameOf(name), at, computed ? "computed" : undefined);
    imports.remember(module, name, global);
    stack.push(KIND.GLOBAL, global);
  }

  /** Bytes are no name for any loader of today; what they spell is judged all the same. */
  private nameOf(value: Value): string {
    const bytes = this.inspect.bytes(value, MAX_NAME);
    return bytes === undefined ? (this.inspect.text(value, MAX_NAME) ?? "") : decodeName(bytes);
  }

  /** The index of an imported name; tells the sink when it is new. */
  intern(module: string, name: string, offset: number, via?: ImportedName["via"]): number {
    const { protocol } = this;
    return this.imports.intern({ module, name, protocol, offset, ...(via === undefined ? {} : { via }) });
  }

  // --- calls -------------------------------------------------------------------------------------------------------------------

  private reduce(at: number): void {
    this.stack.height -= 2;
    this.call(
      "REDUCE",
      at,
      this.stack.height,
      this.stack.kinds[this.stack.height + 1] as number,
      this.stack.data[this.stack.height + 1] as number,
    );
  }

  private inst(global: number, at: number): void {
    const from = this.popMark(at);
    const count = this.stack.height - from;
    const args = count === 0 ? 0 : this.heap.tuple(this.stack.kinds, this.stack.data, from, count);
    this.stack.height = from;
    this.stack.push(KIND.GLOBAL, global);
    this.stack.height--;
    this.call("INST", at, this.stack.height, KIND.TUPLE, args);
  }

  private obj(at: number): void {
    const from = this.popMark(at);
    const count = this.stack.height - from - 1;
    if (count < 0) {
      this.tell("stack-underflow", at, "OBJ without a class");
      this.stack.push(KIND.UNKNOWN, 0);
      return;
    }
    const args = count === 0 ? 0 : this.heap.tuple(this.stack.kinds, this.stack.data, from + 1, count);
    this.stack.height = from;
    this.call("OBJ", at, from, KIND.TUPLE, args);
  }

  /** Calls the value at stack index `callee` and leaves the result in its place. */
  private call(opcode: OpcodeName, at: number, callee: number, argsKind: number, argsData: number): void {
    const kind = this.stack.kinds[callee] as number;
    const data = this.stack.data[callee] as number;
    if (kind === KIND.GLOBAL && this.imports.isMuted(data, MUTE.CALL)) {
      this.imports.repeat(data);
    } else {
      const target = { kind, data };
      const args = { kind: argsKind, data: argsData };
      const mute = this.sink.called?.(opcode, at, target, args) ?? false;
      if (mute && kind === KIND.GLOBAL) this.imports.mute(data, MUTE.CALL);
      const folded = fold(this, target, args, at);
      if (folded !== undefined) {
        this.stack.push(folded.kind, folded.data);
        if (folded.kind === KIND.COMPUTED_STR || folded.kind === KIND.COMPUTED_BYTES) this.tellNested(at, folded);
        return;
      }
    }
    this.stack.push(KIND.CALL, this.heap.node(kind, data, argsKind, argsData));
  }

  private tellNested(at: number, value: Value): void {
    const bytes = this.inspect.bytes(value) ?? Buffer.from(this.inspect.text(value, 1 << 20) ?? "", "utf8");
    if (looksNested(bytes, 0, bytes.length, value.kind === KIND.COMPUTED_STR)) this.sink.nested?.(at, value);
  }

  private newObject(op: number, operands: number, at: number): void {
    this.stack.height -= operands;
    const kind = this.stack.kinds[this.stack.height] as number;
    const data = this.stack.data[this.stack.height] as number;
    const argsKind = this.stack.kinds[this.stack.height + 1] as number;
    const argsData = this.stack.data[this.stack.height + 1] as number;
    if (kind !== KIND.GLOBAL || !this.imports.isMuted(data, MUTE.NEW)) {
      const mute =
        this.sink.constructed?.(opcodeName(op) ?? "NEWOBJ", at, { kind, data }, { kind: argsKind, data: argsData }) ??
        false;
      if (mute && kind === KIND.GLOBAL) this.imports.mute(data, MUTE.NEW);
    }
    this.stack.push(KIND.INSTANCE, this.heap.node(kind, data, argsKind, argsData));
  }

  private build(at: number): void {
    this.stack.height--;
    const target = this.stack.at(this.stack.height - 1);
    const state = this.stack.at(this.stack.height);
    if (target.kind === KIND.CALL || target.kind === KIND.INSTANCE)
      this.heap.setState(target.data, state.kind, state.data);
    this.sink.built?.(at, target, state);
  }

  private persistent(at: number, id: Value): void {
    this.sink.persistentId?.(at, id);
    this.stack.push(KIND.PERSISTENT, this.heap.node(id.kind, id.data, KIND.NONE, 0));
  }

  // --- frames and anomalies ----------------------------------------------------------------------------------------------------

  private enterFrame(from: number, length: number, at: number): void {
    if (at < this.frameEnd && this.frameEnd !== Number.POSITIVE_INFINITY) {
      this.tell("frame-nested", at, `a frame begins inside another that ends at ${this.frameEnd}`);
    }
    if (from + length > this.end)
      this.tell("frame-too-long", at, `a frame of ${length} bytes, ${this.end - from} are left`);
    this.frameEnd = from + length;
  }

  private leaveFrame(at: number): void {
    if (at > this.frameEnd)
      this.tell("frame-straddle", this.frameEnd, `the frame ends at ${this.frameEnd}, inside an opcode's argument`);
    this.frameEnd = Number.POSITIVE_INFINITY;
  }

  private tell(kind: Anomaly, at: number, detail: string): void {
    this.anomalies++;
    if (this.anomalies <= MAX_ANOMALIES) this.sink.anomaly?.(kind, at, detail);
  }
}

function isNameLike(kind: number): boolean {
  return isText(kind) || isBytes(kind);
}

/** No pickler writes a name as bytes or puts it together. */
function isComputed(kind: number): boolean {
  return kind === KIND.COMPUTED_STR || isBytes(kind);
}

function uint32(bytes: Uint8Array, i: number): number {
  return (
    ((bytes[i] as number) |
      ((bytes[i + 1] as number) << 8) |
      ((bytes[i + 2] as number) << 16) |
      ((bytes[i + 3] as number) << 24)) >>>
    0
  );
}

/** A signed little-endian integer of up to eight bytes; NaN where it is no safe integer. */
function littleEndian(bytes: Uint8Array): number {
  let value = 0;
  for (let i = bytes.length - 1; i >= 0; i--) value = value * 256 + (bytes[i] as number);
  if (bytes.length > 0 && (bytes[bytes.length - 1] as number) > 127) value -= 256 ** bytes.length;
  return Number.isSafeInteger(value) ? value : Number.NaN;
}

const utf8 = new TextDecoder("utf-8");

function decodeName(bytes: Uint8Array): string {
  return utf8.decode(bytes);
}
