// Random tar archives: entries of all types and dialects with extended headers of every kind, and a share of fields that lie. Same seed, same archive.

import { Dice } from "./pickle-grammar.js";
import { END, entry, pax, type TarFields } from "./tar.js";

const BLOCK = 512;
const NAMES = ["a.txt", "dir/b.bin", "dir/", "../up.txt", "/root.txt", "deep/er/c", "é.txt", "x".repeat(100), "d//e"];
const TYPES = ["0", "0", "0", "0", "\0", "1", "2", "3", "5", "6", "7", "A", "D", "V", "S"];
const FLAVOURS = ["ustar", "ustar", "gnu", "v7"] as const;

export function randomTar(seed: number): Uint8Array {
  const dice = new Dice(seed * 2654435761);
  for (let warm = 0; warm < 4; warm++) dice.next();
  const parts: Uint8Array[] = [];
  for (let left = 1 + dice.below(6); left > 0; left--) {
    for (let more = dice.pick([0, 0, 0, 1, 1, 2]); more > 0; more--) parts.push(extension(dice));
    parts.push(member(dice));
    if (dice.below(12) === 0) parts.push(interruption(dice));
  }
  if (dice.below(8) > 0) parts.push(END);
  if (dice.below(10) === 0) parts.push(entry({ name: "behind.txt", data: "behind" }), END);
  const archive = Buffer.concat(parts);
  return dice.below(4) === 0 ? damaged(archive, dice) : archive;
}

/** A header that says something about the entry behind it. */
function extension(dice: Dice): Uint8Array {
  const data = `${dice.pick(NAMES)}\0`;
  const choices: (() => Uint8Array)[] = [
    () => entry({ name: "././@LongLink", type: "L", flavour: "gnu", data }),
    () => entry({ name: "././@LongLink", type: "K", flavour: "gnu", data }),
    () => pax(records(dice)),
    () => pax(records(dice)),
    () => pax(records(dice), "g"),
    () => entry({ name: "solaris", type: "X", data: "10 path=s\n" }),
    () =>
      entry({
        name: "pax",
        type: "x",
        data: dice.pick(["99 path=q\n", "path=q\n", "9 path=q\n\n", "10 path=q\n\0\0"]),
      }),
  ];
  return dice.pick(choices)();
}

function records(dice: Dice): Record<string, string> {
  const all: Record<string, string> = {
    path: dice.pick(NAMES),
    linkpath: dice.pick(NAMES),
    size: dice.pick(["0", "3", "512", "600", "-1", "1_0", " 3", "3.0", "x"]),
    mtime: "1.5",
    hdrcharset: dice.pick(["BINARY", "ISO-IR 10646 2000 UTF-8"]),
    "GNU.sparse.name": dice.pick(NAMES),
    "GNU.sparse.major": "1",
    "GNU.sparse.minor": "0",
    "GNU.sparse.realsize": "1024",
    "GNU.sparse.size": "700",
    "GNU.sparse.map": "0,3",
    "SCHILY.realsize": "5",
    comment: "nothing",
  };
  const chosen: Record<string, string> = {};
  for (let left = 1 + dice.below(3); left > 0; left--) {
    const key = dice.below(2) === 0 ? dice.pick(["path", "linkpath", "size"]) : dice.pick(Object.keys(all));
    chosen[key] = all[key] ?? "";
  }
  return chosen;
}

function member(dice: Dice): Uint8Array {
  const type = dice.pick(TYPES);
  const isFile = !"12356".includes(type) || dice.below(6) === 0;
  const data = isFile ? dice.pick(["", "abc", "abc", "x".repeat(511), "y".repeat(600), "1\n0\n3\nabc"]) : "";
  const fields: TarFields = {
    name: dice.pick(NAMES),
    type,
    data,
    link: "12".includes(type) || dice.below(10) === 0 ? dice.pick(NAMES) : "",
    flavour: dice.pick(FLAVOURS),
    ...(dice.below(12) === 0 ? { size: lyingSize(dice) } : {}),
    ...(dice.below(30) === 0 ? { checksumError: dice.pick([1, -1, 7]) } : {}),
    ...(dice.below(20) === 0 ? { signedChecksum: true } : {}),
  };
  const bytes = entry(fields);
  if (dice.below(6) === 0) patch(bytes, 345, dice.pick(["prefix", "..", "/abs", "a/b/"]));
  if (dice.below(16) === 0) patch(bytes, 148, dice.pick(["\0\0\0\0\0\0\0\0", "        ", "0000000\0"]), false);
  return bytes;
}

/** Octal in the ways that readers know, and do not know, and the binary form of GNU. */
function lyingSize(dice: Dice): Uint8Array | number {
  const text = dice.pick([
    "3 ",
    "  3\0",
    "0o3",
    "3x",
    "-3",
    "+3",
    "0_3",
    "9",
    "",
    "00000000003 ",
    "000000000003",
    "\t3",
  ]);
  const binary = (first: number, value: number) => [first, ...Array(10).fill(first === 0xff ? 0xff : 0), value];
  const choices: (() => Uint8Array | number)[] = [
    () => dice.pick([0, 1, 3, 512, 1024, 5000]),
    () => Uint8Array.from({ length: 12 }, (_, i) => text.charCodeAt(i) || 0),
    () => Uint8Array.from(binary(0x80, 3)),
    () => Uint8Array.from(binary(0xff, 3)),
    () => Uint8Array.from([0x81, ...Array(10).fill(0), 3]),
  ];
  return dice.pick(choices)();
}

/** Writes text into the header and makes its checksum right again. */
function patch(bytes: Buffer, at: number, text: string, mend = true): void {
  bytes.write(text, at, "latin1");
  if (!mend) return;
  bytes.fill(" ", 148, 156);
  const sum = bytes.subarray(0, BLOCK).reduce((total, byte) => total + byte, 0);
  bytes.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
}

function interruption(dice: Dice): Uint8Array {
  return dice.pick([
    Buffer.alloc(BLOCK),
    END,
    Buffer.alloc(BLOCK, "junk"),
    Buffer.alloc(100),
    Buffer.alloc(3 * BLOCK, 1),
  ]);
}

/** A byte or two in a header, with a right checksum or a wrong one, or the end cut off. */
function damaged(archive: Buffer, dice: Dice): Buffer {
  if (dice.below(4) === 0) return archive.subarray(0, dice.below(archive.length + 1));
  const copy = Buffer.from(archive);
  const header = copy.subarray(BLOCK * dice.below(Math.max(1, copy.length / BLOCK)));
  if (header.length < BLOCK) return copy;
  const at = dice.below(3) === 0 ? dice.pick([124, 135, 148, 155, 156, 157, 257, 262, 263, 345]) : dice.below(BLOCK);
  patch(header, at, String.fromCharCode(dice.below(256)), dice.below(3) > 0);
  return copy;
}
