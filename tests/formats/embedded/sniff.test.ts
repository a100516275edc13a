import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { sniffEmbedded } from "../../../src/formats/embedded/sniff.js";
import { concat, u32, zeros } from "../../builders/bytes.js";

const elf = concat([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, 0], zeros(8), [2, 0, 0x3e, 0, 1, 0, 0, 0], zeros(8));
const pe = concat("MZ", zeros(0x3a), u32(0x40), "PE\0\0");
const machO = concat([0xcf, 0xfa, 0xed, 0xfe, 7, 0, 0, 1, 3, 0, 0, 0, 2, 0, 0, 0]);
const zip = concat("PK\x03\x04", [20, 0, 0, 0, 0, 0], zeros(16), [5, 0, 0, 0], "a.txt");

describe("sniffEmbedded", () => {
  it.each([
    ["ELF program", elf],
    ["PE program", pe],
    ["Mach-O program", machO],
    ["zip archive", zip],
    ["Python pickle", concat([0x80, 2], "cposix\nsystem\n")],
    ["Python pickle", concat([0x80, 4, 0x95], zeros(8), [0x8c, 5], "posix", [0x94, 0x8c, 6], "system", [0x94, 0x93])],
    ["Python pickle", concat("cos\nsystem\n(S'id'\ntR.")],
    ["script", concat("#!/bin/sh\nid\n")],
  ])("tells a %s", (kind, bytes) => {
    expect(sniffEmbedded(bytes)).toBe(kind);
  });

  it.each([
    ["an ELF magic alone", concat(elf.subarray(0, 4), zeros(40))],
    ["an ELF header for no machine", concat(elf.subarray(0, 18), [0xff, 0xff], zeros(20))],
    ["MZ without PE", concat("MZ", zeros(100))],
    ["a zip magic alone", concat("PK\x03\x04", zeros(40))],
    ["a pickle of plain data", concat([0x80, 4, 0x4b, 1, 0x2e])],
    ["the start of a text", concat("cosine similarity\nof two vectors\n")],
    ["nothing", zeros(0)],
    ["zeros", zeros(1024)],
  ])("leaves %s alone", (_what, bytes) => {
    expect(sniffEmbedded(bytes)).toBeUndefined();
  });

  it("never takes random numbers for anything", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 64, maxLength: 1024 }), (bytes) => sniffEmbedded(bytes) === undefined),
      { seed: 7, numRuns: 2000 },
    );
  });
});
