// What opcodes that import, call and build do: nothing is imported or called, all of it is told.

import { tupleFrom } from "./containers.js";
import type { ImportedName } from "./event.js";
import { type Folder, fold } from "./fold.js";
import { MUTE } from "./imports.js";
import { looksNested } from "./nested.js";
import { OP, type OpcodeName, opcodeName } from "./opcodes.js";
import type { MachineState } from "./state.js";
import { isBytes, isText, KIND, type Value } from "./value.js";

/** Names longer than this are no names; they are cut. */
const MAX_NAME = 4096;
/** Beginning of a computed text that is looked at for a file inside it. */
const MAX_COMPUTED = 1 << 20;

const MODULE_TAG = "module";

const utf8 = new TextDecoder("utf-8");

export class Calls implements Folder {
  constructor(private readonly state: MachineState) {}

  get inspect(): MachineState["inspect"] {
    return this.state.inspect;
  }

  // --- names -------------------------------------------------------------------------------------------------------------------

  /** GLOBAL and INST: the index of the name in two lines, which end at `first` and `second`. */
  importLines(start: number, first: number, second: number, at: number): number {
    const { window } = this.state;
    const module = nameIn(window, start, first - start);
    return this.intern(module, nameIn(window, first + 1, second - first - 1), at);
  }

  /** GLOBAL and INST whose lines the end of the file cuts; `first` is the end of the module's, or negative. */
  importUnended(op: number, start: number, first: number, at: number): void {
    const { end } = this.state.window;
    const module = first < 0 ? end - 1 : first;
    const global = this.importLines(start, module, Math.max(module + 1, end - 1), at);
    if (op === OP.INST) this.inst(global, at);
  }

  stackGlobal(at: number): void {
    const { stack, imports, protocol, sink } = this.state;
    stack.height -= 2;
    const module = stack.at(stack.height);
    const name = stack.at(stack.height + 1);
    const known = imports.recall(module, name, protocol);
    if (known !== undefined) {
      stack.push(KIND.GLOBAL, known);
      return;
    }
    if (!isNameLike(module.kind) || !isNameLike(name.kind)) {
      sink.computedName?.(at, module, name);
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
    const text = bytes === undefined ? this.inspect.text(value, MAX_NAME) : utf8.decode(bytes);
    const range = this.inspect.range(value);
    const isCut = range !== undefined && range.length > MAX_NAME;
    return isCut ? nameIn(this.state.window, range.start, range.length) : (text ?? "");
  }

  /** The index of an imported name; tells the sink when it is new. */
  intern(module: string, name: string, offset: number, via?: ImportedName["via"]): number {
    const { protocol, imports } = this.state;
    return imports.intern({ module, name, protocol, offset, ...(via === undefined ? {} : { via }) });
  }

  // --- calls -------------------------------------------------------------------------------------------------------------------

  reduce(at: number): void {
    const { stack } = this.state;
    stack.height -= 2;
    const args = stack.height + 1;
    this.call("REDUCE", at, stack.height, stack.kinds[args] as number, stack.data[args] as number);
  }

  inst(global: number, at: number): void {
    const { stack } = this.state;
    const from = this.state.popMark(at);
    const args = tupleFrom(this.state, from);
    stack.height = from;
    stack.push(KIND.GLOBAL, global);
    stack.height = from;
    this.call("INST", at, stack.height, KIND.TUPLE, args);
  }

  obj(at: number): void {
    const { stack } = this.state;
    const from = this.state.popMark(at);
    if (stack.height === from) {
      this.state.tell("stack-underflow", at, "OBJ without a class");
      stack.push(KIND.UNKNOWN, 0);
      return;
    }
    const args = tupleFrom(this.state, from + 1);
    stack.height = from;
    this.call("OBJ", at, from, KIND.TUPLE, args);
  }

  /** Calls the value at stack index `callee` and leaves the result in its place. */
  private call(opcode: OpcodeName, at: number, callee: number, argsKind: number, argsData: number): void {
    const { stack, imports, sink, heap } = this.state;
    const kind = stack.kinds[callee] as number;
    const data = stack.data[callee] as number;
    if (kind === KIND.GLOBAL && imports.isMuted(data, MUTE.CALL)) {
      imports.repeat(data);
    } else {
      const target = { kind, data };
      const args = { kind: argsKind, data: argsData };
      const mute = sink.called?.(opcode, at, target, args) ?? false;
      if (mute && kind === KIND.GLOBAL) imports.mute(data, MUTE.CALL);
      const folded = fold(this, target, args, at);
      if (folded !== undefined) {
        stack.push(folded.kind, folded.data);
        if (folded.kind === KIND.COMPUTED_STR || folded.kind === KIND.COMPUTED_BYTES) this.tellNested(at, folded);
        return;
      }
    }
    stack.push(KIND.CALL, heap.node(kind, data, argsKind, argsData));
  }

  private tellNested(at: number, value: Value): void {
    const { inspect } = this;
    const bytes = inspect.bytes(value) ?? Buffer.from(inspect.text(value, MAX_COMPUTED) ?? "", "utf8");
    if (looksNested(bytes, 0, bytes.length, value.kind === KIND.COMPUTED_STR)) this.state.sink.nested?.(at, value);
  }

  /** NEWOBJ with two operands, NEWOBJ_EX with three; the keyword arguments are not looked at. */
  newObject(op: number, operands: number, at: number): void {
    const { stack, imports, sink, heap } = this.state;
    stack.height -= operands;
    const cls = stack.at(stack.height);
    const args = stack.at(stack.height + 1);
    if (cls.kind !== KIND.GLOBAL || !imports.isMuted(cls.data, MUTE.NEW)) {
      const mute = sink.constructed?.(opcodeName(op) ?? "NEWOBJ", at, cls, args) ?? false;
      if (mute && cls.kind === KIND.GLOBAL) imports.mute(cls.data, MUTE.NEW);
    }
    stack.push(KIND.INSTANCE, heap.node(cls.kind, cls.data, args.kind, args.data));
  }

  build(at: number): void {
    const { stack, sink, heap } = this.state;
    stack.height--;
    const target = stack.at(stack.height - 1);
    const state = stack.at(stack.height);
    if (target.kind === KIND.CALL || target.kind === KIND.INSTANCE) heap.setState(target.data, state.kind, state.data);
    sink.built?.(at, target, state);
  }

  /** PERSID, whose id is its own line, and BINPERSID. */
  persistent(at: number, id: Value): void {
    this.state.sink.persistentId?.(at, id);
    const cls = this.moduleClass(id);
    if (cls === undefined) this.state.stack.push(KIND.PERSISTENT, this.state.heap.node(id.kind, id.data, KIND.NONE, 0));
    else this.state.stack.push(cls.kind, cls.data);
  }

  /**
   * `("module", cls, file, source)` is how torch's layout before zip files writes a class. Its loader returns the second item, whatever
   * that is, and asks for the others only if none is empty; the first may be bytes (torch/serialization.py, `_legacy_load`).
   */
  private moduleClass(id: Value): Value | undefined {
    if (id.kind !== KIND.TUPLE) return undefined;
    const [tag, cls] = this.inspect.items(id) ?? [];
    if (tag === undefined) return undefined;
    const bytes = this.inspect.bytes(tag, MODULE_TAG.length + 1);
    const text = bytes === undefined ? this.inspect.text(tag, MODULE_TAG.length + 1) : utf8.decode(bytes);
    return text === MODULE_TAG ? cls : undefined;
  }
}

/** A name of `length` bytes. Of one that is too long both ends are kept: a dotted path decides by its end. */
function nameIn(window: MachineState["window"], start: number, length: number): string {
  if (length <= MAX_NAME) return utf8.decode(window.peek(start, length));
  const half = MAX_NAME / 2;
  return `${utf8.decode(window.peek(start, half))}…${utf8.decode(window.peek(start + length - half, half))}`;
}

function isNameLike(kind: number): boolean {
  return isText(kind) || isBytes(kind);
}

/** No pickler writes a name as bytes or puts it together. */
function isComputed(kind: number): boolean {
  return kind === KIND.COMPUTED_STR || isBytes(kind);
}
