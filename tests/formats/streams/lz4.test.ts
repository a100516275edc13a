import { describe, expect, it } from "vitest";
import { u32 } from "../../builders/bytes.js";
import { decoded } from "../../builders/decode.js";
import { LZ4_LEGACY_MAGIC, literals, lz4Frame, match, skippable } from "../../builders/lz4.js";

const text = (content: string): Buffer => Buffer.from(content, "latin1");

describe("LZ4 frames", () => {
  it("reads compressed and stored blocks, with every optional checksum", async () => {
    const bytes = lz4Frame([literals(text("first ")), [text("second")]], {
      blockChecksum: true,
      contentChecksum: true,
    });
    expect(await decoded("lz4", bytes)).toEqual({ text: "first second", size: 12, consumed: bytes.length });
  });

  it("repeats what a match overlaps", async () => {
    const block = Buffer.concat([Uint8Array.of(0x20 | 15), text("ab"), Uint8Array.of(2, 0, 0), literals(text("end"))]);
    expect(await decoded("lz4", lz4Frame([block]))).toMatchObject({ text: `${"ab".repeat(10)}aend` });
  });

  it("lets a linked block refer to the one before, and no other", async () => {
    const blocks = [literals(text("abcdefgh")), match(8, 8, text("!"))];
    expect(await decoded("lz4", lz4Frame(blocks, { linked: true }))).toMatchObject({ text: "abcdefghabcdefgh!" });
    expect(await decoded("lz4", lz4Frame(blocks))).toMatchObject({ text: "abcdefgh", damage: "corrupt" });
  });

  it("reads legacy frames until the next magic", async () => {
    const block = literals(text("old"));
    const legacy = Buffer.concat([LZ4_LEGACY_MAGIC, u32(block.length), block]);
    const bytes = Buffer.concat([legacy, lz4Frame([literals(text(" and new"))])]);
    expect(await decoded("lz4", bytes)).toEqual({ text: "old and new", size: 11, consumed: bytes.length });
  });

  it("passes over skippable frames before, between and behind", async () => {
    const hidden = skippable(text("not for decoders"), 7);
    const bytes = Buffer.concat([
      hidden,
      lz4Frame([literals(text("a"))]),
      hidden,
      lz4Frame([literals(text("b"))]),
      hidden,
    ]);
    for (const format of ["lz4", "zstd"] as const) {
      expect(await decoded(format, bytes)).toEqual({ text: "ab", size: 2, consumed: bytes.length });
    }
  });

  it("leaves what is no frame to others", async () => {
    const frame = lz4Frame([literals(text("a"))]);
    expect(await decoded("lz4", Buffer.concat([frame, text("PK\x03\x04")]))).toMatchObject({ consumed: frame.length });
  });

  it("says of a frame without its end mark that it is cut off", async () => {
    const bytes = lz4Frame([literals(text("whole"))], { withoutEnd: true });
    expect(await decoded("lz4", bytes)).toMatchObject({ text: "whole", damage: "truncated" });
    expect(await decoded("lz4", lz4Frame([literals(text("whole"))]).subarray(0, 14))).toMatchObject({
      damage: "truncated",
    });
  });

  it("refuses blocks longer than the frame allows, and frames that need a dictionary", async () => {
    const long = Buffer.concat([lz4Frame([], { withoutEnd: true }), u32(0x7fffffff)]);
    expect(await decoded("lz4", long)).toMatchObject({ size: 0, damage: "corrupt" });
    const dictionary = Buffer.from(lz4Frame([literals(text("a"))]));
    dictionary[4] = (dictionary[4] ?? 0) | 1;
    expect(await decoded("lz4", dictionary)).toMatchObject({ size: 0, damage: "corrupt" });
  });

  it("stops a bomb of matches at the ratio", async () => {
    const zeros = Buffer.concat([Uint8Array.of(0x1f, 0, 1, 0), Buffer.alloc(256, 255), Uint8Array.of(0, 0x10, 0)]);
    const bomb = lz4Frame(Array(400).fill(zeros));
    const limits = { max_ratio: 100, ratio_floor_bytes: 1 << 20 };
    expect(await decoded("lz4", bomb, limits)).toMatchObject({ limit: "max_ratio" });
  });

  it("ends on every flipped byte", async () => {
    const bytes = lz4Frame([literals(text("abcdefgh")), match(4, 100, text("!"))], { linked: true });
    for (let at = 0; at < bytes.length; at++) {
      for (const bits of [0xff, 0x80, 0x01]) {
        const flipped = Buffer.from(bytes);
        flipped[at] = (flipped[at] ?? 0) ^ bits;
        await decoded("lz4", flipped);
      }
    }
  });
});
