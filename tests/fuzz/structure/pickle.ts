// Pickles opcode by opcode: the same program in other words, and programs one step from it.

import { OP, type OpcodeName, opcodeName } from "../../../src/formats/pickle/opcodes.js";
import { concat } from "../../builders/bytes.js";
import { le } from "../../builders/pickle.js";
import type { Dice } from "../../builders/pickle-grammar.js";
import { type Change, inserted, lieAbout, type Structure } from "./structure.js";

export interface Operation {
  readonly name: OpcodeName;
  readonly argument: Uint8Array;
}

interface Program {
  readonly operations: readonly Operation[];
  /** What follows the last STOP. */
  readonly rest: Uint8Array;
}

/** Opcodes whose argument is one line, or two. */
const LINES: Partial<Record<OpcodeName, number>> = {
  ...{ FLOAT: 1, INT: 1, LONG: 1, PERSID: 1, STRING: 1, UNICODE: 1, GET: 1, PUT: 1, GLOBAL: 2, INST: 2 },
};

/** Width of the argument of others; of the length before it, negative. */
const WIDTHS: Partial<Record<OpcodeName, number>> = {
  ...{ BINFLOAT: 8, BININT: 4, BININT1: 1, BININT2: 2, BINGET: 1, LONG_BINGET: 4, BINPUT: 1, LONG_BINPUT: 4 },
  ...{ PROTO: 1, EXT1: 1, EXT2: 2, EXT4: 4, FRAME: 8 },
  ...{ BINBYTES: -4, SHORT_BINBYTES: -1, BINSTRING: -4, SHORT_BINSTRING: -1, BINUNICODE: -4, SHORT_BINUNICODE: -1 },
  ...{ LONG1: -1, LONG4: -4, BINUNICODE8: -8, BINBYTES8: -8, BYTEARRAY8: -8 },
};

/** A class of joblib: raw arrays stand between the opcodes. */
const RAW_BETWEEN = "ArrayWrapper";
const LARGEST = 64 << 10;

export function disassemble(bytes: Uint8Array): Program | undefined {
  const text = Buffer.from(bytes);
  if (bytes.length > LARGEST || text.includes(RAW_BETWEEN)) return undefined;
  const operations: Operation[] = [];
  let at = 0;
  let end = 0;
  while (at < bytes.length) {
    // Behind a STOP only another stream that says so: anything else may be data.
    if (at === end && at > 0 && bytes[at] !== OP.PROTO) break;
    const name = opcodeName(bytes[at] ?? 0);
    const length = name === undefined ? undefined : argumentLength(text, at + 1, name);
    if (name === undefined || length === undefined) break;
    operations.push({ name, argument: bytes.subarray(at + 1, at + 1 + length) });
    at += 1 + length;
    if (name === "STOP") end = at;
  }
  const last = operations.map(({ name }) => name).lastIndexOf("STOP");
  const rest = bytes.subarray(end);
  // Archives may read like a few opcodes: `PK` is PERSID, and the name `./model` of a tar entry begins with STOP.
  const isPickle = last > 1 && (operations[0]?.name === "PROTO" || rest.length === 0);
  return isPickle ? { operations: operations.slice(0, last + 1), rest } : undefined;
}

function argumentLength(bytes: Buffer, at: number, name: OpcodeName): number | undefined {
  const width = WIDTHS[name] ?? 0;
  if (width < 0) return lengthBefore(bytes, at, -width);
  if (LINES[name] === undefined) return at + width <= bytes.length ? width : undefined;
  let end = at;
  for (let left = LINES[name]; left > 0; left--) {
    end = bytes.indexOf(0x0a, end) + 1;
    if (end === 0) return undefined;
  }
  return end - at;
}

function lengthBefore(bytes: Buffer, at: number, width: number): number | undefined {
  if (at + width > bytes.length) return undefined;
  const length = width === 8 ? Number(bytes.readBigUInt64LE(at)) : bytes.readUIntLE(at, width);
  return at + width + length <= bytes.length ? width + length : undefined;
}

export function assemble({ operations, rest }: Program): Uint8Array {
  return concat(...operations.flatMap(({ name, argument }) => [[OP[name]], argument]), rest);
}

function operation(name: OpcodeName, ...argument: readonly (Uint8Array | string | readonly number[])[]): Operation {
  return { name, argument: concat(...argument) };
}

/** Rewrites the program without its frames, whose lengths would be wrong. */
function rewriting(
  rewrite: (operations: readonly Operation[], dice: Dice) => readonly Operation[] | undefined,
): Change {
  return (bytes, dice) => {
    const program = disassemble(bytes);
    if (program === undefined) return undefined;
    const operations = rewrite(
      program.operations.filter(({ name }) => name !== "FRAME"),
      dice,
    );
    return operations && assemble({ operations, rest: program.rest });
  };
}

function inOtherWords(reword: (operation: Operation, dice: Dice) => readonly Operation[]): Change {
  return rewriting((operations, dice) =>
    operations.flatMap((one) => (dice.below(3) === 0 ? [one] : reword(one, dice))),
  );
}

/** Programs that leave everything as it was. */
const IDLE: readonly (readonly Operation[])[] = [
  [operation("NONE"), operation("POP")],
  [operation("MARK"), operation("POP_MARK")],
  [operation("MARK"), operation("NEWTRUE"), operation("EMPTY_LIST"), operation("POP_MARK")],
  [operation("SHORT_BINUNICODE", [5], "layer"), operation("POP")],
  [operation("EMPTY_DICT"), operation("POP")],
  [operation("BININT1", [7]), operation("TUPLE1"), operation("POP")],
];

const idle = rewriting((operations, dice) => {
  const start = operations[0]?.name === "PROTO" ? 1 : 0;
  let longer = operations;
  for (let left = 1 + dice.below(6); left > 0; left--) {
    longer = inserted(longer, start + dice.below(longer.length - start), ...dice.pick(IDLE));
  }
  return longer;
});

const TEXTS = new Set<OpcodeName>(["SHORT_BINUNICODE", "BINUNICODE", "BINUNICODE8"]);
const BYTES = new Set<OpcodeName>(["SHORT_BINBYTES", "BINBYTES", "BINBYTES8"]);

const texts = inOtherWords((one, dice) => {
  if (TEXTS.has(one.name)) return [textAs(contentOf(one), dice)];
  return BYTES.has(one.name) ? [bytesAs(contentOf(one), dice)] : [one];
});

function contentOf({ name, argument }: Operation): Uint8Array {
  return argument.subarray(-(WIDTHS[name] ?? 0));
}

function textAs(content: Uint8Array, dice: Dice): Operation {
  const forms: Operation[] = [
    operation("BINUNICODE", le(content.length, 4), content),
    operation("BINUNICODE8", le(content.length, 8), content),
  ];
  if (content.length < 256) forms.push(operation("SHORT_BINUNICODE", [content.length], content));
  if (content.every((byte) => byte >= 0x20 && byte < 0x7f && byte !== 0x5c))
    forms.push(operation("UNICODE", content, "\n"));
  return dice.pick(forms);
}

function bytesAs(content: Uint8Array, dice: Dice): Operation {
  const forms: Operation[] = [
    operation("BINBYTES", le(content.length, 4), content),
    operation("BINBYTES8", le(content.length, 8), content),
  ];
  if (content.length < 256) forms.push(operation("SHORT_BINBYTES", [content.length], content));
  return dice.pick(forms);
}

const memo = inOtherWords((one, dice) => {
  const kind = /(GET|PUT)$/.exec(one.name)?.[1];
  if (kind !== "GET" && kind !== "PUT") return [one];
  const index = indexOf(one);
  const forms = [operation(kind, `${index}\n`), operation(`LONG_BIN${kind}`, le(index, 4))];
  if (index < 256) forms.push(operation(`BIN${kind}`, [index]));
  return [dice.pick(forms)];
});

function indexOf({ name, argument }: Operation): number {
  return name === "GET" || name === "PUT"
    ? Number(Buffer.from(argument).toString("latin1"))
    : Buffer.from(argument).readUIntLE(0, argument.length);
}

const numbers = inOtherWords((one, dice) => {
  if (one.name !== "BININT1" && one.name !== "BININT2") return [one];
  const value = Buffer.from(one.argument).readUIntLE(0, one.argument.length);
  return [
    dice.pick([
      operation("BININT", le(value, 4)),
      operation("INT", value > 1 ? `${value}\n` : ` ${value}\n`),
      operation("LONG", `${value}L\n`),
      operation("LONG1", [3], le(value, 3)),
    ]),
  ];
});

/** GLOBAL and STACK_GLOBAL look a name up in the same way. */
const globals = inOtherWords((one) => {
  if (one.name !== "GLOBAL") return [one];
  const [module = "", name = ""] = Buffer.from(one.argument).toString("utf8").split("\n");
  const [a, b] = [Buffer.from(module), Buffer.from(name)];
  if (a.length > 255 || b.length > 255) return [one];
  return [
    operation("SHORT_BINUNICODE", [a.length], a),
    operation("SHORT_BINUNICODE", [b.length], b),
    operation("STACK_GLOBAL"),
  ];
});

/** Names are translated before protocol 3, and dotted from 4 on: within these groups nothing changes. */
const PROTOCOLS = [
  [0, 1, 2],
  [4, 5],
];

const protocol = inOtherWords((one, dice) => {
  const version = one.argument[0] ?? 0;
  const group = PROTOCOLS.find((versions) => versions.includes(version));
  return one.name === "PROTO" && group ? [operation("PROTO", [dice.pick(group)])] : [one];
});

const framed = rewriting((operations) => {
  if (operations[0]?.name !== "PROTO" || operations.filter(({ name }) => name === "STOP").length > 1) return undefined;
  const [first, ...others] = operations;
  const length = assemble({ operations: others, rest: new Uint8Array() }).length;
  return [first, operation("FRAME", le(length, 8)), ...others];
});

const headless = rewriting((operations) => {
  const [first, ...others] = operations;
  return first?.name === "PROTO" && (first.argument[0] ?? 9) < 3 ? others : undefined;
});

const late = rewriting((operations, dice) => {
  const first = operations[0];
  return first?.name === "PROTO" ? inserted(operations, 0, ...dice.pick(IDLE)) : undefined;
});

/** Something other than the program itself is changed by one step. */
function stepping(step: (operations: Operation[], at: number, dice: Dice) => void): Change {
  return (bytes, dice) => {
    const program = disassemble(bytes);
    if (program === undefined) return undefined;
    const operations = [...program.operations];
    for (let left = 1 + dice.below(3); left > 0 && operations.length > 0; left--)
      step(operations, dice.below(operations.length), dice);
    return assemble({ operations, rest: program.rest });
  };
}

/** An argument's number, or the length before it, lies. */
function lyingArgument(one: Operation, dice: Dice): Operation {
  const width = Math.min(one.argument.length, Math.abs(WIDTHS[one.name] ?? 0));
  if (width < 1) return one;
  const value = Buffer.from(one.argument).readUIntLE(0, Math.min(6, width));
  const lie = lieAbout(value, dice);
  const head = Uint8Array.from({ length: width }, (_, i) => Number((lie >> BigInt(8 * i)) & 0xffn));
  return { name: one.name, argument: concat(head, one.argument.subarray(width)) };
}

export const pickleStructure: Structure = {
  name: "pickle",
  harmless: { idle, texts, memo, numbers, globals, protocol, framed },
  odd: { headless, late },
  lies: {
    removed: stepping((operations, at) => void operations.splice(at, 1)),
    doubled: stepping((operations, at) => void operations.splice(at, 0, ...operations.slice(at, at + 1))),
    swapped: stepping((operations, at) => void operations.splice(at, 2, ...operations.slice(at, at + 2).reverse())),
    other: stepping((operations, at, dice) => {
      const one = operations[at];
      const name = dice.pick(Object.keys(OP).flatMap((key) => opcodeName(OP[key as OpcodeName]) ?? [])); // keys of OP are its names
      if (one) operations[at] = { ...one, name };
    }),
    argument: stepping((operations, at, dice) => {
      const one = operations[at];
      if (one) operations[at] = lyingArgument(one, dice);
    }),
  },
};
