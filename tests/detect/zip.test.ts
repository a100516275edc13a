import { describe, expect, it } from "vitest";
import { detect } from "../../src/detect/detect.js";
import { BufferSource } from "../../src/io/byte-source.js";
import { endRecord, zip } from "../builders/zip.js";

const ARCHIVE = zip({ entries: [{ name: "a.txt", data: "text" }] });

async function isZip(...parts: (Uint8Array | string)[]): Promise<boolean> {
  const bytes = Buffer.concat(parts.map((part) => (typeof part === "string" ? Buffer.from(part, "latin1") : part)));
  return (await detect(new BufferSource(bytes), "x")).formats.includes("zip");
}

describe("a zip is found", () => {
  it("at the start of the file", async () => expect(await isZip(ARCHIVE)).toBe(true));
  it("behind other bytes", async () => expect(await isZip("GIF89a", ARCHIVE)).toBe(true));
  it("between other bytes", async () => expect(await isZip("GIF89a", ARCHIVE, "tail")).toBe(true));
  it("as the second format of a pickle", async () => expect(await isZip("\x80\x02N.", ARCHIVE)).toBe(true));
  it("when it is empty and ends the file", async () => {
    expect(await isZip("\x80\x02N.", endRecord({ entries: 0, directorySize: 0, directoryOffset: 0 }))).toBe(true);
  });
  it("behind more bytes than are looked at, by a directory longer than they are", async () => {
    const entries = Array.from({ length: 2000 }, (_, index) => ({ name: `entry-${index}`, data: "" }));
    expect(await isZip("prefix", zip({ entries }))).toBe(true);
  });
});

describe("no zip is found", () => {
  it("in four bytes that chance may put anywhere", async () => {
    expect(await isZip("\0".repeat(100), "PK\x05\x06", "\x01".repeat(100))).toBe(false);
  });
  it("in an end record that leads to no directory", async () => {
    expect(await isZip("\0".repeat(100), endRecord({ entries: 1, directorySize: 46, directoryOffset: 10 }))).toBe(
      false,
    );
  });
  it("in an empty end record with bytes behind it", async () => {
    expect(await isZip("\0".repeat(100), endRecord({ entries: 0, directorySize: 0, directoryOffset: 0 }), "x")).toBe(
      false,
    );
  });
  it("in a constant inside a pickle, which is the pickle's own", async () => {
    expect(await isZip("\x80\x04", ARCHIVE, "q\x00.")).toBe(false);
  });
});
