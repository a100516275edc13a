import { describe, expect, it } from "vitest";
import { readArchive } from "../../../src/formats/zip/archive.js";
import { Sweeper, withoutRecords } from "../../../src/formats/zip/sweep.js";
import { Window } from "../../../src/formats/zip/window.js";
import { Budget } from "../../../src/io/budget.js";
import { BufferSource } from "../../../src/io/byte-source.js";
import { LIMITS } from "../../builders/limits.js";
import { SparseSource } from "../../builders/sparse.js";
import { type Entry, endRecord, zip } from "../../builders/zip.js";

/** Entries without a directory: local headers and data. */
function bare(...entries: readonly Entry[]): Buffer {
  return zip({ entries: entries.map((entry) => ({ ...entry, hidden: true })), end: false });
}

async function sweep(bytes: Buffer, gap = { start: 0, end: bytes.length }) {
  const source = new BufferSource(bytes);
  const { strays, rest, end } = await new Sweeper(source, new Window(source), new Budget(LIMITS)).sweep(gap);
  return {
    names: strays.map(({ local }) => local.name),
    spans: strays.map(({ start, end: to }) => [start, to]),
    rest,
    end,
  };
}

const A: Entry = { name: "a", data: "first" };
const B: Entry = { name: "b", data: "second" };
const NOISE = Buffer.from("some other bytes PK and more");

describe("bytes that no directory explains", () => {
  it("are entries by their local headers, and what lies before, between and behind them", async () => {
    const bytes = Buffer.concat([NOISE, bare(A), NOISE, bare(B), NOISE]);
    const first = NOISE.length;
    const second = 2 * NOISE.length + 36;
    expect(await sweep(bytes)).toEqual({
      names: ["a", "b"],
      spans: [
        [first, first + 36],
        [second, second + 37],
      ],
      rest: [
        { start: 0, end: first },
        { start: first + 36, end: second },
        { start: second + 37, end: bytes.length },
      ],
      end: bytes.length,
    });
  });

  it("are nothing but entries where these follow each other", async () => {
    expect(await sweep(bare(A, B))).toMatchObject({ names: ["a", "b"], rest: [] });
    for (const noise of [NOISE, Buffer.concat([NOISE, Buffer.from("PK")])])
      expect(await sweep(noise)).toMatchObject({ names: [], rest: [{ start: 0, end: noise.length }] });
  });

  it("are searched inside the gap alone", async () => {
    const bytes = Buffer.concat([bare(A), bare(B), bare(A)]);
    expect((await sweep(bytes, { start: 36, end: 36 + 37 })).names).toEqual(["b"]);
    expect((await sweep(bytes, { start: 35, end: 36 })).names).toEqual([]);
    expect((await sweep(bytes, { start: 36, end: 37 })).names).toEqual(["b"]);
  });

  it.each([1, 2, 3, 4, 5])("are found where a signature begins %i bytes before the end of a block", async (before) => {
    const at = (1 << 20) - before;
    const bytes = Buffer.concat([Buffer.alloc(at, 1), bare(A), Buffer.alloc(10, 1)]);
    expect(await sweep(bytes)).toMatchObject({ names: ["a"], spans: [[at, at + 36]] });
  });

  it("are found again behind a gap that was searched before", async () => {
    const bytes = Buffer.concat([bare(A), bare(B)]);
    const source = new BufferSource(bytes);
    const sweeper = new Sweeper(source, new Window(source), new Budget(LIMITS));
    const names = async (start: number, end: number) =>
      (await sweeper.sweep({ start, end })).strays.map(({ local }) => local.name);
    expect(await names(36, bytes.length)).toEqual(["b"]);
    expect(await names(0, 36)).toEqual(["a"]);
  });

  it("are no entries where the method is unknown, the name is none or longer than any, or the header is cut", async () => {
    for (const entry of [
      { ...A, method: 7, packed: Buffer.from("x") },
      { ...A, name: "\x1f" },
      { ...A, name: "" },
      { ...A, name: "n".repeat(4097) },
    ])
      expect((await sweep(bare(entry))).names).toEqual([]);
    expect((await sweep(bare({ ...A, name: " " }))).names).toEqual([" "]);
    expect((await sweep(bare({ ...A, name: "n".repeat(4096) }))).names).toHaveLength(1);
    expect((await sweep(bare(A).subarray(0, 30))).names).toEqual([]);
  });

  it("are searched on where the data of an entry is said to reach behind the gap, and not inside its data", async () => {
    const greedy = { ...A, local: { compressedSize: 1000 } };
    expect(await sweep(bare(greedy, B))).toMatchObject({ names: ["a", "b"], end: 73 });
    const inner = { name: "outer", data: bare(B) };
    expect((await sweep(bare(inner))).names).toEqual(["outer"]);
    expect((await sweep(Buffer.concat([bare(inner), bare(A)]))).names).toEqual(["outer", "a"]);
  });

  it("end at the next record where sizes follow the data", async () => {
    const open = { ...A, descriptor: true };
    expect((await sweep(bare(open, B))).spans).toEqual([
      [0, 36],
      [36 + 16, 36 + 16 + 37],
    ]);
    const withoutSignature = Buffer.concat([bare(open).subarray(0, 36), bare(B)]);
    expect((await sweep(withoutSignature)).spans[0]).toEqual([0, 36]);
    const endless = bare(open).subarray(0, 36);
    expect((await sweep(Buffer.concat([endless, Buffer.from("more")]))).spans).toEqual([[0, 40]]);
    const sized = { ...open, local: { compressedSize: 2 } };
    expect((await sweep(bare(sized))).spans).toEqual([[0, 33]]);
    expect((await sweep(bare({ ...open, local: { compressedSize: 1 } }))).spans).toEqual([[0, 32]]);
    expect((await sweep(bare({ ...open, data: "a PK b" }, B))).spans[0]).toEqual([0, 37]);
    const empty = { name: "e", data: "" };
    expect((await sweep(bare(empty, B))).spans[0]).toEqual([0, 31]);
    expect((await sweep(Buffer.concat([bare(empty), NOISE, bare(B)]))).spans[0]).toEqual([0, 31]);
  });

  it("are paid for by the place that looks like a header", async () => {
    const source = new BufferSource(Buffer.from("PK\x03\x04".repeat(100)));
    const sweeper = new Sweeper(source, new Window(source), new Budget({ ...LIMITS, max_steps: 50 }));
    await expect(sweeper.sweep({ start: 0, end: 400 })).rejects.toThrow("steps of work");
  });

  it("are not told where they are the rows and records of an archive that lost its end", async () => {
    const whole = zip({ entries: [A, B], zip64: {} });
    const directory = whole.subarray(73);
    const rest = (bytes: Buffer) =>
      withoutRecords(new Window(new BufferSource(bytes)), { start: 0, end: bytes.length });
    expect(await rest(directory)).toEqual([]);
    for (const length of [20, 47, 60, 94, 94 + 56, 94 + 56 + 20])
      expect(await rest(directory.subarray(0, length))).toEqual([]);
    expect(await rest(Buffer.concat([directory, NOISE]))).toEqual([
      { start: directory.length, end: directory.length + NOISE.length },
    ]);
    expect(await rest(NOISE)).toEqual([{ start: 0, end: NOISE.length }]);
  });
});

describe("256 MiB of bytes that no directory explains", () => {
  const MEBIBYTE = 1 << 20;
  const END = 257 * MEBIBYTE;
  /** An archive behind a gap, and another gap between its entries; the gap begins with an entry that is said to reach up to `to`. */
  const read = (to: number) => {
    const stray = bare({ name: "s", data: "", local: { compressedSize: to - 31 } });
    const archive = zip({ entries: [{ ...A, gap: NOISE }, B] });
    const pieces = [
      { at: 0, bytes: stray },
      { at: END, bytes: archive },
    ];
    return readArchive(new SparseSource(END + archive.length, pieces), new Budget(LIMITS));
  };
  const second = { start: END + 36, end: END + 36 + NOISE.length };

  it("are searched for entries, and the rest counts as unexplained and unsearched", async () => {
    const { strays, unswept, unlisted, leading } = await read(255 * MEBIBYTE);
    expect(strays.map(({ name }) => name)).toEqual(["s"]);
    expect(unswept).toEqual([{ start: 256 * MEBIBYTE, end: END }, second]);
    expect(unlisted).toEqual([{ start: 255 * MEBIBYTE, end: END }, second]);
    expect(leading).toBeUndefined();
  });

  it("may end with an entry", async () => {
    const { unswept, unlisted } = await read(256 * MEBIBYTE);
    expect(unswept).toEqual([{ start: 256 * MEBIBYTE, end: END }, second]);
    expect(unlisted).toEqual([{ start: 256 * MEBIBYTE, end: END }, second]);
  });
});

describe("an archive", () => {
  const read = (bytes: Buffer) => readArchive(new BufferSource(bytes), new Budget(LIMITS));

  it("follows every end record that lies in no entry, and each directory once", async () => {
    const first = zip({ entries: [A, B] });
    const directory = { entries: 2, directorySize: 94, directoryOffset: 73 };
    const again = await read(Buffer.concat([first, endRecord(directory)]));
    expect(again.endRecords.map(({ at }) => at)).toEqual([first.length, first.length - 22]);
    expect(again.directories).toHaveLength(1);
    expect(again.entries.map(({ name }) => name)).toEqual(["a", "b"]);
  });

  it("follows eight directories where archives do not stand in a row; entries of more are found by their headers", async () => {
    const single = (index: number) => zip({ entries: [{ ...A, name: `n${index}` }], trailing: Buffer.from("between") });
    const { directories, entries, strays } = await read(Buffer.concat(Array.from({ length: 10 }, (_, i) => single(i))));
    expect([directories.length, entries.length, strays.length]).toEqual([8, 8, 2]);
  });

  it("gives an entry that claims to reach behind the file its header, and lets the rest be searched", async () => {
    const greedy = { name: "greedy", data: "1", compressedSize: 1 << 30, local: { compressedSize: 1 << 30 } };
    const { strays, leading, unlisted } = await read(zip({ entries: [greedy, { ...B, hidden: true }] }));
    expect(strays.map(({ name, start }) => [name, start])).toEqual([["b", 37]]);
    expect(leading).toBeUndefined();
    expect(unlisted).toEqual([{ start: 36, end: 37 }]);
  });

  it("tells bytes in front, inside and behind apart", async () => {
    const inside = [{ ...A, gap: Buffer.from("inside") }, B];
    const bytes = zip({ entries: inside, prefix: Buffer.from("front"), trailing: Buffer.from("behind") });
    const { leading, unlisted, trailing } = await read(bytes);
    expect(leading).toEqual({ start: 0, end: 5 });
    expect(unlisted).toEqual([{ start: 41, end: 47 }]);
    expect(trailing).toEqual({ start: bytes.length - 6, end: bytes.length });
  });

  it("has its comment for itself where its end record leads to a directory or the archive is empty", async () => {
    const comment = Buffer.from("comment");
    const used = await read(zip({ entries: [A], comment }));
    expect(used.comments.map(({ start, end }) => end - start)).toEqual([7]);
    expect(used.trailing).toBeUndefined();
    const empty = { entries: 0, directorySize: 0, directoryOffset: 0 };
    expect((await read(endRecord(empty, comment))).comments).toEqual([{ start: 22, end: 29 }]);
    expect((await read(endRecord({ ...empty, entries: 1 }, comment))).comments).toEqual([]);
    const two = await read(Buffer.concat([endRecord(empty), endRecord(empty, comment)]));
    expect(two.comments).toEqual([]);
    expect((await read(zip({ entries: [A] }))).comments).toEqual([]);
  });

  it("has no directory where its end record leads in front of the file or behind itself", async () => {
    for (const end of [
      { directorySize: 1000, directoryOffset: 5000 },
      { directorySize: 0, directoryOffset: 5000 },
    ])
      expect((await read(zip({ entries: [A], end }))).directories).toEqual([]);
  });
});
