import { concat, u32 } from "./bytes.js";

const u16 = (value: number) => Uint8Array.of(value >> 8, value & 0xff);
const name = (text: string) => concat(u16(text.length), text);

/** Parts of a Java object stream. */
export const java = {
  nothing: Uint8Array.of(0x70),
  text: (text: string) => concat([0x74], name(text)),
  /** A class with one field of type Object. */
  class: (className: string, parent: Uint8Array = Uint8Array.of(0x70), flags = 2) =>
    concat(
      [0x72],
      name(className),
      new Uint8Array(8),
      [flags],
      u16(1),
      "L",
      name("value"),
      java.text("Ljava/lang/Object;"),
      [0x78],
      parent,
    ),
  object: (className: string, value: Uint8Array = Uint8Array.of(0x70)) => concat([0x73], java.class(className), value),
  proxy: (...interfaces: readonly string[]) =>
    concat([0x73, 0x7d], u32(interfaces.length, false), ...interfaces.map(name), [0x78, 0x70]),
  bytes: (...values: readonly number[]) =>
    concat([0x75, 0x72], name("[B"), new Uint8Array(8), [2], u16(0), [0x78, 0x70], u32(values.length, false), values),
  /** A class that writes more than its fields: blocks of bytes and objects. */
  written: (className: string, ...added: readonly Uint8Array[]) =>
    concat([0x73, 0x72], name(className), new Uint8Array(8), [3], u16(0), [0x78, 0x70], ...added, [0x78]),
  block: (...values: readonly number[]) => concat([0x77, values.length], values),
};

export function javaStream(...contents: readonly Uint8Array[]): Uint8Array {
  return concat([0xac, 0xed, 0x00, 0x05], ...contents);
}
