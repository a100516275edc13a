import { describe, expect, it } from "vitest";
import { BufferSource } from "../../../src/io/byte-source.js";
import { beginsPickle, isStream, skipPadding } from "../../../src/scanners/pickle/boundaries.js";
import * as p from "../../builders/pickle.js";

const source = (...pieces: readonly (p.Piece | string)[]) =>
  new BufferSource(
    p.pickle(...pieces.map((piece) => (typeof piece === "string" ? Buffer.from(piece, "latin1") : piece))),
  );

describe("the beginning of a file", () => {
  it.each([
    ["PROTO of any version that may come", "\x80\x05."],
    ["PROTO and nothing that runs", "\x80\x0f\xff\xff"],
    ["an import of protocol 0", "cos\nsystem\n(S'id'\ntR."],
    ["an import of a module that could be one, and what does not run", "cos\nsystem\n\xff\xff"],
    ["a value of protocol 0", "I1\n."],
    ["values that break one rule", "I1\n00I1\n."],
  ])("is a pickle's: %s", (_, bytes) => {
    expect(beginsPickle(source(bytes))).toBe(true);
  });
  it.each([
    ["nothing", ""],
    ["PROTO of a version that cannot be, and nothing that runs", "\x80\x10\xff"],
    ["another byte before a version", "\x81\x02\xff"],
    ["what is no opcode", "\xff\xff"],
    ["values that break rule upon rule", "I1\n0000I1\n."],
    ["a text that reads as an import of what no module could be", "can you read\nthis text\nthen it is none"],
  ])("is none: %s", (_, bytes) => {
    expect(beginsPickle(source(bytes))).toBe(false);
  });
});

describe("lines that read as an import of what no module could be", () => {
  it.each(["", "and so on", "\t", "\n", "\v", "\f", "\r", "~", "\xe9"])("are a text where text follows: %j", (rest) => {
    expect(beginsPickle(source("can you\nread it\n.", rest))).toBe(false);
  });
  it.each(["\0", "\x08", "\x0e", "\x1f"])("are a pickle's where what no text has follows: %j", (rest) => {
    expect(beginsPickle(source("can you\nread it\n. ", rest))).toBe(true);
  });
});

describe("a further pickle", () => {
  const nones = (count: number) => "N".repeat(count);
  it.each([
    ["values and STOP", "N."],
    ["an import that does not end", "cos\nsystem\n"],
    ["more than a few opcodes that are cut off", `${nones(9)}`],
  ])("begins with what runs: %s", (_, bytes) => {
    expect(isStream(source(bytes), 0)).toBe(true);
    expect(isStream(source("xx", bytes), 2)).toBe(true);
  });
  it.each([
    ["STOP alone", "."],
    ["a few opcodes that are cut off", nones(8)],
    ["opcodes that break the rules", "00N."],
    ["many opcodes and then none", `${nones(20)}\xff`],
    ["nothing", ""],
  ])("does not begin with %s", (_, bytes) => {
    expect(isStream(source(bytes), 0)).toBe(false);
  });
});

describe("padding", () => {
  const padded = (length: number) => source("ab", "\n \0\t\r".repeat(length / 5), "x");
  it.each([0, 5, 4090, 4095, 4100, 10_000])("of %d bytes is skipped", (length) => {
    expect(skipPadding(padded(length), 2)).toBe(2 + length);
  });
  it("that nothing follows ends with the file", () => {
    expect(skipPadding(source("ab", " ".repeat(5000)), 2)).toBe(5002);
    expect(skipPadding(source("ab"), 2)).toBe(2);
  });
  it("is followed for a megabyte, and no farther", () => {
    const blanks = (length: number) => new BufferSource(Buffer.concat([Buffer.alloc(length, " "), Buffer.from("x")]));
    expect(skipPadding(blanks(1_000_000), 0)).toBe(1_000_000);
    expect(skipPadding(blanks(2_000_000), 0)).toBeLessThan(1_100_000);
    expect(skipPadding(blanks(2_000_000), 1_500_000)).toBe(2_000_000);
  });
});
