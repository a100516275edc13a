// Flatbuffers whose offsets lie: https://flatbuffers.dev/internals/

import type { Dice } from "../../builders/pickle-grammar.js";
import { type Change, lieAt, type Structure } from "./structure.js";

/** Identifiers at offset 4: TFLite, ExecuTorch. */
const IDENTIFIER = /^(?:TFL3|ET\d\d)$/;

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

export const flatbufferStructure: Structure = {
  name: "flatbuffer",
  lies: {
    offset: changing((file, dice) => {
      const at = dice.pick(offsetsOf(file));
      file.writeUInt32LE((4 * dice.below(file.length >> 2) - at) >>> 0, at);
      return new Uint8Array(file);
    }),
    /** Tables begin with the signed distance to their vtable. */
    vtable: changing((file, dice) => {
      const at = file.readUInt32LE(0);
      if (at + 4 > file.length) return undefined;
      const vtable = at - file.readInt32LE(at);
      return lieAt(file, dice.pick([at, vtable, vtable + 2, vtable + 4 + 2 * dice.below(12)]), dice.pick([2, 4]), dice);
    }),
    length: changing((file, dice) => {
      const at = dice.pick(offsetsOf(file));
      return lieAt(file, at + file.readUInt32LE(at), 4, dice);
    }),
    word: changing((file, dice) => lieAt(file, 4 * dice.below(file.length >> 2), dice.pick([2, 4, 8]), dice)),
  },
};
