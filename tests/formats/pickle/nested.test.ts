import { describe, expect, it } from "vitest";
import { looksNested, looksTelling } from "../../../src/formats/pickle/nested.js";

const ENOUGH = 300;

function padded(head: readonly number[] | string, length = ENOUGH): Uint8Array {
  const bytes = new Uint8Array(Math.max(length, head.length));
  bytes.set(typeof head === "string" ? Buffer.from(head, "latin1") : head);
  return bytes;
}

/** How a file begins, how many bytes tell it, the least length, and whether a text may hold it. */
const FILES: readonly (readonly [kind: string, head: readonly number[] | string, least: number, inText: boolean])[] = [
  ["a pickle of protocol 2", [0x80, 2], 5, true],
  ["a pickle of protocol 5", [0x80, 5], 5, true],
  ["a pickle as the text that latin-1 makes of it", [0xc2, 0x80, 4], 4, true],
  ["the same of protocol 5", [0xc2, 0x80, 5], 4, true],
  ["zlib", [0x78, 0x9c], 9, true],
  ["zlib at its fastest", [0x78, 0x01], 9, true],
  ["gzip", [0x1f, 0x8b], 4, true],
  ["bzip2", "BZh9", 4, true],
  ["bzip2 in its smallest blocks", "BZh0", 4, true],
  ["xz", [0xfd, 0x37, 0x7a], 4, true],
  ["a zip", "PK\x03", 4, true],
  ["an empty zip", "PK\x05", 4, true],
  ["a zip's data descriptor", "PK\x08", 4, true],
  ["a spanned zip", "PK\x07", 4, true],
  ["base64 of a pickle of protocol 2", "gAI", 17, true],
  ["the same with another opcode", "gAJ", 17, true],
  ["base64 of a pickle of protocol 4", "gAS", 17, true],
  ["base64 of a pickle of protocol 5", "gAW", 17, true],
  ["base64 of a pickle of protocol 5 without a frame", "gAX", 17, true],
  ["hex of a pickle of protocol 2", "8002", 17, true],
  ["hex of a pickle of protocol 5", "8005", 17, true],
  ["an ELF program", "\x7fELF", 4, false],
  ["a program of Windows", "MZ", 257, false],
  ["HDF5", [0x89, 0x48, 0x44, 0x46], 4, true],
  [".npy", [0x93, 0x4e, 0x55], 4, true],
  ["a pickle of protocol 0", "cos\ns", 9, false],
  ["a pickle of protocol 0 with a dotted module", "cos.path2_Z\nX", 12, false],
];

describe("a constant could be", () => {
  it.each(FILES)("%s", (_, head, least, inText) => {
    expect(looksNested(padded(head), 0, ENOUGH)).toBe(true);
    expect(looksNested(padded(head), 0, ENOUGH, true)).toBe(inText);
    expect(looksNested(padded(head, least), 0, least)).toBe(true);
    expect(looksNested(padded(head, least), 0, least - 1)).toBe(false);
    const behind = Uint8Array.from([...Buffer.from("xyz"), ...padded(head)]);
    expect(looksNested(behind, 3, ENOUGH)).toBe(true);
  });

  it.each(FILES)("%s by each of the bytes that it begins with", (_, head) => {
    const bytes = padded(head);
    for (let i = 0; i < head.length; i++) {
      const changed = Uint8Array.from(bytes);
      changed[i] = (bytes[i] ?? 0) ^ 0x80;
      expect(looksNested(changed, 0, ENOUGH)).toBe(false);
    }
  });
});

describe("a constant could be a pickle without a head", () => {
  const LIST = "]cos\nsystem\n";
  const MARK = "(S'x'\nios\nsystem\n";
  const TEXTS = "\x8c\x02os\x8c\x06system\x93";
  const MEMOIZED = "(\x8c\x02os\x94\x8c\x06system\x94\x93";
  const openers = "(FGIJKLMNSTUVX]i})BC\x82\x83\x84\x88\x89\x8a\x8b\x8c\x8d\x8e\x8f\x95\x96\x97";

  it.each([LIST, MARK, TEXTS, MEMOIZED, ...[...openers].map((opener) => `${opener}\nca9._Z\nA`)])("%j", (head) => {
    const bytes = padded(head);
    expect(looksNested(bytes, 0, ENOUGH)).toBe(true);
    expect(looksNested(bytes, 0, ENOUGH, true)).toBe(false);
    for (const at of [1, 700, 5000]) {
      const behind = Uint8Array.from([...new Uint8Array(at), ...bytes]);
      expect(looksNested(behind, at, ENOUGH)).toBe(true);
    }
  });

  it.each([
    ["begins with another byte", "acos\nsystem\n"],
    ["is a text", "In statistics\nit is\nnot clear"],
    ["is a list of words", "Items: car\nfor"],
    ["names no module", "]c\nsystem\n"],
    ["names nothing in the module", "]cos\n\n "],
    ["has a space in the module", "]co s\nsystem"],
    ["has another character behind the line", "]cos\n(system"],
    ["has a module of more than a line", `]c${"x".repeat(60)}\nsystem`],
    ["has no text before its name", "](\x85\x93........"],
    ["has no text before what is memoized", "](\x85\x94\x93......"],
    ["has no name at all", "](K\x01K\x02........"],
  ])("but not one that %s", (_, head) => {
    expect(looksNested(padded(head), 0, ENOUGH)).toBe(false);
  });

  it("of more than eight bytes, by its first 512 alone", () => {
    expect(looksNested(padded("]ca\nb"), 0, 9)).toBe(true);
    expect(looksNested(padded("]ca\nb"), 0, 8)).toBe(false);
    const late = (at: number) => padded(`]${"0".repeat(at - 1)}ca\nb`, 600);
    expect(looksNested(late(508), 0, 600)).toBe(true);
    expect(looksNested(late(510), 0, 600)).toBe(false);
    expect(looksNested(late(508), 0, 509)).toBe(false);
    expect(looksNested(padded(`]c${"x".repeat(58)}\nb`), 0, ENOUGH)).toBe(true);
  });
});

describe("a constant is taken for data", () => {
  it.each([
    ["PROTO of a protocol that there is not", [0x80, 6]],
    ["the same as text", [0xc2, 0x80, 6]],
    ["a zlib header whose checksum is wrong", [0x78, 0x9d]],
    ["a zlib header that asks for a dictionary", [0x78, 0x20]],
    ["bzip2 without a block size", "BZh:"],
    ["bzip2 with a letter", "BZh/"],
    ["PK and a letter", "PK\x09"],
    ["base64 of other bytes", "gAY"],
    ["base64 of PROTO 1", "gAH"],
    ["hex of other bytes", "800:"],
    ["a line that is no module's name", "c o\ns"],
    ["a line that is empty", "c\nsystem"],
    ["a line with no name behind it", "cos\n("],
    ["a line that is longer than a module's name", `c${"x".repeat(70)}\ns`],
  ])("although it has %s", (_, head) => {
    expect(looksNested(padded(head), 0, ENOUGH)).toBe(false);
  });

  it("when its line ends behind it", () => {
    expect(looksNested(padded("cabcdefghij\ns"), 0, 10)).toBe(false);
  });
});

describe("a text could be an address or a credential", () => {
  const texts = [
    "http:",
    "hf_",
    "ftp",
    "sk-",
    "sk_",
    "s3:",
    "AKI",
    "ASI",
    "AIz",
    "gh",
    "git",
    "glp",
    "xox",
    "eyJ",
    "---",
  ];

  it.each([...texts, "ws:", "wss"])("that begins with %s", (head) => {
    const bytes = padded(head);
    expect(looksTelling(bytes, 0, 12)).toBe(true);
    expect(looksTelling(bytes, 0, 11)).toBe(false);
    const others = head === "http:" ? 4 : head.length;
    for (let i = 0; i < others; i++) {
      const changed = Uint8Array.from(bytes);
      changed[i] = (bytes[i] ?? 0) ^ 0x80;
      expect(looksTelling(changed, 0, 12)).toBe(false);
    }
    expect(looksTelling(Uint8Array.from([1, 2, ...bytes]), 2, 12)).toBe(true);
  });

  it.each(["hello world", "sqlite", "gravity", "ABCDEF", "s4:", "wsx"])("unlike %s", (head) => {
    expect(looksTelling(padded(head), 0, 12)).toBe(false);
  });
});
