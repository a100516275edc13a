import { deflateRawSync, deflateSync, gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { decoded } from "../../builders/decode.js";

const CONTENT = Buffer.from("a pickle, say");
/** Does not compress, so that a byte of the input is about a byte of the output. */
const NOISE = Buffer.from(Array.from({ length: 300_000 }, (_, i) => Math.imul(i, 2654435761) >>> 24));

function gzipWith(flags: number, fields: Uint8Array): Buffer {
  const whole = gzipSync(CONTENT);
  const header = Buffer.from(whole.subarray(0, 10));
  header[3] = flags;
  return Buffer.concat([header, fields, whole.subarray(10)]);
}

describe("gzip", () => {
  it("reads members that follow each other, with zeros in between", async () => {
    const bytes = Buffer.concat([gzipSync("first "), Buffer.alloc(7), gzipSync("second")]);
    expect(await decoded("gzip", bytes)).toEqual({ text: "first second", size: 12, consumed: bytes.length });
  });

  it("skips extra field, name, comment and header checksum", async () => {
    const bytes = gzipWith(2 | 4 | 8 | 16, Buffer.from("\x03\x00xyzname.pkl\0comment\0\xab\xcd", "latin1"));
    expect(await decoded("gzip", bytes)).toMatchObject({ text: "a pickle, say", consumed: bytes.length });
  });

  it("reads a name longer than any window", async () => {
    const bytes = gzipWith(8, Buffer.concat([Buffer.alloc(10_000, "n"), Buffer.alloc(1)]));
    expect(await decoded("gzip", bytes)).toMatchObject({ text: "a pickle, say" });
  });

  it("leaves what is no member to others", async () => {
    const member = gzipSync(CONTENT);
    expect(await decoded("gzip", Buffer.concat([member, Buffer.from("PK\x03\x04")]))).toEqual({
      text: "a pickle, say",
      size: 13,
      consumed: member.length,
    });
  });

  it("gives everything despite a wrong checksum or length, and says so", async () => {
    for (const back of [8, 4]) {
      const bytes = gzipSync(CONTENT);
      bytes[bytes.length - back] = (bytes[bytes.length - back] ?? 0) ^ 1;
      expect(await decoded("gzip", bytes)).toMatchObject({ text: "a pickle, say", damage: "checksum" });
    }
  });

  it("goes on with the next member behind a wrong checksum", async () => {
    const bytes = Buffer.concat([gzipSync("first "), gzipSync("second")]);
    const at = gzipSync("first ").length - 8;
    bytes[at] = (bytes[at] ?? 0) ^ 1;
    expect(await decoded("gzip", bytes)).toMatchObject({ text: "first second", damage: "checksum" });
  });

  it("says of every prefix that it is cut off", async () => {
    const bytes = gzipSync(CONTENT);
    for (let length = 1; length < bytes.length; length++) {
      const { damage, text } = await decoded("gzip", bytes.subarray(0, length));
      expect(["truncated", "corrupt"]).toContain(damage);
      expect("a pickle, say".startsWith(text)).toBe(true);
    }
  });

  it("gives all that a loader has read by the time it meets invalid data", async () => {
    const stored = Buffer.concat([Buffer.from([0, 13, 0, 0xf2, 0xff]), CONTENT]);
    const invalid = Buffer.from([0x07]); // a last block of the reserved type
    const bytes = Buffer.concat([gzipSync("").subarray(0, 10), stored, invalid, Buffer.alloc(8)]);
    expect(await decoded("gzip", bytes)).toMatchObject({ text: "a pickle, say", damage: "corrupt" });
  });

  it("gives all before invalid data far inside a long stream", async () => {
    const first = deflateRawSync(NOISE, { finishFlush: 2 }); // sync flush: ends at a byte, not as a last block
    const bytes = Buffer.concat([gzipSync("").subarray(0, 10), first, Buffer.from([0x07]), Buffer.alloc(90)]);
    expect(await decoded("gzip", bytes)).toMatchObject({ size: NOISE.length, damage: "corrupt" });
  });

  it("refuses another method than deflate", async () => {
    const bytes = gzipSync(CONTENT);
    bytes[2] = 7;
    expect(await decoded("gzip", bytes)).toMatchObject({ size: 0, damage: "corrupt" });
  });

  it("stops at the limits and keeps what came before", async () => {
    const bomb = gzipSync(Buffer.alloc(8 << 20));
    const bySize = await decoded("gzip", bomb, { max_inflated_bytes: 1 << 20 });
    expect(bySize).toMatchObject({ limit: "max_inflated_bytes" });
    const byRatio = await decoded("gzip", bomb, { max_ratio: 100, ratio_floor_bytes: 1 << 20 });
    expect(byRatio).toMatchObject({ limit: "max_ratio" });
    expect(byRatio.size).toBeGreaterThan(1 << 19);
    expect(byRatio.size).toBeLessThan(2 << 20);
    expect(await decoded("gzip", bomb)).toMatchObject({ size: 8 << 20 });
  });
});

describe("zlib", () => {
  it("reads streams that follow each other, as joblib does", async () => {
    const bytes = Buffer.concat([deflateSync("first "), deflateSync("second")]);
    expect(await decoded("zlib", bytes)).toEqual({ text: "first second", size: 12, consumed: bytes.length });
  });

  it("reads joblib's old format with its size in front", async () => {
    for (const size of ["0xd".padEnd(19), "0xdL".padEnd(20)]) {
      const bytes = Buffer.concat([Buffer.from(`ZF${size}`), deflateSync(CONTENT)]);
      expect(await decoded("zlib", bytes)).toEqual({ text: "a pickle, say", size: 13, consumed: bytes.length });
    }
  });

  it("tells of a wrong Adler-32", async () => {
    const bytes = deflateSync(CONTENT);
    bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
    expect(await decoded("zlib", bytes)).toMatchObject({ text: "a pickle, say", damage: "checksum" });
  });

  it("checks the Adler-32 of long content", async () => {
    expect(await decoded("zlib", deflateSync(NOISE))).not.toHaveProperty("damage");
  });

  it("refuses a stream that needs a dictionary", async () => {
    const bytes = deflateSync(CONTENT, { dictionary: Buffer.from("pickle") });
    expect(await decoded("zlib", bytes)).toMatchObject({ size: 0, damage: "corrupt" });
  });

  it("says of a stream without its checksum that it is cut off", async () => {
    expect(await decoded("zlib", deflateSync(CONTENT).subarray(0, -4))).toMatchObject({
      text: "a pickle, say",
      damage: "truncated",
    });
  });
});
