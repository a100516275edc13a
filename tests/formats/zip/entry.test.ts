import { describe, expect, it } from "vitest";
import {
  isDoubtful,
  isReadable,
  makeEntry,
  readingsOf,
  saysEncrypted,
  type ZipEntry,
} from "../../../src/formats/zip/entry.js";
import { unexplained } from "../../../src/formats/zip/gaps.js";
import {
  type CentralHeader,
  type LocalHeader,
  methodName,
  parseCentralHeader,
  parseLocalHeader,
} from "../../../src/formats/zip/records.js";
import { gapsBetween, overlapsAmong } from "../../../src/formats/zip/spans.js";
import { Window } from "../../../src/formats/zip/window.js";
import { BufferSource } from "../../../src/io/byte-source.js";
import {
  type CentralFields,
  centralHeader,
  extraField,
  type Fields,
  localHeader,
  unicodePath,
} from "../../builders/zip.js";

const FIELDS: Fields = {
  name: "name",
  versionNeeded: 0x0102,
  flags: 0x0304,
  method: 0x0506,
  crc: 0x0708090a,
  compressedSize: 0x0b0c0d0e,
  size: 0x0f101112,
  extra: new Uint8Array(),
};
const CENTRAL: CentralFields = {
  ...FIELDS,
  madeBy: 0x1314,
  diskStart: 0x1516,
  externalAttributes: 0x1718191a,
  headerOffset: 0x1b1c1d1e,
};
const PLACE = { index: 0, at: 1000 };

function central(change: Partial<CentralFields> = {}): CentralHeader {
  return parseCentralHeader(centralHeader({ ...CENTRAL, method: 0, flags: 0, ...change }), PLACE, 0);
}

function local(change: Partial<Fields> = {}): LocalHeader {
  return parseLocalHeader(localHeader({ ...FIELDS, method: 0, flags: 0, ...change }), PLACE);
}

function entry(row: Partial<CentralFields> | undefined, own: Partial<Fields> | undefined): ZipEntry {
  const made = makeEntry(row && central(row), own && local(own));
  if (made === undefined) throw new Error("no header at all");
  return made;
}

describe("a header", () => {
  it("of the directory is read field by field, its offset counted from the archive's start", () => {
    const { name, extra, headerOffset, ...numbers } = CENTRAL;
    const header = parseCentralHeader(centralHeader(CENTRAL), PLACE, 7);
    expect(header).toMatchObject({ ...numbers, at: 1000, headerAt: headerOffset + 7, name, rawName: name });
    expect(extra).toHaveLength(0);
  });

  it("before the data is read field by field, and the data begins behind name and extra fields", () => {
    const { name, extra, ...numbers } = FIELDS;
    const header = parseLocalHeader(localHeader({ ...FIELDS, extra: extraField(0x9999, extra) }), PLACE);
    expect(header).toMatchObject({ ...numbers, at: 1000, name, dataOffset: 1000 + 30 + 4 + 4 });
  });

  it("has what its extra fields say, whatever their order, up to a broken length", () => {
    const aes = extraField(0x9901, Buffer.from([2, 0, 0x41, 0x45, 3, 8, 0]));
    const other = extraField(0x5455, Buffer.from([1, 2, 3]));
    const named = unicodePath("other", "name");
    for (const extra of [Buffer.concat([other, aes, named]), Buffer.concat([named, other, aes])]) {
      expect(central({ extra })).toMatchObject({ aesMethod: 8, unicodeName: "other" });
      expect(local({ extra })).toMatchObject({ aesMethod: 8, unicodeName: "other" });
    }
    const broken = Buffer.from([1, 0, 200, 0]);
    expect(central({ extra: Buffer.concat([broken, aes]) }).aesMethod).toBeUndefined();
    expect(central({ extra: Buffer.concat([aes, broken]) }).aesMethod).toBe(8);
    expect(central({ extra: aes.subarray(0, 10) }).aesMethod).toBeUndefined();
    const longer = Buffer.concat([Buffer.from([1, 0, 16, 0]), Buffer.alloc(8, 7)]);
    expect(central({ extra: longer, size: 0xffffffff }).size).toBe(0xffffffff);
    expect(central({ extra: extraField(0x9901, Buffer.alloc(6)) }).aesMethod).toBeUndefined();
    expect(central({ extra: extraField(0x7075, Buffer.alloc(5)) }).unicodeName).toBeUndefined();
    expect(central({ extra: extraField(0x7075, Buffer.from("\0\0\0\0\0x")) }).unicodeName).toBe("x");
  });

  it("takes from the zip64 field only what its own fields leave out", () => {
    const values = Buffer.alloc(24);
    [1n, 2n, 3n].forEach((value, index) => void values.writeBigUInt64LE(value, index * 8));
    const extra = extraField(1, values);
    const full = 0xffffffff;
    expect(central({ extra, size: full, compressedSize: full, headerOffset: full })).toMatchObject({
      size: 1,
      compressedSize: 2,
      headerAt: 3,
    });
    expect(central({ extra, size: 9, headerOffset: full })).toMatchObject({ size: 9, headerAt: 1 });
    expect(central({ extra: extraField(1, values.subarray(0, 15)), size: full, compressedSize: full })).toMatchObject({
      size: 1,
      compressedSize: full,
    });
  });

  it("has a method that is told by name and number", () => {
    expect([methodName(8), methodName(7)]).toEqual(["deflate (8)", "method 7"]);
  });
});

describe("an entry", () => {
  it("owns its header and the shorter of two lengths that say anything", () => {
    const row = { headerOffset: 1000, compressedSize: 50 };
    const data = 1000 + 30 + 4;
    expect(entry(row, { compressedSize: 40 })).toMatchObject({ start: 1000, end: data + 40 });
    expect(entry(row, { compressedSize: 60 })).toMatchObject({ start: 1000, end: data + 50 });
    expect(entry(row, { compressedSize: 0 })).toMatchObject({ start: 1000, end: data + 50 });
    expect(entry({ ...row, compressedSize: 0 }, { compressedSize: 0 })).toMatchObject({ start: 1000, end: data });
    expect(entry(row, undefined)).toMatchObject({ start: 1000, end: 1000 });
    expect(entry(undefined, { compressedSize: 40 })).toMatchObject({ start: 1000, end: data + 40, headerAt: 1000 });
    expect(makeEntry(undefined, undefined)).toBeUndefined();
  });

  const ways = (row: Partial<CentralFields> | undefined, own: Partial<Fields> | undefined, limit = 1e6) =>
    readingsOf(entry(row, own), limit).map(({ method, compressedSize, size, by }) => [
      method,
      compressedSize,
      size,
      by,
    ]);

  it("is read in one way where both headers agree, in two where they differ", () => {
    const sizes = { compressedSize: 5, size: 5 };
    expect(ways(sizes, sizes)).toEqual([[0, 5, 5, "directory"]]);
    expect(ways(sizes, { ...sizes, method: 8 })).toEqual([
      [0, 5, 5, "directory"],
      [8, 5, 5, "local header"],
    ]);
    expect(ways(sizes, { ...sizes, compressedSize: 6 })).toEqual([
      [0, 5, 5, "directory"],
      [0, 6, 5, "local header"],
    ]);
    expect(ways(undefined, sizes)).toEqual([[0, 5, 5, "local header"]]);
    expect(ways(sizes, undefined)).toEqual([]);
  });

  it("has its lengths from the directory where they follow the data, and from its own header otherwise", () => {
    const row = { compressedSize: 5, size: 5, flags: 8 };
    expect(ways(row, { flags: 8, compressedSize: 0, size: 0, method: 8 })).toEqual([
      [0, 5, 5, "directory"],
      [8, 5, 5, "local header"],
    ]);
    expect(ways(row, { flags: 8, compressedSize: 7, size: 7 })).toHaveLength(2);
    expect(ways(row, { flags: 0, compressedSize: 0, size: 0 })).toEqual([[0, 5, 5, "directory"]]);
    // A streaming unpacker inflates what follows such a header, with or without the flag.
    expect(ways(row, { flags: 0, compressedSize: 0, size: 0, method: 8 })).toContainEqual([8, 5, 5, "local header"]);
    expect(ways({ ...row, compressedSize: 1 }, { compressedSize: 7, size: 7 })).toHaveLength(2);
    expect(ways(undefined, { flags: 8, compressedSize: 0, size: 0 })).toEqual([[0, 0, 0, "local header"]]);
  });

  it("is not read beyond the file while there is another way, and the directory's way where there is none", () => {
    const data = 1034;
    expect(ways({ compressedSize: 100, size: 5 }, { compressedSize: 5, size: 5 }, data + 5)).toEqual([
      [0, 5, 5, "local header"],
    ]);
    expect(ways({ compressedSize: 100, size: 5 }, { compressedSize: 90, size: 5 }, data + 5)).toEqual([
      [0, 100, 5, "directory"],
    ]);
  });

  it("under AES has the method of the AES field, and stays AES without one", () => {
    const extra = extraField(0x9901, Buffer.from([2, 0, 0x41, 0x45, 3, 8, 0]));
    const sizes = { compressedSize: 5, size: 5, method: 99 };
    expect(ways({ ...sizes, extra }, { ...sizes, extra })).toEqual([[8, 5, 5, "directory"]]);
    expect(ways(sizes, sizes)).toEqual([[99, 5, 5, "directory"]]);
  });

  it("is doubtful when it is said to be encrypted or its method is unknown", () => {
    const doubt = (change: Partial<CentralFields>) => {
      const made = entry(change, change);
      return readingsOf(made, 1e10).map((reading) => isDoubtful(made, reading));
    };
    expect(doubt({ method: 8 })).toEqual([false]);
    expect(doubt({ flags: 1 })).toEqual([true]);
    expect(doubt({ flags: 1 << 6 })).toEqual([true]);
    expect(doubt({ method: 99 })).toEqual([true]);
    expect(doubt({ method: 7 })).toEqual([true]);
    expect(saysEncrypted(central({ flags: 1 << 3 }))).toBe(false);
    expect([0, 8, 9, 12, 14, 20, 93, 95, 98].every(isReadable)).toBe(true);
    expect(isReadable(99)).toBe(false);
  });
});

describe("spans", () => {
  it("leave gaps before, between and behind them, inside the file alone", () => {
    const spans = [
      { start: 20, end: 30 },
      { start: 5, end: 10 },
      { start: 6, end: 8 },
    ];
    expect(gapsBetween(spans, 40)).toEqual([
      { start: 0, end: 5 },
      { start: 10, end: 20 },
      { start: 30, end: 40 },
    ]);
    expect(gapsBetween([{ start: 0, end: 10 }], 10)).toEqual([]);
    expect(
      gapsBetween(
        [
          { start: 0, end: 5 },
          { start: 50, end: 60 },
        ],
        20,
      ),
    ).toEqual([{ start: 5, end: 20 }]);
    expect(gapsBetween([], 3)).toEqual([{ start: 0, end: 3 }]);
  });

  it("overlap when one begins before the furthest of those in front of it ends", () => {
    const pairs = (...spans: [number, number][]) =>
      overlapsAmong(spans.map(([start, end]) => ({ start, end }))).map(([a, b]) => [a.start, b.start]);
    expect(pairs([0, 5], [5, 9])).toEqual([]);
    expect(pairs([0, 5], [4, 9])).toEqual([[0, 4]]);
    expect(pairs([4, 9], [0, 100], [20, 30], [100, 101])).toEqual([
      [0, 4],
      [0, 20],
    ]);
    expect(pairs([0, 9], [0, 5])).toEqual([[0, 0]]);
  });
});

describe("bytes behind an entry", () => {
  const described = entry({ flags: 8, crc: 0x11223344, compressedSize: 4, headerOffset: 0 }, undefined);
  const CRC = Buffer.from([0x44, 0x33, 0x22, 0x11]);
  const SIGNATURE = Buffer.from("PK\x07\x08", "latin1");
  const sizes = (width: 4 | 8, value = 4) => {
    const bytes = Buffer.alloc(2 * width);
    bytes.writeUInt32LE(value, 0);
    bytes.writeUInt32LE(9, width);
    return bytes;
  };
  const rest = async (...parts: readonly Uint8Array[]) => {
    const bytes = Buffer.concat(parts);
    const window = new Window(new BufferSource(bytes));
    return unexplained(window, [{ ...described, end: 0 }], [{ start: 0, end: bytes.length }]);
  };

  it.each([
    ["with its signature", [SIGNATURE, CRC, sizes(4)]],
    ["without it", [CRC, sizes(4)]],
    ["with 64-bit sizes", [SIGNATURE, CRC, sizes(8)]],
    ["with 64-bit sizes and without it", [CRC, sizes(8)]],
  ])("are explained by a descriptor %s, and by zeros behind it", async (_, parts) => {
    expect(await rest(...parts)).toEqual([]);
    expect(await rest(...parts, Buffer.alloc(100))).toEqual([]);
    const length = Buffer.concat(parts).length;
    expect(await rest(...parts, Buffer.from("x"))).toEqual([{ start: length, end: length + 1 }]);
    expect(await rest(...parts, Buffer.alloc(8, "x"))).toEqual([{ start: length, end: length + 8 }]);
    expect(await rest(Buffer.concat(parts).subarray(0, 10))).toEqual([]);
  });

  it("are not explained by a descriptor of other data, nor where no descriptor belongs", async () => {
    expect(await rest(Buffer.from([1, 2, 3, 4]), sizes(4))).toEqual([{ start: 0, end: 12 }]);
    const bytes = Buffer.concat([SIGNATURE, CRC, sizes(4)]);
    const plain = entry({ flags: 0, crc: 0x11223344, headerOffset: 0 }, undefined);
    const span = { start: 0, end: bytes.length };
    expect(await unexplained(new Window(new BufferSource(bytes)), [{ ...plain, end: 0 }], [span])).toEqual([span]);
  });

  it("are searched to their end for something that is not zero", async () => {
    const bytes = Buffer.alloc(3 << 20);
    const look = () => unexplained(new Window(new BufferSource(bytes)), [], [{ start: 0, end: bytes.length }]);
    expect(await look()).toEqual([]);
    bytes[bytes.length - 1] = 1;
    expect(await look()).toEqual([{ start: 0, end: bytes.length }]);
  });
});

describe("a window", () => {
  it("hands out the bytes that are asked for, in any order, and fewer at the end", async () => {
    const bytes = Buffer.from(Array.from({ length: 5000 }, (_, index) => index % 251));
    const window = new Window(new BufferSource(bytes));
    for (const [offset, length] of [
      [0, 10],
      [500, 20],
      [4000, 600],
      [100, 10],
      [99, 1],
      [512, 4],
      [4990, 50],
      [0, 5000],
    ] as const)
      expect(await window.read(offset, length)).toEqual(bytes.subarray(offset, offset + length));
    expect(await window.load(4990, 10)).toBe(0);
    expect(await window.load(4990, 11)).toBeUndefined();
    expect(window.indexOf(4990, 10)).toBe(0);
    expect(window.indexOf(4995, 5)).toBe(5);
    expect(window.indexOf(4995, 6)).toBeUndefined();
    expect(window.indexOf(4989, 1)).toBeUndefined();
  });

  it("grows while reads stay close together and shrinks when they jump", async () => {
    const reads: number[] = [];
    const window = new Window({
      size: 1 << 24,
      read: async (_, length) => {
        reads.push(length);
        return new Uint8Array(length);
      },
    });
    for (const offset of [0, 2000, 5000, 1 << 23, (1 << 23) + 600]) await window.load(offset, 30);
    expect(reads).toEqual([1024, 2048, 4096, 512, 1024]);
    expect(window.taken).toBe(1024 + 2048 + 4096 + 512 + 1024);
    await window.load(0, 5000);
    expect(reads.at(-1)).toBe(5000);
  });
});
