import { readFileSync } from "node:fs";
import { crc32, deflateRawSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { readArchive } from "../../../src/formats/zip/archive.js";
import { type Decoded, decodeReading } from "../../../src/formats/zip/decode.js";
import { type Reading, readingsOf } from "../../../src/formats/zip/entry.js";
import { Budget } from "../../../src/io/budget.js";
import { BufferSource, type ByteSource } from "../../../src/io/byte-source.js";
import { bzip2 } from "../../builders/bzip2.js";
import { LIMITS } from "../../builders/limits.js";
import { SparseSource } from "../../builders/sparse.js";
import { zip } from "../../builders/zip.js";

const TEXT = Buffer.from("a text that repeats itself, as texts do; ".repeat(50));
/** Does not get smaller, and is larger than what is inflated in one call. */
const NOISE = Buffer.from(
  Array.from({ length: 400_000 }, (_, index) => (Math.imul(index, 2_654_435_761) >>> 13) & 0xff),
);

function decode(packed: Uint8Array, reading: Partial<Reading> = {}, budget = new Budget(LIMITS)): Promise<Decoded> {
  const whole = { method: 8, dataOffset: 0, compressedSize: packed.length, size: 0, by: "directory" as const };
  return decodeReading(new BufferSource(packed), { ...whole, ...reading }, budget);
}

async function bytesOf(source: ByteSource): Promise<Buffer> {
  return Buffer.from(await source.read(0, source.size));
}

describe("a stored member", () => {
  it("is a window of the file, clipped to it", async () => {
    const { source, inflated } = await decode(TEXT, { method: 0, dataOffset: 10, compressedSize: 5 });
    expect(await bytesOf(source)).toEqual(TEXT.subarray(10, 15));
    expect(inflated).toBeUndefined();
    expect((await decode(TEXT, { method: 0, dataOffset: 10, compressedSize: 1e9 })).source.size).toBe(TEXT.length - 10);
  });
});

describe.each([
  ["small", TEXT],
  ["large", NOISE],
])("a deflated member (%s)", (_, content) => {
  const packed = deflateRawSync(content);

  it("is inflated, with its length and checksum", async () => {
    const { source, inflated } = await decode(packed);
    expect((await bytesOf(source)).equals(content)).toBe(true);
    expect(inflated).toMatchObject({ consumed: packed.length, crc: crc32(content) });
    expect(inflated).not.toHaveProperty("failure");
  });

  it("is inflated to its own end when the header says less", async () => {
    const { source, inflated } = await decode(packed, { compressedSize: 10 });
    expect(source.size).toBe(content.length);
    expect(inflated?.consumed).toBe(packed.length);
  });

  it("ends where its stream ends when the header says more", async () => {
    const { inflated } = await decode(Buffer.concat([packed, Buffer.alloc(100)]));
    expect(inflated?.consumed).toBe(packed.length);
  });

  it("keeps what comes before the data breaks off", async () => {
    const { source, inflated } = await decode(packed.subarray(0, packed.length - 5));
    expect(inflated?.failure).toBeDefined();
    expect(source.size).toBeGreaterThan(0);
    expect((await bytesOf(source)).equals(content.subarray(0, source.size))).toBe(true);
  });
});

describe("a deflated member in the middle of a file", () => {
  const packed = deflateRawSync(TEXT);
  const inFront = Buffer.alloc(1000, 1);

  it("takes as many bytes as its stream has, and not those around it", async () => {
    const place = { dataOffset: inFront.length, compressedSize: packed.length + 100 };
    const { inflated } = await decode(Buffer.concat([inFront, packed, Buffer.alloc(100)]), place);
    expect(inflated).toEqual({ source: expect.anything(), consumed: packed.length, crc: crc32(TEXT) });
    const cut = await decode(Buffer.concat([inFront, packed.subarray(0, -5)]), place);
    expect(cut.inflated?.failure).toContain("breaks off");
    expect(cut.inflated?.consumed).toBeGreaterThan(0);
    expect(cut.inflated?.consumed).toBeLessThanOrEqual(packed.length);
  });

  it("is measured by its own bytes alone", async () => {
    const zeros = deflateRawSync(Buffer.alloc(300_000));
    const limits = new Budget({ ...LIMITS, ratio_floor_bytes: 1000, max_ratio: 250 });
    const place = { dataOffset: inFront.length, compressedSize: zeros.length + 1 };
    const { inflated } = await decode(Buffer.concat([inFront, zeros, Buffer.alloc(1)]), place, limits);
    expect(inflated?.limit?.limit).toBe("max_ratio");
  });
});

it("keeps what comes before damaged data", async () => {
  const good = deflateRawSync(TEXT, { finishFlush: 2 });
  const { source, inflated } = await decode(Buffer.concat([good, Buffer.alloc(64, 0xff)]));
  expect(inflated?.failure).toBeDefined();
  expect((await bytesOf(source)).equals(TEXT)).toBe(true);
});

it("stops at a limit, with what came until then", async () => {
  const budget = new Budget({ ...LIMITS, max_inflated_bytes: 1 << 20 });
  const { source, inflated } = await decode(deflateRawSync(Buffer.alloc(8 << 20)), {}, budget);
  expect(inflated?.limit?.limit).toBe("max_inflated_bytes");
  expect(source.size).toBeGreaterThan(0);
  expect(source.size).toBeLessThanOrEqual(2 << 20);
  expect(budget.exhausted).toBe(inflated?.limit);
});

it("passes on the failure of a read", async () => {
  const source = {
    size: 1 << 20,
    read: async () => {
      throw new Error("read failed");
    },
  };
  const reading = { method: 8, dataOffset: 0, compressedSize: 1 << 20, size: 0, by: "directory" as const };
  await expect(decodeReading(source, reading, new Budget(LIMITS))).rejects.toThrow("read failed");
});

describe("the other methods", () => {
  it("are unpacked, as 7-Zip writes them", async () => {
    const source = new BufferSource(readFileSync(new URL("../../../fixtures/zip/ok.methods.zip", import.meta.url)));
    const budget = new Budget(LIMITS);
    const { entries } = await readArchive(source, budget);
    expect(entries.map(({ header }) => header.method).sort((a, b) => a - b)).toEqual([0, 8, 9, 12, 14, 95, 98]);
    for (const entry of entries) {
      const [reading] = readingsOf(entry, source.size);
      if (reading === undefined) throw new Error(`no reading of ${entry.name}`);
      const decoded = await decodeReading(source, reading, budget);
      expect(decoded.inflated?.failure, entry.name).toBeUndefined();
      expect(crc32(await bytesOf(decoded.source)), entry.name).toBe(entry.header.crc);
    }
  });

  it("include Zstandard under its old and new number", async () => {
    const frame = Buffer.concat([
      Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x20, 5, (5 << 3) | 1, 0, 0]),
      Buffer.from("hello"),
    ]);
    for (const method of [20, 93]) {
      const { source } = await decode(frame, { method, size: 5 });
      expect((await bytesOf(source)).toString()).toBe("hello");
    }
  });

  it("end at a limit, and do not begin with data that is too long for them", async () => {
    const content = Buffer.from("hello ".repeat(1000));
    const budget = new Budget({ ...LIMITS, max_inflated_bytes: 100 });
    const { inflated } = await decode(bzip2(content), { method: 12, size: content.length }, budget);
    expect(inflated?.limit?.limit).toBe("max_inflated_bytes");
    expect(inflated?.failure).toContain("more than 100 bytes");
    const reading = { method: 12, dataOffset: 0, size: 1, by: "directory" as const };
    const long = { ...reading, compressedSize: 0xffffffff };
    const { inflated: none } = await decodeReading(new SparseSource(2 ** 33, []), long, new Budget(LIMITS));
    expect(none?.failure).toContain("too long for its method");
  });

  it("tell when the data is no data of theirs", async () => {
    expect((await decode(Buffer.alloc(50, 0x55), { method: 12, size: 100 })).inflated?.failure).toBeDefined();
  });
});

describe("the readings of an entry", () => {
  async function methodsAndSizes(local: object, central: object = {}): Promise<(number | string)[][]> {
    const bytes = zip({ entries: [{ name: "a", data: "content", ...central, local }] });
    const { entries } = await readArchive(new BufferSource(bytes), new Budget(LIMITS));
    return entries.flatMap((entry) =>
      readingsOf(entry, bytes.length).map(({ method, compressedSize, by }) => [method, compressedSize, by]),
    );
  }

  it("are one when the headers agree", async () => {
    expect(await methodsAndSizes({})).toEqual([[0, 7, "directory"]]);
  });

  it("are two when the headers name different methods or lengths", async () => {
    expect(await methodsAndSizes({ method: 8 })).toEqual([
      [0, 7, "directory"],
      [8, 7, "local header"],
    ]);
    expect(await methodsAndSizes({ compressedSize: 3 })).toEqual([
      [0, 7, "directory"],
      [0, 3, "local header"],
    ]);
  });

  it("leave out lengths that say nothing", async () => {
    expect(await methodsAndSizes({ compressedSize: 0 })).toEqual([[0, 7, "directory"]]);
    expect(await methodsAndSizes({ compressedSize: 7 }, { compressedSize: 0 })).toEqual([[0, 7, "local header"]]);
  });
});
