import { mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { FileSource } from "../../src/io/byte-source.js";

describe("a file on disk", () => {
  const folder = mkdtempSync(join(tmpdir(), "modelaudit-test-"));
  const path = join(folder, "model.bin");
  afterAll(() => rmSync(folder, { recursive: true }));

  it("is read up to its end", () => {
    writeFileSync(path, "0123456789");
    const file = FileSource.open(path);
    expect(Buffer.from(file.readSync(8, 10)).toString()).toBe("89");
    expect(file.readSync(10, 1)).toHaveLength(0);
    file.close();
  });

  it("fails as a disk does when it shrinks while it is read: a loader may have seen what is gone", () => {
    writeFileSync(path, "0123456789");
    const file = FileSource.open(path);
    truncateSync(path, 5);
    expect(() => file.readSync(0, 10)).toThrow(/shrank while it was read, from 10 bytes to 5/);
    expect(Buffer.from(file.readSync(0, 5)).toString()).toBe("01234");
    file.close();
  });
});
