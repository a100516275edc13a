// Pickles opcode by opcode, so that a test reads like the attack: pickle(proto(4), global("os", "system"), text("id"), tuple1, reduce, stop).

import { OP, type OpcodeName } from "../../src/formats/pickle/opcodes.js";

export type Piece = Uint8Array | readonly number[];

export function pickle(...pieces: readonly Piece[]): Uint8Array {
  return Uint8Array.from(pieces.flatMap((piece) => [...piece]));
}

/** An opcode without an argument. */
export function op(name: OpcodeName): readonly number[] {
  return [OP[name]];
}

export const mark = op("MARK");
export const stop = op("STOP");
export const pop = op("POP");
export const popMark = op("POP_MARK");
export const dup = op("DUP");
export const none = op("NONE");
export const reduce = op("REDUCE");
export const build = op("BUILD");
export const obj = op("OBJ");
export const newobj = op("NEWOBJ");
export const newobjEx = op("NEWOBJ_EX");
export const stackGlobal = op("STACK_GLOBAL");
export const memoize = op("MEMOIZE");
export const tuple = op("TUPLE");
export const tuple1 = op("TUPLE1");
export const tuple2 = op("TUPLE2");
export const tuple3 = op("TUPLE3");
export const emptyTuple = op("EMPTY_TUPLE");
export const emptyDict = op("EMPTY_DICT");
export const emptyList = op("EMPTY_LIST");
export const emptySet = op("EMPTY_SET");
export const setitem = op("SETITEM");
export const setitems = op("SETITEMS");
export const append = op("APPEND");
export const appends = op("APPENDS");
export const additems = op("ADDITEMS");
export const binpersid = op("BINPERSID");

export function proto(version: number): readonly number[] {
  return [OP.PROTO, version];
}

/** GLOBAL: a module, a name, each ended by a newline. */
export function global(module: string, name: string): Piece {
  return Buffer.from(`c${module}\n${name}\n`, "utf8");
}

/** INST: like GLOBAL, called with what lies above the mark. */
export function inst(module: string, name: string): Piece {
  return Buffer.from(`i${module}\n${name}\n`, "utf8");
}

/** SHORT_BINUNICODE, or BINUNICODE for long texts. */
export function text(value: string): Piece {
  const bytes = Buffer.from(value, "utf8");
  return bytes.length < 256
    ? [OP.SHORT_BINUNICODE, bytes.length, ...bytes]
    : [OP.BINUNICODE, ...le(bytes.length, 4), ...bytes];
}

/** SHORT_BINBYTES, or BINBYTES for long ones. */
export function bytes(value: Uint8Array | string): Piece {
  const data = typeof value === "string" ? Buffer.from(value, "latin1") : value;
  return data.length < 256 ? [OP.SHORT_BINBYTES, data.length, ...data] : [OP.BINBYTES, ...le(data.length, 4), ...data];
}

/** A line opcode with its argument as it stands: `line("INT", "0x10")`. */
export function line(name: OpcodeName, argument: string): Piece {
  return [OP[name], ...Buffer.from(`${argument}\n`, "latin1")];
}

export function int(value: number): Piece {
  return [OP.BININT, ...le(value >>> 0, 4)];
}

export function put(index: number): Piece {
  return index < 256 ? [OP.BINPUT, index] : [OP.LONG_BINPUT, ...le(index, 4)];
}

export function get(index: number): Piece {
  return index < 256 ? [OP.BINGET, index] : [OP.LONG_BINGET, ...le(index, 4)];
}

/** FRAME with a length of its own choosing. */
export function frame(length: number): Piece {
  return [OP.FRAME, ...le(length, 8)];
}

export function ext1(code: number): Piece {
  return [OP.EXT1, code];
}

/** `os.system(command)` as the standard pickler of a protocol writes it. */
export function osSystem(command = "id", protocol = 4): Uint8Array {
  return protocol >= 4
    ? pickle(proto(protocol), text("os"), text("system"), stackGlobal, text(command), tuple1, reduce, stop)
    : pickle(
        proto(protocol),
        global("os", "system"),
        [OP.BINUNICODE, ...le(command.length, 4)],
        Buffer.from(command),
        tuple1,
        reduce,
        stop,
      );
}

export function le(value: number, width: number): number[] {
  return Array.from({ length: width }, (_, i) => Math.floor(value / 2 ** (8 * i)) % 256);
}
