import type { Budget } from "../../io/budget.js";
import type { SyncByteSource } from "../../io/byte-source.js";
import { Calls } from "./calls.js";
import { lineIndex, littleEndian, pushBytes, pushLine, pushNumber, pushText, uint32, uint64 } from "./constants.js";
import { addMarked, addTo, collect, makeTuple } from "./containers.js";
import type { EndReason, PickleSink, StreamEnd } from "./event.js";
import { Frames } from "./frames.js";
import type { Inspector } from "./inspector.js";
import { OP, opcodeName } from "./opcodes.js";
import { MachineState } from "./state.js";
import { KIND } from "./value.js";

/** Every opcode's fixed argument and the bytes that are looked at behind it lie within this many bytes. */
const LOOKAHEAD = 32;
/** Opcodes between two payments to the budget. */
const OPCODES_PER_PAYMENT = 1 << 14;

/**
 * An abstract interpreter of CPython's pickle virtual machine: real stack, marks and memo, all 68 opcodes, arguments read as the C
 * unpickler reads them (Modules/_pickle.c), and nothing is ever called. It accepts a superset of what any loader accepts: where a
 * loader would refuse, it tells an anomaly and goes on, because what stands before has run and another version may go on too.
 */
export class PickleMachine {
  private readonly state: MachineState;
  private jumpTo = -1;

  constructor(
    readonly source: SyncByteSource,
    private readonly sink: PickleSink,
    private readonly budget?: Budget,
    /** Where the stream's bytes end at the latest. */
    private readonly end: number = source.size,
  ) {
    this.state = new MachineState(source, sink, end);
  }

  get inspect(): Inspector {
    return this.state.inspect;
  }

  get repeats(): ReadonlyMap<number, number> {
    return this.state.imports.repeats;
  }

  /** Bytes read from the source so far. */
  get bytesRead(): number {
    return this.state.window.read;
  }

  /** For sinks, while they are told of an opcode: go on at `offset`, because the loader reads raw data in between. */
  jump(offset: number): void {
    this.jumpTo = offset;
  }

  /** Runs the stream that begins at `start`. Throws LimitError when a budget is spent; all else is in the result. */
  run(start: number): StreamEnd {
    const { state, sink, budget, end } = this;
    const { window, stack, heap } = state;
    const calls = new Calls(state);
    const frames = new Frames(state);
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

    // A loop over a table of functions is three times slower here: this switch runs 25 million times for 100 MB.
    opcodes: for (;;) {
      if (i + LOOKAHEAD > n && base + n < end) {
        window.slideTo(base + i);
        bytes = window.bytes;
        base += i;
        i = 0;
        n = bytes.length;
      }
      at = base + i;
      if (i >= n) return ended("truncated", Math.min(at, end), count, "the stream ends without STOP");
      if (at >= frames.end) frames.leave(at);
      const op = bytes[i++] as number;
      count++;
      if (++unpaid === OPCODES_PER_PAYMENT) {
        budget?.spendSteps(unpaid);
        unpaid = 0;
        if (state.isHopeless) return ended("anomalies", at, count, "too many opcodes do not fit the machine's state");
      }
      if (tellOpcode) sink.opcode?.(op, at);
      switch (op) {
        case OP.MARK:
          stack.pushMark();
          break;
        case OP.STOP:
          budget?.spendSteps(unpaid);
          frames.stop(at);
          sink.stopped?.(at, stack.top());
          return ended("stop", at + 1, count);
        case OP.POP:
          state.drop(at);
          break;
        case OP.POP_MARK:
          stack.height = state.popMark(at);
          break;
        case OP.DUP:
          if (state.need(1, at))
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
          if (i + 4 > n) break opcodes;
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
          if (i + 1 > n) break opcodes;
          stack.push(KIND.INT, bytes[i++] as number);
          break;
        case OP.BININT2:
          if (i + 2 > n) break opcodes;
          stack.push(KIND.INT, (bytes[i] as number) | ((bytes[i + 1] as number) << 8));
          i += 2;
          break;
        case OP.BINFLOAT:
          if (i + 8 > n) break opcodes;
          stack.push(KIND.FLOAT, 0);
          i += 8;
          break;
        case OP.LONG1: {
          if (i + 1 > n) break opcodes;
          const length = bytes[i++] as number;
          if (base + i + length > end) break opcodes;
          stack.push(KIND.INT, length <= 8 ? littleEndian(window.peek(base + i, length)) : Number.NaN);
          i += length;
          break;
        }
        case OP.LONG4: {
          if (i + 4 > n) break opcodes;
          const length = uint32(bytes, i);
          i += 4;
          if (base + i + length > end) break opcodes;
          stack.push(KIND.INT, Number.NaN);
          i += length;
          break;
        }

        case OP.SHORT_BINUNICODE:
        case OP.SHORT_BINSTRING: {
          if (i + 1 > n) break opcodes;
          const length = bytes[i++] as number;
          if (base + i + length > end) break opcodes;
          pushText(state, at, bytes, i, length);
          i += length;
          break;
        }
        case OP.BINUNICODE:
        case OP.BINSTRING: {
          if (i + 4 > n) break opcodes;
          const length = uint32(bytes, i);
          i += 4;
          if (base + i + length > end) break opcodes;
          pushText(state, at, bytes, i, length);
          i += length;
          break;
        }
        case OP.SHORT_BINBYTES: {
          if (i + 1 > n) break opcodes;
          const length = bytes[i++] as number;
          if (base + i + length > end) break opcodes;
          pushBytes(state, KIND.BYTES, at, bytes, i, length);
          i += length;
          break;
        }
        case OP.BINBYTES: {
          if (i + 4 > n) break opcodes;
          const length = uint32(bytes, i);
          i += 4;
          if (base + i + length > end) break opcodes;
          pushBytes(state, KIND.BYTES, at, bytes, i, length);
          i += length;
          break;
        }
        case OP.BINUNICODE8:
        case OP.BINBYTES8:
        case OP.BYTEARRAY8: {
          if (i + 8 > n) break opcodes;
          const length = uint64(bytes, i);
          i += 8;
          if (base + i + length > end) {
            state.tell("length-lie", at, `${opcodeName(op)} of ${length} bytes, ${end - base - i} are left`);
            break opcodes;
          }
          if (op === OP.BINUNICODE8) pushText(state, at, bytes, i, length);
          else pushBytes(state, op === OP.BYTEARRAY8 ? KIND.BYTEARRAY : KIND.BYTES, at, bytes, i, length);
          i += length;
          break;
        }

        case OP.STRING:
        case OP.UNICODE: {
          const newline = window.lineEnd(base + i);
          if (newline < 0) break opcodes;
          pushLine(state, op, at, bytes, i, newline - base - i);
          i = newline - base + 1;
          break;
        }
        case OP.INT:
        case OP.LONG:
        case OP.FLOAT: {
          const newline = window.lineEnd(base + i);
          if (newline < 0) break opcodes;
          pushNumber(state, op, at, base + i, newline);
          i = newline - base + 1;
          break;
        }
        case OP.PERSID: {
          const newline = window.lineEnd(base + i);
          if (newline < 0 && !this.takesUnended(base + i)) break opcodes;
          calls.persistent(at, { kind: KIND.STR, data: at });
          if (newline < 0) break opcodes;
          i = newline - base + 1;
          break;
        }

        case OP.EMPTY_TUPLE:
          stack.push(KIND.TUPLE, 0);
          break;
        case OP.TUPLE1:
          makeTuple(state, 1, at);
          break;
        case OP.TUPLE2:
          makeTuple(state, 2, at);
          break;
        case OP.TUPLE3:
          makeTuple(state, 3, at);
          break;
        case OP.TUPLE:
          collect(state, KIND.TUPLE, state.popMark(at));
          break;
        case OP.EMPTY_LIST:
          stack.push(KIND.LIST, heap.container());
          break;
        case OP.EMPTY_DICT:
          stack.push(KIND.DICT, heap.container());
          break;
        case OP.EMPTY_SET:
          stack.push(KIND.SET, heap.container());
          break;
        case OP.LIST:
          collect(state, KIND.LIST, state.popMark(at));
          break;
        case OP.DICT:
          collect(state, KIND.DICT, state.popMark(at));
          break;
        case OP.FROZENSET:
          collect(state, KIND.SET, state.popMark(at));
          break;
        case OP.APPEND:
          if (state.need(2, at)) addTo(state, KIND.LIST, OP.APPEND, stack.height - 1, at);
          break;
        case OP.SETITEM:
          if (state.need(3, at)) addTo(state, KIND.DICT, OP.SETITEM, stack.height - 2, at);
          break;
        case OP.APPENDS:
          addMarked(state, KIND.LIST, op, at);
          break;
        case OP.SETITEMS:
          addMarked(state, KIND.DICT, op, at);
          break;
        case OP.ADDITEMS:
          addMarked(state, KIND.SET, op, at);
          break;

        case OP.PUT: {
          const newline = window.lineEnd(base + i);
          if (newline < 0) break opcodes;
          state.put(lineIndex(window, base + i, newline), at);
          i = newline - base + 1;
          break;
        }
        case OP.BINPUT:
          if (i + 1 > n) break opcodes;
          state.put(bytes[i++] as number, at);
          break;
        case OP.LONG_BINPUT:
          if (i + 4 > n) break opcodes;
          state.put(uint32(bytes, i), at);
          i += 4;
          break;
        case OP.MEMOIZE:
          state.putNext(at);
          break;
        case OP.GET: {
          const newline = window.lineEnd(base + i);
          if (newline < 0) break opcodes;
          state.get(lineIndex(window, base + i, newline), at);
          i = newline - base + 1;
          break;
        }
        case OP.BINGET:
          if (i + 1 > n) break opcodes;
          state.get(bytes[i++] as number, at);
          break;
        case OP.LONG_BINGET:
          if (i + 4 > n) break opcodes;
          state.get(uint32(bytes, i), at);
          i += 4;
          break;

        case OP.GLOBAL:
        case OP.INST: {
          const first = window.lineEnd(base + i);
          const second = first < 0 ? -1 : window.lineEnd(first + 1);
          if (second < 0) {
            if (this.takesUnended(base + i)) calls.importUnended(op, base + i, first, at);
            break opcodes;
          }
          const global = calls.importLines(base + i, first, second, at);
          i = second - base + 1;
          if (op === OP.GLOBAL) stack.push(KIND.GLOBAL, global);
          else calls.inst(global, at);
          break;
        }
        case OP.STACK_GLOBAL:
          if (state.need(2, at)) calls.stackGlobal(at);
          break;
        case OP.REDUCE:
          if (state.need(2, at)) calls.reduce(at);
          break;
        case OP.OBJ:
          calls.obj(at);
          break;
        case OP.NEWOBJ:
          if (state.need(2, at)) calls.newObject(OP.NEWOBJ, 2, at);
          break;
        case OP.NEWOBJ_EX:
          if (state.need(3, at)) calls.newObject(OP.NEWOBJ_EX, 3, at);
          break;
        case OP.BUILD:
          if (state.need(2, at)) calls.build(at);
          break;
        case OP.BINPERSID:
          if (state.need(1, at)) {
            stack.height--;
            calls.persistent(at, stack.at(stack.height));
          }
          break;
        case OP.EXT1:
        case OP.EXT2:
        case OP.EXT4: {
          const width = op === OP.EXT1 ? 1 : op === OP.EXT2 ? 2 : 4;
          if (i + width > n) break opcodes;
          const signed = littleEndian(bytes.subarray(i, i + width));
          const code = width < 4 && signed < 0 ? signed + 256 ** width : signed; // only EXT4 is signed
          i += width;
          sink.extension?.(at, code);
          stack.push(KIND.EXTENSION, code);
          break;
        }

        case OP.PROTO:
          if (i + 1 > n) break opcodes;
          state.protocol = bytes[i++] as number;
          if (state.protocol > 5) state.tell("protocol-unknown", at, `protocol ${state.protocol}, loaders know 0 to 5`);
          break;
        case OP.FRAME: {
          if (i + 8 > n) break opcodes;
          const length = uint64(bytes, i);
          i += 8;
          frames.enter(base + i, length, at);
          break;
        }
        case OP.NEXT_BUFFER:
          stack.push(KIND.BUFFER, 0);
          break;
        case OP.READONLY_BUFFER:
          state.need(1, at);
          break;
        default:
          return ended("unknown-opcode", at, count, `0x${op.toString(16).padStart(2, "0")} is no opcode`);
      }
      if (this.jumpTo >= 0) {
        i = this.jumpTo - base;
        this.jumpTo = -1;
        frames.end = Number.POSITIVE_INFINITY;
      }
    }
    const name = opcodeName(bytes[at - base] ?? 0) ?? "an opcode";
    return ended("truncated", at, count, `the stream ends inside ${name}`);
  }

  /**
   * Python's own unpickler, which joblib and dill use, takes the last line of a file as it is and drops its last byte, newline or not; C
   * refuses it. Where the window alone ends there, nothing is known of the line.
   */
  private takesUnended(start: number): boolean {
    return start < this.end && this.end === this.source.size;
  }
}

function ended(reason: EndReason, offset: number, opcodes: number, detail = ""): StreamEnd {
  return { reason, offset, opcodes, detail };
}
