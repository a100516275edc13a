// Random zip archives: a few records with fields of either header that lie, duplicates, gaps, extra fields, zip64, descriptors, prefixes and
// comments, and now and then damage. Same seed, same archive.

import { deflateRawSync } from "node:zlib";
import { Dice } from "./pickle-grammar.js";
import { type Archive, type Entry, endRecord, extraField, type Fields, unicodePath, zip } from "./zip.js";

const NAMES = [
  "archive/data.pkl",
  "archive/data/0",
  "archive/version",
  "archive/DATA.PKL",
  "data.pkl",
  "archive/d/",
  "é.bin",
];
/** Of different lengths, so that a wrong one shows. */
const CONTENTS = ["3\n", "first content", "0123456789abcdef", "", "second ".repeat(60), "x".repeat(3000)];

export function randomZip(seed: number): Uint8Array {
  const dice = new Dice(seed * 2654435761);
  for (let warm = 0; warm < 4; warm++) dice.next();
  const entries = [honest(dice, "archive/data.pkl"), honest(dice, "archive/version")];
  for (let left = dice.below(3); left > 0; left--) entries.push(honest(dice, dice.pick(NAMES)));
  const lies = dice.pick([0, 1, 1, 1, 2, 3]);
  for (let left = lies; left > 0; left--) {
    const at = dice.below(entries.length);
    const entry = entries[at];
    if (entry !== undefined) entries[at] = lie(entry, dice);
  }
  if (dice.below(4) === 0) entries.reverse();
  const archive = zip({ entries, ...surroundings(dice) });
  return dice.below(5) === 0 ? damaged(archive, dice) : archive;
}

function honest(dice: Dice, name: string): Entry {
  return {
    name,
    data: name === "archive/version" ? "3\n" : dice.pick(CONTENTS),
    method: dice.pick([0, 0, 8]),
    ...(dice.below(5) === 0 ? { descriptor: true } : {}),
    ...(dice.below(6) === 0 ? { extra: extra(dice) } : {}),
  };
}

function lie(entry: Entry, dice: Dice): Entry {
  const choices: (() => Partial<Entry>)[] = [
    () => fieldLie(dice),
    () => fieldLie(dice),
    () => ({ local: { ...entry.local, ...fieldLie(dice) } }),
    () => ({ local: { ...entry.local, ...fieldLie(dice) } }),
    () => ({ hidden: true }),
    () => ({ listedOnly: true }),
    () => ({ gap: Buffer.alloc(1 + dice.below(64), "g") }),
    () => ({ headerOffset: dice.pick([0, 1, 46, 0xffffffff]) }),
    () => ({ packed: deflateRawSync("packed otherwise"), method: dice.pick([0, 8]) }),
    () => ({ diskStart: 1 }),
    () => ({ local: { ...entry.local, extra: extra(dice) } }),
    () => ({ extra: extra(dice) }),
    () => ({ extra: zip64Extra(dice), size: 0xffffffff, compressedSize: 0xffffffff }),
    () => ({ local: { ...entry.local, extra: zip64Extra(dice), size: 0xffffffff, compressedSize: 0xffffffff } }),
  ];
  return { ...entry, ...dice.pick(choices)() };
}

function fieldLie(dice: Dice): Partial<Fields> {
  const choices: (() => Partial<Fields>)[] = [
    () => ({ name: dice.pick(NAMES) }),
    () => ({ name: `archive/data.pkl\0${dice.pick(["x", ""])}` }),
    () => ({ flags: 1 << dice.below(16) }),
    () => ({ method: dice.pick([0, 1, 8, 9, 12, 14, 99]) }),
    () => ({ crc: dice.pick([0, 1]) }),
    () => ({ size: dice.pick([0, 1, 5, 13, 5000, 0xffffffff]) }),
    () => ({ compressedSize: dice.pick([0, 1, 5, 13, 5000, 0xffffffff]) }),
    () => ({ versionNeeded: dice.pick([10, 45, 63, 99]) }),
  ];
  return dice.pick(choices)();
}

function extra(dice: Dice): Uint8Array {
  return dice.pick([
    extraField(0x4246, Buffer.alloc(dice.below(60), "F")),
    extraField(0x5455, Buffer.from([1, 0, 0, 0, 0])),
    unicodePath("archive/other.pkl", "archive/data.pkl"),
    extraField(0x7875, Buffer.alloc(11)),
    Buffer.from([1, 0]),
    Buffer.from([1, 0, 200, 0, 1, 2]),
  ]);
}

function zip64Extra(dice: Dice): Uint8Array {
  const body = Buffer.alloc(8 * dice.pick([1, 2, 3]));
  for (let at = 0; at < body.length; at += 8) body.writeBigUInt64LE(BigInt(dice.pick([0, 2, 13, 16, 3000])), at);
  return extraField(1, body);
}

function surroundings(dice: Dice): Omit<Archive, "entries"> {
  const choices: (() => Omit<Archive, "entries">)[] = [
    () => ({ prefix: Buffer.alloc(dice.below(40), "p"), adjusted: dice.below(2) === 0 }),
    () => ({ comment: Buffer.from(dice.pick(["note", "PK\x05\x06", "x".repeat(300)])) }),
    () => ({ comment: endRecord({ entries: 0, directorySize: 0, directoryOffset: 0 }) }),
    () => ({ trailing: Buffer.alloc(dice.pick([1, 22, 1000]), "t") }),
    () => ({ beforeEnd: Buffer.alloc(dice.below(30), "b") }),
    () => ({ end: { entries: dice.below(4) } }),
    () => ({ end: { directorySize: dice.pick([0, 46, 100, 500]) } }),
    () => ({ end: { directoryOffset: dice.pick([0, 1, 40, 5000]) } }),
    () => ({ end: false }),
    () => ({ zip64: {} }),
    () => ({ zip64: { entries: dice.below(4) }, end: { entries: 0xffff } }),
    () => ({ zip64: { directoryOffset: dice.pick([0, 40]) }, end: { directoryOffset: 0xffffffff } }),
  ];
  return dice.below(3) === 0 ? dice.pick(choices)() : {};
}

/** Bytes of a header or of the end. */
function damaged(archive: Buffer, dice: Dice): Buffer {
  if (dice.below(6) === 0) return archive.subarray(0, dice.below(archive.length + 1));
  const copy = Buffer.from(archive);
  const marks = ["PK\x03\x04", "PK\x01\x02", "PK\x05\x06"].map((mark) => Buffer.from(mark, "latin1"));
  for (let left = 1 + dice.below(2); left > 0; left--) {
    const from = copy.indexOf(dice.pick(marks), dice.below(copy.length + 1));
    const at = Math.max(0, from) + dice.below(46);
    if (at < copy.length) copy[at] = dice.pick([0, 1, 8, 0xff, dice.below(256)]);
  }
  return copy;
}
