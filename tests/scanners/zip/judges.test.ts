import { describe, expect, it } from "vitest";
import { readArchive } from "../../../src/formats/zip/archive.js";
import { decodeReading } from "../../../src/formats/zip/decode.js";
import { makeEntry, type Reading, type ZipEntry } from "../../../src/formats/zip/entry.js";
import { parseCentralHeader, parseLocalHeader } from "../../../src/formats/zip/records.js";
import { Budget } from "../../../src/io/budget.js";
import { BufferSource } from "../../../src/io/byte-source.js";
import type { Observation } from "../../../src/scanners/scanner.js";
import { judgeDirectory } from "../../../src/scanners/zip/judge-directory.js";
import { judgeHeaders } from "../../../src/scanners/zip/judge-headers.js";
import { visit } from "../../../src/scanners/zip/repeats.js";
import { isTorchArchive, Storages } from "../../../src/scanners/zip/storages.js";
import { kindOf, ZipTree } from "../../../src/scanners/zip/zip-tree.js";
import { LIMITS } from "../../builders/limits.js";
import { scanBytes, told } from "../../builders/scan.js";
import {
  type Archive,
  centralHeader,
  type Entry,
  endRecord,
  extraField,
  localHeader,
  unicodePath,
  unixMode,
  zip,
} from "../../builders/zip.js";

const A: Entry = { name: "a", data: "first" };
const B: Entry = { name: "b", data: "second" };

const read = (bytes: Buffer) => readArchive(new BufferSource(bytes), new Budget(LIMITS));
const lines = (found: readonly Observation[]) => found.map(({ rule, message }) => `${rule} ${message}`);

async function ofDirectory(bytes: Buffer): Promise<string[]> {
  return lines(judgeDirectory(await read(bytes)));
}

async function ofHeaders(...entries: readonly Entry[]): Promise<string[]> {
  const bytes = zip({ entries });
  return lines(judgeHeaders((await read(bytes)).entries, bytes.length));
}

const matching = (...parts: readonly string[]) => parts.map((part) => expect.stringContaining(part));

describe("a directory", () => {
  it("of an honest archive is silent", async () => {
    expect(await ofDirectory(zip({ entries: [A, B] }))).toEqual([]);
    expect(await ofDirectory(zip({ entries: [A, B], zip64: {} }))).toEqual([]);
    expect(await ofDirectory(endRecord({ entries: 0, directorySize: 0, directoryOffset: 0 }))).toEqual([]);
  });

  it.each<[string, Partial<Archive>, string]>([
    ["counts other entries", { end: { entries: 1 } }, "the end record counts 1 entries, the directory has 2"],
    [
      "is shorter than it says",
      { end: { directorySize: 95 } },
      "no directory entry at 167, 1 bytes before its end: zipfile refuses",
    ],
    [
      "lies away from its end record",
      { beforeEnd: Buffer.from("xyz") },
      "3 bytes lie between the directory and its end record",
    ],
    [
      "breaks off in front of its end record",
      { beforeEnd: Buffer.from("xyz"), end: { directorySize: 97 } },
      "no directory entry at 167, 3 bytes before its end: zipfile refuses",
    ],
    ["contradicts its zip64 record", { zip64: {}, end: { entries: 1 } }, "the end record contradicts the zip64 record"],
  ])("that %s is told", async (_, archive, message) => {
    expect(await ofDirectory(zip({ entries: [A, B], ...archive }))).toEqual(
      matching(`archive/ambiguous-directory ${message}`),
    );
  });

  it("that is longer than it says is told with the one that begins at each reader's place", async () => {
    expect(await ofDirectory(zip({ entries: [A, B], end: { directorySize: 47 } }))).toEqual(
      matching(
        "there are 2 directories: 1 entries at 120, 2 entries at 73",
        "the end record counts 2 entries, the directory has 1",
        "1 entries lie beyond the directory's stated size",
        "overlapping-entries the directory and the directory share bytes from 120 on",
      ),
    );
  });

  it("with entries beyond its stated size is told", async () => {
    const archive = await read(zip({ entries: [A, B] }));
    const [directory] = archive.directories;
    const directories = directory === undefined ? [] : [{ ...directory, beyond: 1 }];
    expect(lines(judgeDirectory({ ...archive, directories }))).toEqual(matching("1 entries lie beyond the directory"));
  });

  it("that is not there is told with what the end record says of it", async () => {
    const without = (end: Archive["end"]) =>
      ofDirectory(zip({ entries: [{ ...A, hidden: true }], ...(end !== undefined && { end }) }));
    expect(await without(false)).toEqual(matching("archive/missing-directory there is no end record"));
    const empty = { entries: 0, directorySize: 0, directoryOffset: 0 };
    expect(await without(empty)).toEqual(
      matching("archive/missing-directory the end record at 36 leads to no directory"),
    );
    expect(await ofDirectory(endRecord({ ...empty, entries: 1 }))).toEqual(matching("leads to no directory"));
    expect(await ofDirectory(endRecord({ ...empty, directorySize: 1 }))).toEqual(matching("leads to no directory"));
  });

  it("is silent where a count of 16 bits overflows, and where zip64 states the whole one", async () => {
    const archive = await read(zip({ entries: [A] }));
    const counted = (count: number) => {
      const directories = archive.directories.map(({ endRecord, entries: [row], ...rest }) => ({
        ...{ ...rest, entries: row ? new Array(0x10001).fill(row) : [] },
        endRecord: { ...endRecord, fields: { ...endRecord.fields, entries: count } },
      }));
      const [last] = directories;
      return lines(judgeDirectory({ ...archive, directories, endRecords: last ? [last.endRecord] : [] }));
    };
    expect([counted(1), counted(0x10001)]).toEqual([[], []]);
    for (const other of [0, 2, 0xffff, 0x10000]) expect(counted(other)).toEqual(matching("the end record counts"));
  });

  it("whose locator leads to the record of another archive is told, but for archives in a row", async () => {
    const one = zip({ entries: [A, B], zip64: {} });
    expect(await ofDirectory(Buffer.concat([one, one]))).toEqual(matching("2 archives stand one after the other"));
    const apart = await ofDirectory(Buffer.concat([one, Buffer.from("x"), one]));
    expect(apart).toContainEqual(expect.stringContaining("there are two zip64 records"));
  });

  it("that leaves out an entry is told with the entry's name and method", async () => {
    expect(await ofDirectory(zip({ entries: [{ ...A, hidden: true, method: 8 }, B] }))).toEqual(
      matching("archive/hidden-entry a (deflate (8)) is in the file but in no directory"),
    );
  });

  it("before the last end record is told with both counts", async () => {
    const second = endRecord({ entries: 0, directorySize: 0, directoryOffset: 0 });
    expect(await ofDirectory(zip({ entries: [A, B], trailing: second }))).toEqual(
      matching("the last end record, at 189, lists 0 entries, an earlier one 2"),
    );
  });

  it("with entries that share bytes is told once, with the number of pairs", async () => {
    const again = (name: string): Entry => ({ ...A, name, listedOnly: true, headerOffset: 0 });
    expect(await ofDirectory(zip({ entries: [A, again("x")] }))).toEqual([
      "archive/overlapping-entries a and x share bytes from 0 on",
    ]);
    expect((await ofDirectory(zip({ entries: [A, again("x"), again("y")] })))[0]).toMatch(/on, and 1 more pairs$/);
    const into = { ...A, compressedSize: 37, size: 37, local: { compressedSize: 37, size: 37 } };
    expect(await ofDirectory(zip({ entries: [into, B] }))).toEqual(matching("overlapping-entries"));
    expect(await ofDirectory(zip({ entries: [B, into, { ...B, name: "c" }] }))).toEqual(
      matching("overlapping-entries"),
    );
    const upTo = { ...into, compressedSize: 5, size: 5, local: { compressedSize: 5, size: 5 } };
    expect(await ofDirectory(zip({ entries: [upTo, B] }))).toEqual([]);
  });
});

describe("headers", () => {
  it("that agree are silent, also where sizes follow the data or the flags are a matter of taste", async () => {
    expect(await ofHeaders(A, { ...B, method: 8, descriptor: true })).toEqual([]);
    expect(await ofHeaders({ ...A, local: { flags: 0b1000_0000_1110 } })).toEqual([]);
  });

  it.each<[string, Partial<Entry>, string]>([
    ["name", { local: { name: "x" } }, "header-mismatch the directory names it a, its local header x"],
    ["method", { local: { method: 8 } }, "a is stored (0) in the directory, deflate (8) in its local header"],
    ["flags", { local: { flags: 0b10001 } }, "the flags of a differ in bit 0, 4: "],
    [
      "compressed size",
      { local: { compressedSize: 4 } },
      "the compressed size of a is 5 in the directory, 4 in its local",
    ],
    ["size", { local: { size: 4 } }, "the size of a is 5 in the directory, 4 in its local header"],
    ["checksum", { local: { crc: 1 } }, "the checksum of a is "],
    ["length that follows it", { descriptor: true, local: { compressedSize: 4 } }, "the compressed size of a is 5"],
    ["checksum of zero", { local: { crc: 0 } }, ", 0 in its local header"],
    ["place", { headerOffset: 3 }, "a has no local header at 3: no reader gets its content"],
    [
      "length",
      { compressedSize: 500, size: 500, local: { compressedSize: 500, size: 500 } },
      "truncated 426 of the 500 bytes of a",
    ],
    ["version", { versionNeeded: 64 }, "a asks for version 6.4 of the format"],
    ["patched data", { flags: 1 << 5, local: { flags: 1 << 5 } }, "flagged as patched data (bit 5)"],
    ["masked names", { flags: 1 << 13, local: { flags: 1 << 13 } }, "flagged as masked (bit 13)"],
    ["disk", { diskStart: 1 }, "a is said to begin on disk 1"],
    ["stored size", { size: 6, local: { size: 6 } }, "a is stored, yet 5 bytes before and 6 bytes after unpacking"],
    ["second name", { extra: unicodePath("x", "a") }, "a is called x by a Unicode path field"],
    ["second name before the data", { local: { extra: unicodePath("x", "a") } }, "a is called x by a Unicode path"],
  ])("that lie about the %s are told", async (_, change, message) => {
    expect(await ofHeaders({ ...A, ...change })).toEqual(matching(message));
  });

  it.each<[string, Partial<Entry>]>([
    ["version 6.3", { versionNeeded: 63 }],
    ["a version with a system in its upper byte", { versionNeeded: 0x0314 }],
    ["no disk at all", { diskStart: 0xffff }],
    ["the same name twice", { extra: unicodePath("a", "a") }],
    ["a second name that ASCII cannot write", { extra: unicodePath("ä", "a") }],
    ["another extra field", { extra: extraField(0x5455, Buffer.alloc(5)) }],
  ])("with %s are silent", async (_, change) => {
    expect(await ofHeaders({ ...A, ...change })).toEqual([]);
  });

  it("of an entry that ends with the file are silent", async () => {
    const { entries } = await read(zip({ entries: [A] }));
    expect(lines(judgeHeaders(entries, 36))).toEqual([]);
    expect(lines(judgeHeaders(entries, 35))).toEqual(matching("truncated 1 of the 5 bytes of a"));
  });

  it("that several rows share are not compared with each of them", async () => {
    const again: Entry = { ...A, name: "x", listedOnly: true, headerOffset: 0 };
    expect(await ofHeaders(A, again)).toEqual([]);
  });
});

describe("an entry", () => {
  const entry = (fields: Partial<Entry> & { name?: string }): ZipEntry | undefined => {
    const all = {
      ...{
        name: "x",
        versionNeeded: 20,
        flags: 0,
        method: 0,
        crc: 0,
        compressedSize: 0,
        size: 0,
        extra: new Uint8Array(),
      },
      ...{ madeBy: 0x031e, diskStart: 0, externalAttributes: 0, headerOffset: 0, ...fields },
    };
    const place = { index: 0, at: 0 };
    return makeEntry(parseCentralHeader(centralHeader(all), place, 0), parseLocalHeader(localHeader(all), place));
  };
  const kind = (fields: Partial<Entry> & { name?: string }) => {
    const made = entry(fields);
    return made && kindOf(made);
  };

  it.each([
    ["file", 0o100644],
    ["directory", 0o040755],
    ["symlink", 0o120777],
    ["device", 0o020666],
    ["device", 0o060666],
    ["other", 0o010644],
    ["other", 0o140644],
    ["file", 0o644],
    ["file", 0],
  ])("is a %s by the mode %o", (expected, mode) => {
    expect(kind({ externalAttributes: unixMode(mode) })).toBe(expected);
    expect(kind({ externalAttributes: unixMode(mode), madeBy: 0x131e })).toBe(expected);
    expect(kind({ externalAttributes: unixMode(mode), madeBy: 0x001e })).toBe("file");
  });

  it("is a directory by its name too, and a file when something was piped into it", () => {
    expect(kind({ name: "x/" })).toBe("directory");
    expect(kind({ name: "x/", externalAttributes: unixMode(0o100644) })).toBe("directory");
    expect(kind({ size: 5, externalAttributes: unixMode(0o010644) })).toBe("file");
    expect(kind({ size: 5, externalAttributes: unixMode(0o020644) })).toBe("device");
  });

  it("is a storage of torch where the record beside it says so, in any case of letters", () => {
    const named = (...names: readonly string[]) => names.flatMap((name) => entry({ name }) ?? []);
    const isStorage = (name: string, ...beside: readonly string[]) => new Storages(named(...beside)).includes(name);
    expect(isStorage("m/data/0", "m/data.pkl")).toBe(true);
    expect(isStorage("M/DATA/0", "m/Data.pkl")).toBe(true);
    expect(isStorage("m/data/0", "other/data.pkl")).toBe(false);
    expect(isStorage("m/data/0", "data.pkl")).toBe(false);
    expect(isStorage("m/data/x", "m/data.pkl")).toBe(false);
    expect(isStorage("m/data/0/x", "m/data.pkl")).toBe(false);
    expect(isStorage("m/constants/12", "m/constants.pkl")).toBe(true);
    expect(isStorage("m/.data/1.storage", "m/.data/version")).toBe(true);
    expect(isStorage("m/.data/1.storage", "m/.data/extern_modules")).toBe(true);
    expect(isStorage("m/.data/1.storage", "m/data.pkl")).toBe(false);
    expect(isStorage("m/weight_3", "m/model_weights_config.json")).toBe(true);
    expect(
      ["m/data.pkl", "data.pkl", "m/constants.pkl", "m/DATA.PKL"].every((name) => isTorchArchive(named(name))),
    ).toBe(true);
    expect(["m/xdata.pkl", "m/data.pkl.txt"].some((name) => isTorchArchive(named(name)))).toBe(false);
  });
});

describe("the tree of an archive", () => {
  const treeOf = async (...entries: readonly Entry[]) => {
    const source = new BufferSource(zip({ entries }));
    const { entries: listed } = await readArchive(source, new Budget(LIMITS));
    const decode = (reading: Reading) => decodeReading(source, reading, new Budget(LIMITS));
    return ZipTree.of(listed, { source, decode });
  };
  const textOf = async (...entries: readonly Entry[]) => {
    const tree = await treeOf(...entries);
    const entry = tree.find("a");
    const content = entry && (await tree.open(entry));
    return content && Buffer.from(await content.read(0, content.size)).toString();
  };

  it("gives the content of a name, that of the first entry where several have it", async () => {
    expect(await textOf(B, A, { ...A, data: "other" })).toBe("first");
    expect(await textOf(B)).toBeUndefined();
  });

  it.each<[string, Partial<Entry>, string | undefined]>([
    ["deflated", { method: 8 }, "first"],
    ["flagged as encrypted, with as many bytes as before", { flags: 1 }, "first"],
    ["encrypted, with more bytes than before", { flags: 1, packed: Buffer.alloc(17) }, undefined],
    ["without a local header", { headerOffset: 3 }, undefined],
    ["a directory", { externalAttributes: unixMode(0o040755) }, undefined],
    ["a link", { externalAttributes: unixMode(0o120777) }, undefined],
  ])("gives of an entry that is %s what readers of the directory get", async (_, change, text) => {
    expect(await textOf({ ...A, ...change })).toBe(text);
  });

  it("gives nothing of entries of another tree", async () => {
    const tree = await treeOf(A);
    expect(await tree.open({ name: "a", kind: "file", size: 5 })).toBeUndefined();
  });

  it("has links with their targets, up to a path's length", async () => {
    const link = { name: "a", externalAttributes: unixMode(0o120777) };
    const target = async (data: string) => (await treeOf({ ...link, data })).find("a")?.link;
    expect(await target("x/y")).toBe("x/y");
    expect(await target("x".repeat(4096))).toHaveLength(4096);
    expect(await target("x".repeat(4097))).toBeUndefined();
  });
});

describe("archives in archives", () => {
  it("are known again by their content, and contain themselves only while they are open", async () => {
    const budget = new Budget(LIMITS);
    const source = (text: string) => new BufferSource(Buffer.from(text));
    const first = await visit(source("one"), budget);
    expect(first).toMatchObject({ times: 1, isRecursive: false });
    const inside = await visit(source("one"), budget);
    expect(inside).toMatchObject({ times: 2, isRecursive: true });
    inside.leave();
    expect((await visit(source("one"), budget)).isRecursive).toBe(true);
    first.leave();
    expect(await visit(source("one"), budget)).toMatchObject({ times: 4, isRecursive: false });
    expect((await visit(source("two"), budget)).times).toBe(1);
    expect((await visit(source("one"), new Budget(LIMITS))).times).toBe(1);
    const large = () => visit(new BufferSource(new Uint8Array((1 << 20) + 1)), budget);
    expect([(await large()).times, (await large()).times]).toEqual([1, 1]);
  });

  it("are told from the ninth copy on, once", async () => {
    const copies = (count: number) =>
      zip({
        entries: Array.from({ length: count }, (_, index) => ({ name: `${index}.zip`, data: zip({ entries: [A] }) })),
      });
    expect(told(await scanBytes("a.zip", copies(8)))).toEqual([]);
    expect(told(await scanBytes("a.zip", copies(10))).filter((line) => line.includes("archive/bomb"))).toHaveLength(1);
  });
});
