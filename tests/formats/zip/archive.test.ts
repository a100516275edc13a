import { describe, expect, it } from "vitest";
import { readArchive, type ZipArchive } from "../../../src/formats/zip/archive.js";
import { Budget } from "../../../src/io/budget.js";
import { BufferSource } from "../../../src/io/byte-source.js";
import { LIMITS } from "../../builders/limits.js";
import { type Archive, type Entry, endRecord, extraField, zip } from "../../builders/zip.js";

function read(bytes: Uint8Array, limits = {}): Promise<ZipArchive> {
  return readArchive(new BufferSource(bytes), new Budget({ ...LIMITS, ...limits }));
}

const ENTRIES: readonly Entry[] = [
  { name: "a.txt", data: "first" },
  { name: "b.bin", data: "second", method: 8 },
];

async function names(archive: Partial<Archive>): Promise<string[]> {
  return (await read(zip({ entries: ENTRIES, ...archive }))).entries.map(({ name }) => name);
}

describe("the directory", () => {
  it("is walked by its size, not by the stated count", async () => {
    expect(await names({ end: { entries: 1 } })).toEqual(["a.txt", "b.bin"]);
    expect(await names({ end: { entries: 9 } })).toEqual(["a.txt", "b.bin"]);
  });

  it("is found behind a prefix, with offsets counted from either start", async () => {
    const prefix = Buffer.from("#!/bin/sh\n");
    expect(await names({ prefix })).toEqual(["a.txt", "b.bin"]);
    expect(await names({ prefix, adjusted: true })).toEqual(["a.txt", "b.bin"]);
    const { entries, leading } = await read(zip({ entries: ENTRIES, prefix }));
    expect(entries.map(({ local }) => local?.name)).toEqual(["a.txt", "b.bin"]);
    expect(leading).toEqual({ start: 0, end: prefix.length });
  });

  it("is found at its recorded offset when bytes follow it", async () => {
    expect(await names({ beforeEnd: Buffer.from("x") })).toEqual(["a.txt", "b.bin"]);
  });

  it("goes on beyond its stated size for as long as there are rows", async () => {
    const { directories } = await read(zip({ entries: ENTRIES, end: { directorySize: 51 } }));
    // Python begins 51 bytes before the end record, miniz at the recorded offset: both are followed.
    expect(directories.map(({ entries, beyond }) => [entries.length, beyond])).toEqual([
      [1, 0],
      [2, 1],
    ]);
  });

  it("is taken from the zip64 record where there is one", async () => {
    const { directories } = await read(
      zip({
        entries: ENTRIES,
        zip64: {},
        end: { entries: 0xffff, directorySize: 0xffffffff, directoryOffset: 0xffffffff },
      }),
    );
    expect(directories[0]?.entries).toHaveLength(2);
    expect(directories[0]?.endRecord.problems).toEqual([]);
  });

  it("may be absent from an empty archive", async () => {
    const archive = await read(endRecord({ entries: 0, directorySize: 0, directoryOffset: 0 }));
    expect(archive).toMatchObject({ entries: [], directories: [] });
    expect(archive.endRecords).toHaveLength(1);
  });

  it("stops at the limit of members and keeps what it has", async () => {
    const { directories } = await read(zip({ entries: ENTRIES }), { max_members: 1 });
    expect(directories[0]?.entries).toHaveLength(1);
    expect(directories[0]?.limit?.limit).toBe("max_members");
    expect(directories[0]?.broken).toBeUndefined();
  });

  it("may be the first thing in the file, and of any length", async () => {
    const rows = (count: number) =>
      Array.from({ length: count }, (_, index) => ({ name: `${index}`.padStart(50, "n"), listedOnly: true }));
    for (const count of [1, 100]) {
      const { directories } = await read(zip({ entries: rows(count) }));
      expect(directories.map(({ start, entries }) => [start, entries.length])).toEqual([[0, count]]);
    }
  });

  it("has rows of the length that they state, comments included", async () => {
    const honest = zip({ entries: ENTRIES });
    const row = honest.subarray(-22 - 51, -22);
    row.writeUInt16LE(3, 32);
    const comment = Buffer.from("PK\x01");
    const end = endRecord({ entries: 3, directorySize: 156, directoryOffset: honest.length - 22 - 102 });
    const { directories } = await read(Buffer.concat([honest.subarray(0, -22), comment, row, comment, end]));
    expect(directories.map(({ entries, broken }) => [entries.length, broken])).toEqual([[3, undefined]]);
  });

  it("ends before a row that its end record cuts off", async () => {
    const start = Buffer.from("PK\x01\x02");
    const cut = await read(zip({ entries: ENTRIES, beforeEnd: start, end: { directorySize: 106 } }));
    expect(cut.directories.map(({ entries, broken }) => [entries.length, broken])).toEqual([
      [2, expect.stringContaining("4 bytes before its end")],
    ]);
    const long = zip({ entries: ENTRIES });
    long.writeUInt16LE(6, long.length - 22 - 51 + 28);
    const { directories } = await read(long);
    expect(directories.map(({ entries, broken }) => [entries.length, broken])).toEqual([
      [1, expect.stringContaining("51 bytes before its end")],
    ]);
  });

  it("is paid for by the row and by the header", async () => {
    await expect(read(zip({ entries: ENTRIES }), { max_steps: 1 })).rejects.toThrow("steps of work");
    await expect(read(zip({ entries: ENTRIES }), { max_steps: 3 })).rejects.toThrow("steps of work");
    expect((await read(zip({ entries: ENTRIES }), { max_steps: 4 })).entries).toHaveLength(2);
  });

  it("that is listed once more adds nothing but what the first one has not", async () => {
    for (const entries of [ENTRIES, ENTRIES.slice(0, 1)]) {
      const first = zip({ entries });
      const size = first.readUInt32LE(first.length - 10);
      const rows = first.subarray(-22 - size, -22);
      const again = endRecord({ entries: entries.length, directorySize: size, directoryOffset: first.length });
      const archive = await read(Buffer.concat([first, rows, again]));
      expect(archive.directories).toHaveLength(2);
      expect(archive.entries).toHaveLength(entries.length);
    }
  });

  it("is found right behind another end record, and nothing of either counts as unexplained", async () => {
    const one = zip({ entries: ENTRIES });
    const row = await read(Buffer.concat([one, one]));
    expect(row).toMatchObject({ isRow: true, strays: [], unlisted: [], leading: undefined, trailing: undefined });
    expect(row.endRecords.map(({ at }) => at)).toEqual([2 * one.length - 22, one.length - 22]);
    expect(row.entries).toHaveLength(4);
    const empty = endRecord({ entries: 0, directorySize: 0, directoryOffset: 0 });
    const inside = await read(zip({ entries: [{ name: "a", data: "first", gap: empty }] }));
    expect(inside.endRecords.map(({ at }) => at)).toEqual([36 + 22 + 47, 36]);
  });

  it("never leads in front of the file", async () => {
    const source = (bytes: Uint8Array) => ({
      size: bytes.length,
      read: async (at: number, length: number) => {
        if (at < 0) throw new Error(`read at ${at}`);
        return bytes.subarray(at, at + length);
      },
    });
    const locator = Buffer.from(`PK\x06\x07${"\0".repeat(16)}`);
    const nothing = { entries: 1, directorySize: 0, directoryOffset: 0 };
    for (const bytes of [
      endRecord(nothing),
      endRecord({ ...nothing, directorySize: 1000 }),
      zip({ entries: ENTRIES, end: { directorySize: 1000 } }),
      Buffer.concat([locator, endRecord(nothing)]),
      Buffer.concat([zip({ entries: [] }), zip({ entries: ENTRIES })]),
      Buffer.concat([Buffer.from("PK\x03\x04"), zip({ entries: ENTRIES })]),
    ])
      await readArchive(source(bytes), new Budget(LIMITS));
  });
});

describe("an archive inside an archive", () => {
  it("is not taken for the outer one, although its end record comes within the tail", async () => {
    const inner = zip({ entries: ENTRIES });
    const archive = await read(zip({ entries: [{ name: "inner.zip", data: inner }] }));
    expect(archive.entries.map(({ name }) => name)).toEqual(["inner.zip"]);
    expect(archive).toMatchObject({ strays: [], unlisted: [], endRecords: [{}] });
  });
});

describe("what no directory explains", () => {
  it("is searched for entries", async () => {
    const { entries, strays } = await read(
      zip({
        entries: [
          { name: "seen", data: "1" },
          { name: "unseen", data: "22", hidden: true },
        ],
      }),
    );
    expect(entries.map(({ name }) => name)).toEqual(["seen"]);
    expect(strays.map(({ name, end, local }) => [name, end - (local?.dataOffset ?? 0)])).toEqual([["unseen", 2]]);
  });

  it("is told when it is not an entry", async () => {
    const gap = Buffer.from("hidden between");
    const { unlisted } = await read(
      zip({
        entries: [
          { name: "a", data: "1", gap },
          { name: "b", data: "2" },
        ],
      }),
    );
    expect(unlisted).toEqual([{ start: 32, end: 32 + gap.length }]);
  });

  it("is not told when it is alignment or a data descriptor", async () => {
    const entries = [
      { name: "a", data: "1", gap: Buffer.alloc(64) },
      { name: "b", data: "2", descriptor: true },
    ];
    expect(await read(zip({ entries }))).toMatchObject({ unlisted: [], strays: [], trailing: undefined });
  });

  it("is not hidden by an entry that claims to reach behind the end of the file", async () => {
    const entries = [
      { name: "greedy", data: "1", compressedSize: 1 << 30, local: { compressedSize: 1 << 30 } },
      { name: "unseen", data: "22", hidden: true },
    ];
    expect((await read(zip({ entries }))).strays.map(({ name }) => name)).toContain("unseen");
  });

  it("is not hidden by a row that leads behind the end of the file", async () => {
    const entries = [
      { name: "nowhere", listedOnly: true, headerOffset: 1 << 30 },
      { name: "unseen", data: "22", hidden: true },
    ];
    expect((await read(zip({ entries }))).strays.map(({ name }) => name)).toEqual(["unseen"]);
  });

  it("does not include an entry that ends with the file", async () => {
    const last = zip({ entries: [{ name: "a", data: "first", hidden: true }], end: false });
    const listed = { name: "a", data: "first", listedOnly: true, headerOffset: 47 + 22 };
    const archive = await read(zip({ entries: [listed], trailing: last }));
    expect(archive.entries.map(({ local }) => local?.name)).toEqual(["a"]);
    expect(archive).toMatchObject({ strays: [], trailing: undefined });
  });

  it("leads the file where nothing stands in front of it, not even a hidden entry", async () => {
    const hidden = zip({ entries: [{ name: "a", data: "first", hidden: true }], end: false });
    const prefix = Buffer.concat([hidden, Buffer.from("between")]);
    const archive = await read(zip({ entries: ENTRIES, prefix }));
    expect(archive.strays.map(({ name }) => name)).toEqual(["a"]);
    expect(archive).toMatchObject({ leading: undefined, unlisted: [{ start: 36, end: 43 }] });
  });

  it("is everything when the end record is missing", async () => {
    const { entries, strays } = await read(
      zip({
        entries: [
          { name: "a", data: "1", descriptor: true },
          { name: "b", data: "2" },
        ],
        end: false,
      }),
    );
    expect(entries).toEqual([]);
    expect(strays.map(({ name, end, start }) => [name, end - start])).toEqual([
      ["a", 32],
      ["b", 32],
    ]);
  });
});

describe("headers", () => {
  it("have their 64-bit values from the zip64 field, in order and only where the 32-bit one is full", async () => {
    const values = Buffer.alloc(16);
    values.writeBigUInt64LE(5n, 0);
    values.writeBigUInt64LE(7n, 8);
    const extra = extraField(1, values);
    const { entries } = await read(
      zip({ entries: [{ name: "a", data: "first", size: 0xffffffff, compressedSize: 0xffffffff, extra }] }),
    );
    expect(entries[0]?.central).toMatchObject({ size: 5, compressedSize: 7, headerAt: 0 });
  });

  it("survive a zip64 field with an absurd value", async () => {
    const extra = extraField(1, Buffer.alloc(8, 0xff));
    const { entries } = await read(zip({ entries: [{ name: "a", data: "first", size: 0xffffffff, extra }] }));
    expect(entries[0]?.central?.size).toBe(Number.MAX_SAFE_INTEGER);
  });

  it("are undefined where none lies", async () => {
    const { entries } = await read(zip({ entries: [{ name: "a", data: "1", headerOffset: 5 }] }));
    expect(entries[0]?.local).toBeUndefined();
  });

  it.each([
    ["UTF-8", Buffer.from("modèle"), "modèle"],
    ["code page 437", Buffer.from([0x6d, 0x82]), "mé"],
    ["ASCII", Buffer.from("m"), "m"],
  ])("have names in %s", async (_, name, text) => {
    const { entries } = await read(zip({ entries: [{ name, data: "1" }] }));
    expect(entries[0]?.name).toBe(text);
  });
});

it("reads every prefix of an archive without throwing anything but a limit or a parse error", async () => {
  const whole = zip({
    entries: [...ENTRIES, { name: "c", data: "3", descriptor: true }],
    zip64: {},
    comment: Buffer.from("comment"),
  });
  for (let length = 0; length < whole.length; length++) await read(whole.subarray(0, length));
});

it("passes on the failure of any read", async () => {
  const bytes = zip({ entries: ENTRIES, zip64: {}, trailing: Buffer.from("trailing") });
  let reads = 0;
  const counting = {
    size: bytes.length,
    read: async (at: number, length: number) => {
      reads++;
      return bytes.subarray(at, at + length);
    },
  };
  await readArchive(counting, new Budget(LIMITS));
  for (let failing = 0; failing < reads; failing++) {
    let count = 0;
    const source = {
      size: bytes.length,
      read: async (at: number, length: number) => {
        if (count++ === failing) throw new Error("read failed");
        return bytes.subarray(at, at + length);
      },
    };
    await expect(readArchive(source, new Budget(LIMITS))).rejects.toThrow("read failed");
  }
});
