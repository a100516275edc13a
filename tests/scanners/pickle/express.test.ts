import { describe, expect, it } from "vitest";
import { BufferSource } from "../../../src/io/byte-source.js";
import { traceOne } from "../../../src/scanners/pickle/trace.js";
import { call, dict, listOf, made, named, tupleOf, whole } from "../../attacks/pickle-calls.js";
import * as p from "../../builders/pickle.js";

/** What the trace says that a pickle of this value returns. */
const expressed = (value: p.Piece) =>
  traceOne(new BufferSource(whole(value)), 0)
    .at(-1)
    ?.replace(/^ *\d+ {2}return /, "");
const ints = (count: number) => Array.from({ length: count }, (_, i) => p.int(i));
const nested = (times: number): p.Piece => (times === 0 ? p.int(1) : tupleOf(nested(times - 1)));
const calls = (times: number): p.Piece => (times === 0 ? p.int(1) : call("m", "f", calls(times - 1)));

describe("a value as Python would write it", () => {
  it.each([
    ["None", p.none],
    ["True", p.op("NEWTRUE")],
    ["False", p.op("NEWFALSE")],
    ["-5", p.int(-5)],
    ["<int>", p.pickle([0x8a, 20], new Uint8Array(20).fill(0x7f))],
    ["<float>", [0x47, 0, 0, 0, 0, 0, 0, 0, 0]],
    ['"a\\"b\\n"', p.text('a"b\n')],
    ["os.system", named("posix", "system")],
    ["eval", named("builtins", "eval")],
    ["os", named("os", "")],
    ["()", p.emptyTuple],
    ["(0,)", tupleOf(p.int(0))],
    ["(0, 1)", tupleOf(...ints(2))],
    ["[0]", listOf(p.int(0))],
    ["[]", p.emptyList],
    ["{0}", p.pickle(p.emptySet, p.mark, p.int(0), p.additems)],
    ['{"a": 0, "b": 1}', dict({ a: p.int(0), b: p.int(1) })],
    ["m.f(0, 1)", call("m", "f", ...ints(2))],
    ["m.f(*None)", p.pickle(named("m", "f"), p.none, p.reduce)],
    ["m.C.__new__(…)", made("m", "C", p.int(1))],
    ["<extension 7>", p.ext1(7)],
    ["<persistent object>", p.pickle(p.int(1), p.binpersid)],
    ['b"ab\\x00\\x22\\x5c\\x7f~ "', p.bytes('ab\0"\\\x7f~ ')],
    ['bytearray(b"ab")', p.pickle([0x96, ...p.le(2, 8)], Buffer.from("ab"))],
  ])("is written %s", (text, piece) => {
    expect(expressed(piece)).toBe(text);
  });

  it("is cut where it is long", () => {
    expect(expressed(p.text("x".repeat(200)))).toBe(`"${"x".repeat(200)}"`);
    expect(expressed(p.text("x".repeat(201)))).toBe(`"${"x".repeat(200)}…"`);
    expect(expressed(p.bytes("x".repeat(24)))).toBe(`b"${"x".repeat(24)}"`);
    expect(expressed(p.bytes("x".repeat(25)))).toBe(`b"${"x".repeat(24)}…"`);
    expect(expressed(call("builtins", "bytes.fromhex", p.text("78".repeat(40))))).toBe(`b"${"x".repeat(24)}…"`);
    expect(expressed(listOf(...ints(6)))).toBe("[0, 1, 2, 3, 4, 5]");
    expect(expressed(listOf(...ints(7)))).toBe("[0, 1, 2, 3, 4, 5, …]");
    expect(expressed(dict(Object.fromEntries(ints(6).map((value, i) => [`k${i}`, value]))))).not.toContain("…");
    expect(expressed(dict(Object.fromEntries(ints(7).map((value, i) => [`k${i}`, value]))))).toMatch(/"k5": 5, …\}$/);
  });

  it("is cut where it is deep", () => {
    expect(expressed(nested(5))).toBe("(((((1,),),),),)");
    expect(expressed(nested(7))).toBe("((((((…,),),),),),)");
    expect(expressed(calls(2))).toBe("m.f(m.f(1))");
    expect(expressed(calls(9))).toContain("…");
    expect(expressed(dict({ a: dict({ a: dict({ a: dict({ a: dict({ a: dict({ a: p.int(1) }) }) }) }) }) }))).toContain(
      "…",
    );
  });

  it.each([
    ["a list", p.pickle(p.emptyList, p.memoize, p.get(0), p.append)],
    ["a dict, as a value", p.pickle(p.emptyDict, p.memoize, p.text("a"), p.get(0), p.setitem)],
    ["a dict, as a key", p.pickle(p.emptyDict, p.memoize, p.get(0), p.int(1), p.setitem)],
    [
      "a list that a call is given",
      p.pickle(p.emptyList, p.memoize, named("m", "f"), p.get(0), p.tuple1, p.reduce, p.append),
    ],
    ["the arguments of a call", p.pickle(p.emptyList, p.memoize, named("m", "f"), p.get(0), p.reduce, p.append)],
  ])("ends where %s holds itself", (_, piece) => {
    expect(expressed(piece)?.length).toBeLessThan(200);
    expect(expressed(piece)).toContain("…");
  });
});
