import { concat, u32 } from "./bytes.js";

/** Items of an R serialisation, as rows of numbers and texts that either encoding writes. */
export type Item = readonly (number | string)[];

const HAS_TAG = 1 << 10;
const ACTIVE = 1 << 27;

const chars = (text: string): Item => [0x40009, text.length, text];

export const r = {
  nil: [254] as Item,
  unbound: [252] as Item,
  globalEnvironment: [253] as Item,
  symbol: (name: string): Item => [1, ...chars(name)],
  text: (text: string): Item => [16, 1, ...chars(text)],
  integers: (...values: readonly number[]): Item => [13, values.length, ...values],
  list: (...items: readonly Item[]): Item => [19, items.length, ...items.flat()],
  namespace: (name: string): Item => [249, 0, 1, ...chars(name)],
  /** `name(arguments)` */
  call: (called: Item, ...given: readonly Item[]): Item => [
    6,
    ...called,
    ...given.flatMap((item) => [2, ...item]),
    254,
  ],
  pairs: (...named: readonly (readonly [string, Item])[]): Item => [
    ...named.flatMap(([name, value]) => [2 | HAS_TAG, ...r.symbol(name), ...value]),
    254,
  ],
  activeBinding: (name: string, value: Item): Item => [(2 | HAS_TAG | ACTIVE) >>> 0, ...r.symbol(name), ...value, 254],
  environment: (frame: Item): Item => [4, 0, 253, ...frame, 254, 254],
  promise: (value: Item, expression: Item): Item => [5 | HAS_TAG, ...r.globalEnvironment, ...value, ...expression],
  closure: (environment: Item, body: Item): Item => [3 | HAS_TAG, ...environment, 254, ...body],
  /** Bytecode with a harmless expression and the names that its instructions use. */
  bytecodeNaming: (...names: readonly string[]): Item => [
    21,
    1,
    ...r.integers(12),
    1 + names.length,
    13,
    ...r.integers(1),
    ...names.flatMap((name) => [1, ...r.symbol(name)]),
  ],
  /** Bytecode whose first constant is a call in the form of its own: each part with its type in front, and a tag. */
  bytecode: (called: string, argument: string): Item => [
    21,
    1,
    ...r.integers(12),
    1,
    6,
    254,
    1,
    ...r.symbol(called),
    2,
    254,
    16,
    ...r.text(argument),
    254,
    254,
  ],
};

const VERSION_2: Item = [2, 0x40301, 0x20300];
const VERSION_3: Item = [3, 0x40301, 0x30500, 5, "UTF-8"];

export function xdr(item: Item, version: 2 | 3 = 2): Uint8Array {
  return binary("X\n", item, version, false);
}

export function native(item: Item, version: 2 | 3 = 2): Uint8Array {
  return binary("B\n", item, version, true);
}

function binary(magic: string, item: Item, version: 2 | 3, littleEndian: boolean): Uint8Array {
  const values = [...(version === 2 ? VERSION_2 : VERSION_3), ...item];
  return concat(
    magic,
    ...values.map((value) => (typeof value === "number" ? u32(value, littleEndian) : Buffer.from(value))),
  );
}

export function ascii(item: Item): Uint8Array {
  const escaped = (text: string) => text.replace(/ /g, "\\040").replace(/\n/g, "\\n");
  const values = [...VERSION_2, ...item].map((value) => (typeof value === "number" ? `${value}` : escaped(value)));
  return concat(`A\n${values.join("\n")}\n`);
}

export function workspace(item: Item): Uint8Array {
  return concat("RDX2\n", xdr(item));
}
