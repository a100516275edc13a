import { randomBytes } from "node:crypto";
import { truncateSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FileSource } from "../../src/io/byte-source.js";
import { folder } from "../builders/folder.js";

function fileOf(bytes: Uint8Array): string {
  return join(folder({ file: bytes }), "file");
}

describe("a file", () => {
  it("gives the bytes that are asked for, whatever was read before", () => {
    const bytes = randomBytes(100_000);
    const source = FileSource.open(fileOf(bytes));
    const read = fc.record({
      offset: fc.oneof(fc.nat(100_100), fc.constantFrom(0, 4096, 32_768, 99_999, 100_000)),
      length: fc.oneof(fc.nat(64), fc.nat(5000), fc.nat(70_000)),
    });
    fc.assert(
      fc.property(fc.array(read, { maxLength: 30 }), (reads) => {
        for (const { offset, length } of reads) {
          expect(Buffer.compare(source.readSync(offset, length), bytes.subarray(offset, offset + length))).toBe(0);
        }
      }),
    );
    source.close();
  });

  it("gives small reads as copies, so that changing one changes no other", () => {
    const source = FileSource.open(fileOf(Uint8Array.from({ length: 100 }, (_, i) => i)));
    source.readSync(0, 10).fill(0xff);
    expect([...source.readSync(0, 3)]).toEqual([0, 1, 2]);
    source.close();
  });

  it("refuses what a file has lost since it was opened, and gives the rest", () => {
    const path = fileOf(new Uint8Array(60_000));
    const source = FileSource.open(path);
    truncateSync(path, 50_000);
    expect(source.readSync(49_000, 1000)).toHaveLength(1000);
    expect(() => source.readSync(49_990, 5000)).toThrow("the file shrank while it was read");
    expect(() => source.readSync(55_000, 20)).toThrow("the file shrank while it was read");
    source.close();
  });
});
