// What an attacker does to a file that must not make it clean: bytes before and behind, a wrapper around it, a cut behind the payload.

import { deflateSync, gzipSync } from "node:zlib";
import * as pickle from "../builders/pickle.js";
import type { Dice } from "../builders/pickle-grammar.js";
import { type SevenZipMethod, sevenZip } from "../builders/sevenzip.js";
import { entry } from "../builders/tar.js";
import { zip } from "../builders/zip.js";
import { join } from "./mutate.js";
import { PACKINGS } from "./structure/carried.js";
import { zstdPacking } from "./structure/zstd.js";

export interface Disguised {
  readonly name: string;
  readonly bytes: Uint8Array;
}

type Disguise = (file: Disguised, dice: Dice) => Disguised;

/** For every kind of file. */
const WRAPPERS: readonly Disguise[] = [
  ({ name, bytes }) => ({ name: "model.zip", bytes: zip({ entries: [{ name, data: bytes }] }) }),
  ({ name, bytes }) => ({ name: "model.zip", bytes: zip({ entries: [{ name, data: bytes, method: 8 }] }) }),
  ({ name, bytes }) => ({ name: "model.tar", bytes: join(entry({ name, data: bytes }), new Uint8Array(1024)) }),
  ({ name, bytes }) => ({ name: `${name}.gz`, bytes: gzipSync(bytes) }),
  (file, dice) => packed(file, dice),
  ({ name, bytes }, dice) => {
    const method = dice.pick<SevenZipMethod>(
      bytes.length > LARGEST_PACKED ? ["copy"] : ["copy", "lzma", "lzma2", "bzip2"],
    );
    return { name: "model.7z", bytes: sevenZip([{ name, content: bytes }], { method }) };
  },
];

/** Our own compressors are slow. */
const LARGEST_PACKED = 32 << 10;
const ENDINGS: Readonly<Record<string, string>> = { bzip2: "bz2", xz: "xz", lzma: "lzma", lz4: "lz4", zstd: "zst" };

function packed({ name, bytes }: Disguised, dice: Dice): Disguised {
  const packings = PACKINGS.filter((packing) => ENDINGS[packing.name] !== undefined);
  const packing = bytes.length > LARGEST_PACKED ? zstdPacking : dice.pick(packings);
  return { name: `${name}.${ENDINGS[packing.name]}`, bytes: packing.pack(bytes, dice) };
}

/** As a constant of another pickle, which hands it to a loader. */
const INSIDE_PICKLES: readonly Disguise[] = [
  (file) => file,
  ({ bytes }) => ({ name: "outer.pkl", bytes: pickle.pickle(pickle.proto(4), pickle.bytes(bytes), pickle.stop) }),
  ({ bytes }) => ({
    name: "outer.pkl",
    bytes: pickle.pickle(pickle.proto(4), pickle.bytes(deflateSync(bytes)), pickle.stop),
  }),
];

/** A loader runs a pickle as far as it goes, whatever it is called and whatever follows. */
const AROUND_PICKLES: readonly Disguise[] = [
  ({ name, bytes }, dice) => ({ name, bytes: join(bytes, noise(dice)) }),
  ({ name, bytes }) => ({ name, bytes: join(bytes, new Uint8Array(600)) }),
  ({ name, bytes }, dice) => ({ name, bytes: join(bytes, constants(dice), pickle.pickle(pickle.stop)) }),
  ({ name, bytes }, dice) => ({
    name,
    bytes: join(pickle.pickle(pickle.proto(2), constants(dice), pickle.none, pickle.stop), bytes),
  }),
  ({ bytes }, dice) => ({ name: dice.pick(OTHER_NAMES), bytes }),
];

const OTHER_NAMES = ["notes.txt", "model.bin", "image.png", "model.safetensors", "model.onnx", "weights.h5", "model"];

/** A call of os.system among harmless constants, cut anywhere behind it. */
export function payload(dice: Dice): Disguised {
  const call = Buffer.from(pickle.osSystem("id", dice.pick([2, 4]))).subarray(2, -1);
  const head = join(pickle.pickle(pickle.proto(dice.pick([2, 4, 5]))), constants(dice), call);
  const tail = join(constants(dice), pickle.pickle(pickle.stop));
  return { name: "model.pkl", bytes: join(head, tail.subarray(0, dice.below(tail.length + 1))) };
}

export function disguisePickle(file: Disguised, dice: Dice): Disguised {
  const inside = dice.pick(INSIDE_PICKLES)(file, dice);
  let disguised = inside;
  for (let left = dice.below(3); left > 0; left--) disguised = dice.pick(AROUND_PICKLES)(disguised, dice);
  // What imports can be told at any offset; a pickle of mere constants, whatever they hold, is told from its beginning alone.
  if (inside === file && dice.below(3) === 0)
    disguised = { name: disguised.name, bytes: join(noise(dice), disguised.bytes) };
  return dice.below(3) === 0 ? wrap(disguised, dice) : disguised;
}

export function wrap(file: Disguised, dice: Dice): Disguised {
  let wrapped = file;
  for (let left = 1 + dice.below(2); left > 0; left--) wrapped = dice.pick(WRAPPERS)(wrapped, dice);
  return wrapped;
}

/** Opcodes that push a constant each. */
function constants(dice: Dice): Uint8Array {
  const pieces = Array.from({ length: dice.below(12) }, () =>
    dice.pick([
      pickle.text("layer.weight"),
      pickle.int(dice.next()),
      pickle.bytes(noise(dice).subarray(0, 40)),
      pickle.pickle(pickle.none),
    ]),
  );
  return pickle.pickle(...pieces);
}

function noise(dice: Dice): Uint8Array {
  return Uint8Array.from({ length: 1 + dice.below(300) }, () => dice.below(256));
}
