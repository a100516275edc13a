import { describe, expect, it } from "vitest";
import { endsInArchive, findEndRecords } from "../../../src/formats/zip/end-records.js";
import { BufferSource } from "../../../src/io/byte-source.js";
import { type EndFields, endRecord, zip } from "../../builders/zip.js";

const FIELDS: EndFields = { entries: 1, directorySize: 46, directoryOffset: 0 };
const FULL: EndFields = { entries: 0xffff, directorySize: 0xffffffff, directoryOffset: 0xffffffff };

function zip64Record({ entries, directorySize, directoryOffset }: EndFields): Buffer {
  const record = Buffer.alloc(56);
  record.write("PK\x06\x06", 0, "latin1");
  record.writeBigUInt64LE(BigInt(entries), 32);
  record.writeBigUInt64LE(BigInt(directorySize), 40);
  record.writeBigUInt64LE(BigInt(directoryOffset), 48);
  return record;
}

function locator(at: number): Buffer {
  const record = Buffer.alloc(20);
  record.write("PK\x06\x07", 0, "latin1");
  record.writeBigUInt64LE(BigInt(at), 8);
  return record;
}

async function only(...parts: readonly Uint8Array[]) {
  const found = await findEndRecords(new BufferSource(Buffer.concat(parts)));
  expect(found).toHaveLength(1);
  return found[0];
}

describe("the zip64 record", () => {
  const between = Buffer.alloc(100, "x");

  it("is taken from before the locator, as zipfile does, wherever the locator points", async () => {
    const found = await only(between, zip64Record(FIELDS), locator(7), endRecord(FULL));
    expect(found).toMatchObject({ fields: FIELDS, directoryEnd: 100, problems: [] });
  });

  it("is taken from where the locator points, as miniz does, where none lies before the locator", async () => {
    const found = await only(zip64Record(FIELDS), between, locator(0), endRecord(FULL));
    expect(found).toMatchObject({ fields: FIELDS, directoryEnd: 0, problems: [] });
    const further = await only(between, zip64Record(FIELDS), between, locator(100), endRecord(FULL));
    expect(further).toMatchObject({ fields: FIELDS, directoryEnd: 100, problems: [] });
  });

  it("fits the plain one when both state the same", async () => {
    const found = await only(zip64Record(FIELDS), locator(0), endRecord(FIELDS));
    expect(found).toMatchObject({ fields: FIELDS, problems: [] });
  });

  it("that is there twice is known to be, because zipfile and torch.load take different ones", async () => {
    const other = { ...FIELDS, directorySize: 92 };
    const found = await only(zip64Record(other), zip64Record(FIELDS), locator(0), endRecord(FULL));
    expect(found).toMatchObject({ fields: FIELDS, directoryEnd: 56, pointedAt: 0 });
    const single = await only(zip64Record(FIELDS), locator(0), endRecord(FULL));
    expect(single).not.toHaveProperty("pointedAt");
  });

  it.each<[string, Partial<EndFields>]>([
    ["count", { entries: 2 }],
    ["size", { directorySize: 47 }],
    ["offset", { directoryOffset: 1 }],
  ])("that contradicts the plain one in its %s is told", async (_, change) => {
    const found = await only(zip64Record(FIELDS), locator(0), endRecord({ ...FIELDS, ...change }));
    expect(found?.problems).toEqual([expect.stringContaining("contradicts the zip64 record")]);
  });

  it.each([
    ["outside of the file", 1 << 20],
    ["at other bytes", 0],
    ["so close to the end that no record fits", 130],
    ["at something that begins like a record and breaks off", 142],
  ])("is told to be missing when the locator points %s, and the plain one counts", async (_, at) => {
    const found = await only(between, locator(at), endRecord(FIELDS), Buffer.from("PK\x06\x06"));
    expect(found).toMatchObject({ fields: FIELDS, directoryEnd: 120 });
    expect(found?.problems).toEqual([expect.stringContaining("leads to no zip64 record")]);
  });

  it("is not looked for where no locator fits in front of the plain one", async () => {
    expect(await only(endRecord(FIELDS))).toMatchObject({ at: 0, directoryEnd: 0, problems: [] });
  });

  it("is found where the locator is the first thing behind it in the file", async () => {
    expect(await only(locator(0), endRecord(FIELDS))).toMatchObject({
      at: 20,
      problems: [expect.stringContaining("leads to no zip64 record")],
    });
  });
});

describe("end records", () => {
  it("are found up to the longest comment, and not beyond", async () => {
    const at = async (behind: number) =>
      (await findEndRecords(new BufferSource(Buffer.concat([endRecord(FIELDS), Buffer.alloc(behind)])))).length;
    expect([await at(0xffff), await at(0x10000)]).toEqual([1, 0]);
  });

  it("are followed as far as 64, the last first, because a comment has room for thousands", async () => {
    const many = Buffer.concat(Array.from({ length: 70 }, () => endRecord(FIELDS)));
    const found = await findEndRecords(new BufferSource(many));
    expect(found.map(({ at }) => at / 22)).toEqual(Array.from({ length: 64 }, (_, index) => 69 - index));
  });

  it("are whole: one that the file cuts off is none", async () => {
    for (const length of [4, 20, 21])
      expect(await findEndRecords(new BufferSource(endRecord(FIELDS).subarray(0, length)))).toEqual([]);
    const whole = Buffer.concat([endRecord(FIELDS), endRecord(FIELDS).subarray(0, 10)]);
    expect((await findEndRecords(new BufferSource(whole))).map(({ at }) => at)).toEqual([0]);
  });

  it("end with their comment, and with the file at the latest", async () => {
    const record = endRecord(FIELDS, Buffer.from("comment"));
    expect(await only(record, Buffer.from("more"))).toMatchObject({ at: 0, end: 29 });
    expect(await only(record.subarray(0, 25))).toMatchObject({ at: 0, end: 25 });
  });
});

describe("an archive ends in a tail", () => {
  const ends = (bytes: Uint8Array, tailOffset = 0) =>
    endsInArchive({ tail: bytes, tailOffset, size: tailOffset + bytes.length });
  const archive = zip({ entries: [{ name: "a", data: "1" }] });
  const empty = { entries: 0, directorySize: 0, directoryOffset: 0 };

  it("with its directory in front of the end record, or of the zip64 records in between", () => {
    expect(ends(archive)).toBe(true);
    expect(ends(zip({ entries: [{ name: "a", data: "1" }], zip64: {} }))).toBe(true);
    expect(ends(archive.subarray(32))).toBe(true);
  });

  it("that is empty when nothing is stated and nothing follows but the comment that is stated", () => {
    const comment = Buffer.from("comment");
    expect(ends(Buffer.concat([endRecord(empty, comment)]))).toBe(true);
    expect(ends(Buffer.concat([endRecord(empty, comment), comment]))).toBe(false);
    expect(ends(endRecord({ ...empty, entries: 1 }))).toBe(false);
    expect(ends(endRecord({ ...empty, directoryOffset: 1 }))).toBe(false);
  });

  it("when a directory longer than the tail has room for its entries and lies inside the file", () => {
    const long = { entries: 10, directorySize: 460, directoryOffset: 562 };
    // 1000 + 22 bytes precede the end record: the directory begins at 562.
    const tail = (fields: Partial<EndFields>) =>
      ends(Buffer.concat([Buffer.alloc(22), endRecord({ ...long, ...fields })]), 1000);
    expect(tail({})).toBe(true);
    expect(tail({ directoryOffset: 563 })).toBe(false);
    expect(tail({ entries: 11 })).toBe(false);
    expect(tail({ entries: 0 })).toBe(false);
    expect(tail({ entries: 1 })).toBe(true);
    expect(ends(endRecord({ entries: 1, directorySize: 46, directoryOffset: 0 }))).toBe(false);
    // The zip64 records end the directory 56 bytes before the locator: it begins at 484.
    const behindLocator = (directoryOffset: number) =>
      ends(Buffer.concat([locator(0), endRecord({ ...long, directoryOffset })]), 1000);
    expect([behindLocator(484), behindLocator(485)]).toEqual([true, false]);
  });
});
