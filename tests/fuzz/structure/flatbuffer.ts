// Flatbuffers whose parts lie elsewhere, and whose offsets lie: https://flatbuffers.dev/internals/

import { concat, u32, zeros } from "../../builders/bytes.js";
import type { Dice } from "../../builders/pickle-grammar.js";
import { type Change, lieAt, type Structure } from "./structure.js";

/** Identifiers at offset 4: TFLite, ExecuTorch. */
const IDENTIFIER = /^(?:TFL3|ET\d\d)$/;
/** Shorter runs of letters may be numbers. */
const SHORTEST_TEXT = 3;
const ALIGNMENT = 16;

function changing(change: (bytes: Buffer, dice: Dice) => Uint8Array | undefined): Change {
  return (bytes, dice) => {
    const file = Buffer.from(bytes);
    return IDENTIFIER.test(file.toString("latin1", 4, 8)) ? change(file, dice) : undefined;
  };
}

/** Places whose number leads to another place: offsets are relative to where they stand. */
function offsetsOf(file: Buffer): number[] {
  return Array.from({ length: (file.length >> 2) - 1 }, (_, i) => 4 * i).filter((at) => {
    const target = at + file.readUInt32LE(at);
    return target > at && target < file.length;
  });
}

function padded(file: Buffer): Buffer {
  return Buffer.from(concat(file, zeros(-file.length & (ALIGNMENT - 1))));
}

/** The text that the offset at `at` leads to: a length, printable letters, a zero. */
function textAt(file: Buffer, at: number): Buffer | undefined {
  const start = at + file.readUInt32LE(at);
  if (start % 4 !== 0 || start + 8 > file.length) return undefined;
  const length = file.readUInt32LE(start);
  if (length < SHORTEST_TEXT || start + 4 + length >= file.length || file[start + 4 + length] !== 0) return undefined;
  const text = file.subarray(start + 4, start + 4 + length);
  return /^[\x20-\x7e]+$/.test(text.toString("latin1")) ? text : undefined;
}

/** Whether a table may begin here: a distance to a vtable, whose numbers fit each other. */
function maybeTable(file: Buffer, at: number): boolean {
  const vtable = at - file.readInt32LE(at);
  if (vtable < 4 || vtable % 2 !== 0 || vtable + 4 > file.length) return false;
  const [length, size] = [file.readUInt16LE(vtable), file.readUInt16LE(vtable + 2)];
  if (length < 4 || length % 2 !== 0 || size < 4 || vtable + length > file.length || at + size > file.length)
    return false;
  return Array.from({ length: length / 2 - 2 }, (_, i) => file.readUInt16LE(vtable + 4 + 2 * i)).every(
    (to) => to < size,
  );
}

/** Every text written anew at the end of the file; the old one stays, and nothing leads there. */
const textsMoved = changing((file) => {
  const leading = offsetsOf(file).filter((at) => textAt(file, at) !== undefined && !maybeTable(file, at));
  // Where two places lead to one text, one of them may be a small number.
  const targets = leading.map((at) => at + file.readUInt32LE(at));
  const places = leading.filter((_, i) => targets.indexOf(targets[i] ?? 0) === targets.lastIndexOf(targets[i] ?? 0));
  if (places.length === 0) return undefined;
  let moved = padded(file);
  for (const at of places) {
    const text = textAt(file, at) ?? Buffer.alloc(0);
    const start = moved.length;
    moved = padded(Buffer.from(concat(moved, u32(text.length), text, [0])));
    moved.writeUInt32LE(start - at, at);
  }
  return new Uint8Array(moved);
});

/** Tables begin with the signed distance to their vtable, which may stand behind them. */
const vtableMoved = changing((file) => {
  const table = file.readUInt32LE(0);
  if (table + 4 > file.length) return undefined;
  const vtable = table - file.readInt32LE(table);
  if (vtable < 4 || vtable + 4 > file.length) return undefined;
  const length = file.readUInt16LE(vtable);
  const moved = padded(file);
  moved.writeInt32LE(table - moved.length, table);
  return concat(moved, file.subarray(vtable, vtable + length));
});

/** The root table and its vtable at the end. Offsets point forward, so what it points to moves along: the whole file, in front of which lies the old head. */
const rootMoved = changing((file) => {
  const shift = file.length + (-file.length & (ALIGNMENT - 1));
  const root = shift + file.readUInt32LE(0);
  return concat(u32(root), file.subarray(4), zeros(shift - file.length), file);
});

export const flatbufferStructure: Structure = {
  name: "flatbuffer",
  harmless: { textsMoved, vtableMoved },
  odd: {
    rootMoved,
    followed: changing((file) => concat(file, zeros(64))),
  },
  lies: {
    offset: changing((file, dice) => {
      const places = offsetsOf(file);
      if (places.length === 0) return undefined;
      const at = dice.pick(places);
      file.writeUInt32LE((4 * dice.below(file.length >> 2) - at) >>> 0, at);
      return new Uint8Array(file);
    }),
    vtable: changing((file, dice) => {
      const at = file.readUInt32LE(0);
      if (at + 4 > file.length) return undefined;
      const vtable = at - file.readInt32LE(at);
      return lieAt(file, dice.pick([at, vtable, vtable + 2, vtable + 4 + 2 * dice.below(12)]), dice.pick([2, 4]), dice);
    }),
    length: changing((file, dice) => {
      const places = offsetsOf(file);
      if (places.length === 0) return undefined;
      const at = dice.pick(places);
      return lieAt(file, at + file.readUInt32LE(at), 4, dice);
    }),
    word: changing((file, dice) => lieAt(file, 4 * dice.below(file.length >> 2), dice.pick([2, 4, 8]), dice)),
  },
};
