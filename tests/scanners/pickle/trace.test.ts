import { describe, expect, it } from "vitest";
import { BufferSource } from "../../../src/io/byte-source.js";
import { traceOne, tracePickle } from "../../../src/scanners/pickle/trace.js";
import { TraceExcerpts } from "../../../src/scanners/pickle/trace-excerpts.js";
import { call, dict, made, named, tupleOf, whole, withState } from "../../attacks/pickle-calls.js";
import * as p from "../../builders/pickle.js";

const traced = (bytes: Uint8Array, start = 0) => [...tracePickle(new BufferSource(bytes), start)];
/** The lines without their offsets. */
const says = (bytes: Uint8Array) => traced(bytes).map((line) => line.slice(10));
const saysOf = (...pieces: readonly p.Piece[]) => says(whole(...pieces));

describe("the trace of a pickle", () => {
  it("begins each line with the offset of what it says", () => {
    expect(traced(p.pickle(p.proto(2), p.global("posix", "system"), p.text("id"), p.tuple1, p.reduce, p.stop))).toEqual(
      [
        "       2  from posix import system",
        '      21  _0 = os.system("id")  # REDUCE',
        '      22  return os.system("id")',
      ],
    );
  });
  it("says by which name the loader knows what is renamed", () => {
    const old = p.pickle(p.proto(2), p.global("__builtin__", "xrange"), p.stop);
    expect(says(old)).toEqual(["from __builtin__ import xrange  # is builtins.range", "return range"]);
  });
  it("numbers what is made", () => {
    expect(saysOf(made("a", "B", p.int(1)), p.pop, call("c", "d"), p.pop, p.text("x"), p.binpersid)).toEqual([
      "from a import B",
      "_0 = a.B.__new__(a.B, *(1,))  # NEWOBJ",
      "from c import d",
      "_1 = c.d()  # REDUCE",
      '_2 = persistent_load("x")',
      "return <persistent object>",
    ]);
  });
  it("numbers everything on, and tells the same once more", () => {
    const one = p.pickle(named("a", "B"), p.memoize, p.emptyTuple, p.newobj, p.pop);
    const again = p.pickle(p.get(0), p.emptyTuple, p.newobj, p.pop);
    const outside = p.pickle(p.text("x"), p.binpersid, p.pop, p.ext1(7), p.pop);
    expect(saysOf(one, again, outside, outside, again, p.none).slice(1, -1)).toEqual([
      "_0 = a.B.__new__(a.B, *())  # NEWOBJ",
      "_1 = a.B.__new__(a.B, *())  # NEWOBJ",
      '_2 = persistent_load("x")',
      "_3 = copyreg._inverted_registry[7]  # EXT",
      '_4 = persistent_load("x")',
      "_5 = copyreg._inverted_registry[7]  # EXT",
      "_6 = a.B.__new__(a.B, *())  # NEWOBJ",
    ]);
  });
  it("says which state is set and which items are added", () => {
    expect(saysOf(withState(made("a", "B"), dict({ c: p.int(1) }))).slice(2)).toEqual([
      'a.B.__new__(…).__setstate__({"c": 1})  # BUILD',
      "return a.B.__new__(…)",
    ]);
    const added = (...pieces: readonly p.Piece[]) => saysOf(call("a", "b"), ...pieces)[2];
    expect(added(p.int(1), p.append)).toBe("a.b().extend(… 1 items)  # APPEND");
    expect(added(p.mark, p.int(1), p.int(2), p.appends)).toBe("a.b().extend(… 2 items)  # APPENDS");
    expect(added(p.int(1), p.int(2), p.setitem)).toBe("a.b().__setitem__(… 2 items)  # SETITEM");
    expect(added(p.mark, p.int(1), p.int(2), p.setitems)).toBe("a.b().__setitem__(… 2 items)  # SETITEMS");
    expect(added(p.mark, p.int(1), p.additems)).toBe("a.b().add(… 1 items)  # ADDITEMS");
  });
  it("says what comes from the registry, what is put together, and what lies inside", () => {
    expect(saysOf(p.ext1(7))).toEqual(["_0 = copyreg._inverted_registry[7]  # EXT", "return <extension 7>"]);
    expect(saysOf(p.int(1), p.text("b"), p.stackGlobal)[0]).toBe('import of 1, "b"  # computed');
    expect(saysOf(p.bytes(p.osSystem()))[0]).toMatch(/^# b".*" looks like data inside data$/);
  });
  it("says what is irregular, and returns nothing of what is not known", () => {
    expect(says(p.pickle(p.proto(4), p.get(9), p.stop)).at(-1)).toBe("return");
    expect(says(p.pickle(p.proto(4), p.get(9), p.stop))[0]).toMatch(/^# [a-z-]+: /);
  });
  it("names a module alone as an import", () => {
    expect(saysOf(p.text("os"), p.text(""), p.stackGlobal)[0]).toBe("import os");
  });

  it("goes on with the pickles that follow, and says how many bytes follow that are none", () => {
    const one = whole(p.int(1));
    expect(traced(Buffer.concat([one, one]))).toEqual(["       7  return 1", "# pickle 2", "      15  return 1"]);
    expect(traced(Buffer.concat([one, Buffer.from("rest")])).at(-1)).toBe("       8  # 4 bytes follow");
    expect(traced(Buffer.concat([one, one]), 8)).toEqual(["      15  return 1"]);
    expect(traced(new Uint8Array(0))).toEqual([]);
  });
  it("ends where the pickle does", () => {
    const cut = traced(whole(p.text("abc")).subarray(0, 4));
    expect(cut).toHaveLength(1);
    expect(cut[0]).toMatch(/^ +\d+ {2}# /);
    expect(traced(Buffer.concat([whole(p.text("abc")).subarray(0, 4), whole(p.int(1))])).join("\n")).not.toContain(
      "pickle 2",
    );
  });

  describe("with joblib's arrays", () => {
    const wrapper = (more: Parameters<typeof dict>[0] = {}) =>
      withState(
        made("joblib.numpy_pickle", "NumpyArrayWrapper"),
        dict({ dtype: call("numpy", "dtype", p.text("i1")), shape: tupleOf(p.int(5)), ...more }),
      );
    const raw = Buffer.from("\x80\x02\xff\xff\xff", "latin1");
    it("steps over their bytes", () => {
      const lines = traced(p.pickle(p.proto(4), wrapper(), raw, p.pop, p.int(1), p.stop));
      expect(lines.at(-2)).toMatch(/# 5 bytes of array data$/);
      expect(lines.at(-1)).toMatch(/return 1$/);
    });
    it("steps over their padding", () => {
      const aligned = wrapper({ numpy_array_alignment_bytes: p.int(16) });
      const behind = [p.text("done"), p.stop];
      for (const padding of [[0], [3, 1, 1, 1]])
        expect(traced(p.pickle(p.proto(4), aligned, padding, raw, ...behind)).at(-1)).toMatch(/return "done"$/);
    });
    it("goes on with the pickle in an array of objects", () => {
      const objects = wrapper({ dtype: call("numpy", "dtype", p.text("O8")) });
      expect(says(p.pickle(p.proto(4), objects, p.osSystem())).at(-1)).toBe('return os.system("id")');
    });
    it("ends with the file where they are cut off", () => {
      expect(traced(p.pickle(p.proto(4), wrapper(), raw.subarray(0, 2))).at(-1)).toMatch(/# /);
    });
    it("takes another object's state for no array", () => {
      const other = withState(
        made("somewhere.else", "Wrapper"),
        dict({ dtype: call("numpy", "dtype", p.text("i1")), shape: tupleOf(p.int(5)) }),
      );
      expect(traced(p.pickle(p.proto(4), other, p.pop, p.int(1), p.stop)).join("\n")).not.toContain("array data");
    });
  });
});

describe("the lines around a finding", () => {
  const many = whole(
    ...Array.from({ length: 9 }, (_, i) => p.pickle(named("m", `f${i}`), p.pop)),
    call("os", "system", p.text("id")),
    ...Array.from({ length: 9 }, (_, i) => p.pickle(named("n", `f${i}`), p.pop)),
    p.none,
  );
  const source = new BufferSource(many);
  const offset = Number.parseInt(traceOne(source, 0).find((line) => line.includes("REDUCE")) ?? "", 10);
  const excerpts = () => new TraceExcerpts(source, 0, many.length);
  const unsafe = { rule: "pickle/unsafe-call", message: "x", subject: "x" } as const;

  it("are four before it, its own and two behind", () => {
    const trace = excerpts().addTo({ ...unsafe, offset, evidence: { a: 1 } }).evidence;
    expect(trace).toEqual({ a: 1, trace: traceOne(source, 0).slice(6, 13) });
    expect(traceOne(source, 0)[10]).toContain("REDUCE");
  });
  it("begin with the pickle", () => {
    const [first] = traceOne(source, 0);
    const { evidence } = excerpts().addTo({ ...unsafe, offset: Number.parseInt(first ?? "", 10) });
    expect(evidence).toEqual({ trace: traceOne(source, 0).slice(0, 3) });
  });
  it("are cut where they are long", () => {
    const long = whole(call("os", "system", ...Array.from({ length: 5 }, () => p.text("x".repeat(150)))));
    const { evidence } = new TraceExcerpts(new BufferSource(long), 0, long.length).addTo({ ...unsafe, offset: 0 });
    const lines = traceOne(new BufferSource(long), 0).map((line) => line.slice(0, 200));
    expect(lines.map(({ length }) => length)).toEqual([31, 200, 200]);
    expect(evidence).toEqual({ trace: lines });
  });
  it("are none for what is no more than low, has no place, lies behind the end, or in a long pickle", () => {
    const none = (excerpt: TraceExcerpts, observation: Parameters<TraceExcerpts["addTo"]>[0]) =>
      expect(excerpt.addTo(observation)).toBe(observation);
    none(excerpts(), { ...unsafe, severity: "low", offset });
    none(excerpts(), unsafe);
    none(excerpts(), { ...unsafe, offset: many.length + 1 });
    none(new TraceExcerpts(), { ...unsafe, offset });
    none(new TraceExcerpts(source, 0, (256 << 10) + 1), { ...unsafe, offset });
    expect(excerpts().addTo({ ...unsafe, severity: "medium", offset }).evidence).toHaveProperty("trace");
    expect(new TraceExcerpts(source, 0, 256 << 10).addTo({ ...unsafe, offset }).evidence).toHaveProperty("trace");
  });
});
