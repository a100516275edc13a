import { describe, expect, it } from "vitest";
import { readRow } from "../../../src/formats/zip/row.js";
import { Window } from "../../../src/formats/zip/window.js";
import { Budget } from "../../../src/io/budget.js";
import { BufferSource } from "../../../src/io/byte-source.js";
import { LIMITS } from "../../builders/limits.js";
import { type Archive, type Entry, zip } from "../../builders/zip.js";

const ENTRIES: readonly Entry[] = [
  { name: "a", data: "first" },
  { name: "b", data: "second", method: 8 },
];
const shard = (archive: Partial<Archive> = {}) => zip({ entries: ENTRIES, ...archive });

/** The same archive with a fault in the end record's signature. */
function unsigned(archive: Buffer): Buffer {
  archive.writeUInt8(0x07, archive.length - 19);
  return archive;
}

/** Where the archives of the row begin, the last one first. */
async function begins(bytes: Uint8Array, limits = {}): Promise<number[]> {
  const source = new BufferSource(bytes);
  const row = await readRow(source, new Window(source), new Budget({ ...LIMITS, ...limits }));
  return row.map(({ base }) => base);
}

describe("archives one behind the other", () => {
  it("are a row from the second on, the last first", async () => {
    const { length } = shard();
    expect(await begins(Buffer.concat([shard(), shard()]))).toEqual([length, 0]);
    expect(await begins(Buffer.concat([shard(), shard(), shard()]))).toEqual([2 * length, length, 0]);
  });

  it("are of any length, and one that holds nothing is none", async () => {
    const short = zip({ entries: [{ name: "c", data: "" }] });
    expect(await begins(Buffer.concat([short, shard()]))).toEqual([short.length, 0]);
    expect(await begins(Buffer.concat([shard(), zip({ entries: [] })]))).toEqual([]);
    expect(await begins(Buffer.concat([zip({ entries: [] }), shard()]))).toEqual([]);
  });

  it.each<[string, Uint8Array]>([
    ["one archive alone", shard()],
    ["one behind a prefix", shard({ prefix: Buffer.from("#!/bin/sh\n") })],
    ["something in front of them", Buffer.concat([Buffer.from("x"), shard(), shard()])],
    ["something between them", Buffer.concat([shard(), Buffer.from("x"), shard()])],
    ["something behind them", Buffer.concat([shard(), shard(), Buffer.from("x")])],
    ["a comment on the last", Buffer.concat([shard(), shard({ comment: Buffer.from("x") })])],
    ["a comment on the first", Buffer.concat([shard({ comment: Buffer.from("x") }), shard()])],
    ["bytes before an end record", Buffer.concat([shard(), shard({ beforeEnd: Buffer.from("x") })])],
    ["a directory that is longer than stated", Buffer.concat([shard(), shard({ end: { directorySize: 47 } })])],
    ["an archive that lost its beginning", Buffer.concat([shard().subarray(10), shard()])],
    ["an end record without its signature", Buffer.concat([unsigned(shard()), shard()])],
    ["a size that leads into the directory", Buffer.concat([shard(), shard({ end: { directorySize: 50 } })])],
    ["one archive with such a size", shard({ end: { directorySize: 50 } })],
    ["no archive", Buffer.alloc(200, "x")],
    ["nothing", new Uint8Array()],
  ])("are no row with %s", async (_, bytes) => {
    expect(await begins(bytes)).toEqual([]);
  });

  it("are no row where an entry lies outside of its archive, or none at its beginning", async () => {
    const before = { name: "a", data: "first", headerOffset: -10 >>> 0 };
    const within = { name: "a", data: "first", compressedSize: 500 };
    const toTheDirectory = { name: "a", data: "", listedOnly: true, headerOffset: 0, compressedSize: 39 };
    const inDirectory = { name: "a", data: "first", listedOnly: true, headerOffset: 36 };
    for (const entry of [before, within, toTheDirectory]) {
      expect(await begins(Buffer.concat([shard(), zip({ entries: [ENTRIES[1] ?? entry, entry] })]))).toEqual([]);
    }
    expect(await begins(Buffer.concat([shard(), zip({ entries: [inDirectory] })]))).toEqual([]);
    expect(await begins(Buffer.concat([shard(), zip({ entries: [{ ...before, headerOffset: 3 }] })]))).toEqual([]);
  });

  it("are no row where whoever counts from the file's beginning finds another directory", async () => {
    const last = shard();
    const recorded = last.readUInt32LE(last.length - 6);
    const directory = last.subarray(recorded, -22);
    const firstWith = (bytes: Uint8Array) => {
      const inFront = Buffer.alloc(recorded - 31); // behind the local header, whose name has one letter
      return zip({ entries: [{ name: "a", data: Buffer.concat([inFront, bytes]) }] });
    };
    expect(await begins(Buffer.concat([firstWith(directory), last]))).toEqual([]);
    const other = firstWith(Buffer.alloc(directory.length));
    expect(await begins(Buffer.concat([other, last]))).toEqual([other.length, 0]);
    // Nobody reads the file by an archive in the middle.
    const large = zip({ entries: [{ name: "large", data: Buffer.alloc(5000) }] });
    const middle = firstWith(directory);
    expect(await begins(Buffer.concat([middle, last, large]))).toEqual([middle.length + last.length, middle.length, 0]);
    // Where the archives are alike, what is found there is the first one's own.
    expect(await begins(Buffer.concat([last, last]))).toEqual([last.length, 0]);
  });

  it("are no row where the directory is not read to its end", async () => {
    expect(await begins(Buffer.concat([shard(), shard()]), { max_members: 1 })).toEqual([]);
  });
});
