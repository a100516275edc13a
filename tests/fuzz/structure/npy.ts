// NumPy arrays: the header is a Python literal in a format of three versions, with padding.

import { concat } from "../../builders/bytes.js";
import type { Dice } from "../../builders/pickle-grammar.js";
import { type Change, lieAt, type Structure, shuffled } from "./structure.js";

const MAGIC = "\x93NUMPY";
/** Version 1 has two bytes for the length of its header. */
const LONGEST_OF_1 = 0xffff;

interface Npy {
  readonly version: number;
  readonly header: string;
  readonly data: Uint8Array;
}

function read(bytes: Uint8Array): Npy | undefined {
  const file = Buffer.from(bytes);
  if (file.toString("latin1", 0, 6) !== MAGIC || file.length < 12) return undefined;
  const version = file.readUInt8(6);
  const [start, length] = version === 1 ? [10, file.readUInt16LE(8)] : [12, file.readUInt32LE(8)];
  return { version, header: file.toString("latin1", start, start + length), data: bytes.subarray(start + length) };
}

function write({ version, header, data }: Npy): Uint8Array {
  const size = Buffer.alloc(version === 1 ? 2 : 4);
  size.writeUIntLE(header.length, 0, size.length);
  return concat(Buffer.from(MAGIC, "latin1"), [version, 0], size, Buffer.from(header, "latin1"), data);
}

function rewriting(rewrite: (npy: Npy, dice: Dice) => Partial<Npy> | undefined): Change {
  return (bytes, dice) => {
    const npy = read(bytes);
    const changed = npy && rewrite(npy, dice);
    return npy && changed && write({ ...npy, ...changed });
  };
}

/** The three rows of a header that numpy wrote, without what is around them. */
function rowsOf(header: string): string[] | undefined {
  const rows = /^\{('descr': '[^']*'), ('fortran_order': \w+), ('shape': \([^)]*\)), \}\s*$/.exec(header);
  return rows?.slice(1);
}

export function insideNpy(change: Change): Change {
  return rewriting(({ header, data }, dice) => {
    const changed = header.includes("|O") ? change(data, dice) : undefined;
    return changed && { data: changed };
  });
}

export const npyStructure: Structure = {
  name: "npy",
  harmless: {
    versioned: rewriting(({ header }, dice) => ({ version: header.length <= LONGEST_OF_1 ? 1 + dice.below(3) : 2 })),
    padded: rewriting(({ version, header }, dice) => {
      const longer = `${header.trimEnd()}${" ".repeat(64 * dice.below(8))}\n`;
      return version > 1 || longer.length <= LONGEST_OF_1 ? { header: longer } : undefined;
    }),
    reordered: rewriting(({ header }, dice) => {
      const rows = rowsOf(header);
      return rows && { header: `{${shuffled(rows, dice).join(", ")}, }\n` };
    }),
    quoted: rewriting(({ header }) => ({ header: header.replaceAll("'", '"') })),
  },
  odd: {
    spaced: rewriting(({ header }) => {
      const rows = rowsOf(header);
      return rows && { header: `{ ${rows.join(" , ")} }` };
    }),
  },
  lies: {
    length: (bytes, dice) => (read(bytes) ? lieAt(bytes, 8, dice.pick([2, 4]), dice) : undefined),
    header: rewriting(({ header }, dice) => {
      const at = dice.below(Math.max(1, header.length));
      return { header: `${header.slice(0, at)}${dice.pick([..."{}()'\",:0L\\-"])}${header.slice(at + dice.below(2))}` };
    }),
    shape: rewriting(({ header }, dice) => ({
      header: header.replace(
        /\([^)]*\)/,
        dice.pick(["(-1,)", "(0,)", "(9223372036854775807, 2)", "(2**40,)", "()", "(1e3,)"]),
      ),
    })),
    descr: rewriting(({ header }, dice) => ({
      header: header.replace(
        /'descr': '[^']*'/,
        `'descr': ${dice.pick(["'|O'", "'<f8'", "'|V99999999999'", "[('a','|O')]", "'<U0'"])}`,
      ),
    })),
  },
};
