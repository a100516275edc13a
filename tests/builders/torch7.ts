import { concat, u32, u64 } from "./bytes.js";

/** Objects of a Torch7 file in binary form. */
type Part = Uint8Array;

const int = (value: number) => u32(value);
const chars = (text: string) => concat(int(text.length), Buffer.from(text, "latin1"));

export const lua = {
  nil: int(0),
  text: (text: string): Part => concat(int(2), chars(text)),
  table: (index: number, ...pairs: readonly Part[]): Part =>
    concat(int(3), int(index), int(pairs.length / 2), ...pairs),
  instance: (index: number, name: string, ...content: readonly Part[]): Part =>
    concat(int(4), int(index), chars("V 1"), chars(name), ...content),
  /** A function in the form of the given type, 6 without an index, 7 and 8 with one. */
  function: (type: 6 | 7 | 8, index: number, code: string): Part =>
    concat(int(type), ...(type === 6 ? [] : [int(index)]), chars(code), lua.table(index + 1000)),
  /** A vector of zeros. */
  tensor: (index: number, size: number): Part =>
    lua.instance(
      index,
      "torch.FloatTensor",
      int(1),
      u64(size),
      u64(1),
      u64(1),
      lua.instance(index + 1, "torch.FloatStorage", u64(size), new Uint8Array(4 * size)),
    ),
};

/** Constants as Lua 5.1 dumps them: a length, the text, a zero. */
export function bytecode(...constants: readonly string[]): string {
  return `\x1bLuaQ\0\x01\x04\x08\x04\x08\0${constants.map((text) => `\x04${String.fromCharCode(text.length + 1)}\0\0\0\0\0\0\0${text}\0`).join("")}`;
}
