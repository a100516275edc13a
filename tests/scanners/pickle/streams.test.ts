import { deflateSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { OP } from "../../../src/formats/pickle/opcodes.js";
import { concat } from "../../builders/bytes.js";
import * as p from "../../builders/pickle.js";
import { findingsOf, reportOf, rulesOf } from "./scan.js";

const { pickle, proto, global, text, bytes, int, stop, reduce, tuple1, tuple2, tuple3 } = p;

const harmless = pickle(proto(4), text("nothing"), p.memoize, stop);

describe("constants", () => {
  it("that are compressed records are left alone, and looked into where they hold a pickle", async () => {
    const record = (content: string | Uint8Array) => pickle(proto(4), bytes(deflateSync(Buffer.from(content))), stop);
    const many = pickle(
      proto(4),
      ...Array.from({ length: 5000 }, () => record('{"text": 1}'.repeat(20)).slice(2, -1)),
      stop,
    );
    expect(await reportOf(many)).toMatchObject({ state: "scanned", findings: [] });
    expect(await rulesOf(record(concat(p.osSystem(), new Uint8Array(100))))).toContain("pickle/nested-pickle");
    expect(await rulesOf(record(Buffer.from(`cos\nsystem\n(S'id'\ntR.${" ".repeat(100)}`)))).toContain(
      "pickle/nested-pickle",
    );
  });

  it("that only begin like a compressed stream are no damaged stream", async () => {
    const fake = pickle(proto(4), bytes(`\x1f\x8b\x08\x00${"no gzip at all ".repeat(20)}`), stop);
    expect(await reportOf(fake)).toMatchObject({ state: "scanned", findings: [] });
  });
});

describe("several pickles in one file", () => {
  it("runs the second and the third", async () => {
    expect(await rulesOf(concat(harmless, p.osSystem()))).toEqual(["pickle/unsafe-call", "pickle/further-stream"]);
    expect(await rulesOf(concat(harmless, harmless, p.osSystem("id", 2)))).toContain("pickle/unsafe-call");
  });

  it("finds one behind blank lines, behind raw data, and behind a stream that broke", async () => {
    expect(await rulesOf(concat(harmless, "\n\n\t\n", p.osSystem()))).toContain("pickle/unsafe-call");
    expect(await rulesOf(concat(harmless, new Uint8Array(5000).fill(0xee), p.osSystem()))).toContain(
      "pickle/hidden-stream",
    );
    expect(await rulesOf(concat(proto(4), text("x"), [0xff, 0xff], p.osSystem()))).toContain("pickle/unsafe-call");
  });

  it("tells a further one by what it imports, not that it is there", async () => {
    expect(await reportOf(concat(harmless, harmless))).toMatchObject({ state: "scanned", findings: [] });
    expect(await rulesOf(concat(harmless, pickle(proto(4), global("made.up", "Own"), stop)))).toContain(
      "pickle/further-stream",
    );
  });

  it("finds one that begins like none right behind the byte that broke the stream, and right behind one that ends", async () => {
    const unmarked = p.osSystem("id", 4).subarray(2);
    expect(await rulesOf(concat(proto(4), p.none, [0xff], unmarked))).toContain("pickle/unsafe-call");
    expect(await rulesOf(concat(harmless, unmarked))).toContain("pickle/unsafe-call");
  });

  it("keeps the memos of streams apart", async () => {
    const first = pickle(proto(4), text("json"), p.put(0), p.pop, text("loads"), p.put(1), stop);
    const second = pickle(
      proto(4),
      text("os"),
      p.put(0),
      p.pop,
      text("system"),
      p.put(1),
      p.pop,
      p.get(0),
      p.get(1),
      p.stackGlobal,
      stop,
    );
    expect((await findingsOf(concat(first, second)))[0]?.message).toContain("os.system");
  });

  it("tells bytes behind the pickle that are none", async () => {
    expect(await rulesOf(concat(harmless, "some text that follows"))).toEqual(["analysis/trailing-data"]);
    expect(await findingsOf(harmless)).toEqual([]);
  });
});

describe("pickles in odd places", () => {
  it.each([
    ["text", "This model is harmless.\n"],
    ["zeros", new Uint8Array(64)],
    ["a byte order mark", [0xef, 0xbb, 0xbf]],
  ] as const)("are found behind %s", async (_, prefix) => {
    const found = await rulesOf(concat(prefix, p.osSystem("id", 2)), "model.dat");
    expect(found).toEqual(expect.arrayContaining(["pickle/hidden-stream", "pickle/unsafe-call"]));
  });

  it.each(["model.txt", "model", "model.JPG", "tokenizer.json", "model.safetensors", ".cache"])(
    "are found in %s",
    async (name) => {
      expect(await rulesOf(p.osSystem("id", 2), name)).toContain("pickle/unsafe-call");
      const protocol0 = Buffer.from("cos\nsystem\n(S'id'\ntR.");
      expect(await rulesOf(protocol0, name)).toContain("pickle/unsafe-call");
    },
  );

  it("are not seen in prose, lists of words and tables", async () => {
    for (const prose of [
      "col_a,col_b\n1,2\n",
      "cat\ndog\n(bird)\n.",
      "I like it.\nNot that.\n",
      "# Model card\n\nNothing here.\n",
    ]) {
      const rules = await rulesOf(Buffer.from(prose), "notes.txt");
      expect(rules.filter((rule) => rule.startsWith("pickle/"))).toEqual([]);
    }
  });
});

describe("joblib", () => {
  const wrapper = pickle(global("joblib.numpy_pickle", "NumpyArrayWrapper"), p.emptyTuple, p.newobj);
  const dtype = (code: string) => pickle(global("numpy", "dtype"), text(code), [0x89], [0x88], tuple3, reduce);
  const state = (code: string, length: number, aligned: boolean) =>
    pickle(
      p.emptyDict,
      p.mark,
      text("shape"),
      int(length),
      tuple1,
      text("dtype"),
      dtype(code),
      text("numpy_array_alignment_bytes"),
      aligned ? int(16) : p.none,
      p.setitems,
      p.build,
    );

  it("reads on behind the raw bytes of an array", async () => {
    const data = new Uint8Array(80).fill(0x2e);
    const file = concat(
      proto(4),
      wrapper,
      state("f8", 10, false),
      data,
      p.pop,
      global("os", "system"),
      text("id"),
      tuple1,
      reduce,
      stop,
    );
    expect(await rulesOf(file, "m.joblib")).toEqual(["pickle/unsafe-call"]);
    const clean = concat(proto(4), wrapper, state("f8", 10, false), data, stop);
    expect(await findingsOf(clean, "m.joblib")).toEqual([]);
  });

  it("names memmap as the class that an array had, and nowhere else", async () => {
    const subclass = pickle(p.emptyDict, p.mark, text("subclass"), global("numpy", "memmap"), p.setitems);
    const shape = pickle(p.mark, text("shape"), int(1), tuple1, text("dtype"), dtype("u1"), p.setitems, p.build);
    const file = (behind: p.Piece) => concat(proto(4), wrapper, subclass, shape, [7], behind, stop);
    expect(await findingsOf(file([]), "m.joblib")).toEqual([]);
    const called = pickle(p.pop, global("numpy", "memmap"), text("/etc/passwd"), tuple1, reduce);
    expect(await rulesOf(file(called), "m.joblib")).toContain("pickle/unsafe-call");
    expect(await rulesOf(pickle(proto(4), global("numpy", "memmap"), stop))).toEqual(["pickle/unsafe-import"]);
  });

  it("skips the padding that aligns an array", async () => {
    const file = concat(proto(4), wrapper, state("u1", 4, true), [3, 0xff, 0xff, 0xff], [1, 2, 3, 4], stop);
    expect(await reportOf(file, "m.joblib")).toMatchObject({ state: "scanned", findings: [] });
  });

  it("runs the pickle inside an array of objects", async () => {
    const file = concat(proto(4), wrapper, state("O8", 1, false), p.osSystem(), stop);
    const report = await reportOf(file, "m.joblib");
    expect(report.findings[0]).toMatchObject({ rule: "pickle/unsafe-call", severity: "critical" });
    expect(report.state).toBe("scanned");
  });

  it("follows arrays of objects inside each other to a depth of sixteen, and any number one after the other", async () => {
    const array = (inner: Uint8Array) => concat(wrapper, state("O8", 1, false), inner);
    const nested = (depth: number): Uint8Array =>
      depth === 0 ? p.osSystem() : concat(proto(4), array(nested(depth - 1)), stop);
    expect(await reportOf(nested(16), "m.joblib")).toMatchObject({
      state: "scanned",
      findings: [{ rule: "pickle/unsafe-call" }],
    });
    expect(await rulesOf(nested(17), "m.joblib")).toContain("analysis/limit-exceeded");
    const many = Array.from({ length: 40 }, () => concat(array(harmless), p.pop));
    expect(await reportOf(concat(proto(4), ...many, p.none, stop), "m.joblib")).toMatchObject({
      state: "scanned",
      findings: [],
    });
  });

  it("tells that the pickle inside an array of objects breaks off", async () => {
    const file = concat(proto(4), wrapper, state("O8", 1, false), proto(4), p.none, [0xff]);
    const report = await reportOf(file, "m.joblib");
    const told = report.findings.filter(({ rule }) => rule === "pickle/unfinished").map(({ evidence }) => evidence);
    expect(report.state).toBe("partial");
    expect(told).toContainEqual(expect.objectContaining({ started: file.length - 4 }));
  });

  it("looks into the constants of the pickle inside an array of objects", async () => {
    const inner = pickle(proto(4), bytes(p.osSystem()), stop);
    const file = concat(proto(4), wrapper, state("O8", 1, false), inner, stop);
    expect(await rulesOf(file, "m.joblib")).toContain("pickle/nested-pickle");
    const plain = concat(proto(4), wrapper, state("O8", 1, false), pickle(proto(4), bytes("plain"), stop), stop);
    expect(await findingsOf(plain, "m.joblib")).toEqual([]);
  });

  /** A type with the state that numpy pickles: (version, order, subdtype, names, fields, size, alignment, flags). */
  const stated = (
    code: string,
    {
      version = 3,
      fields = p.none,
      size = -1,
      flags = 0,
    }: { version?: number; fields?: p.Piece; size?: number; flags?: number },
  ) => {
    const tuple = [p.mark, int(version), text("|"), p.none, p.none, fields, int(size), int(-1), int(flags), p.tuple];
    return pickle(dtype(code), ...tuple, p.build);
  };
  const flagged = (flags: p.Piece) => {
    const rest = [text("|"), p.none, p.none, p.none, int(-1), int(-1)];
    return pickle(dtype("f8"), p.mark, int(3), ...rest, flags, p.tuple, p.build);
  };
  const field = (code: string) => pickle(p.emptyDict, text("a"), dtype(code), int(0), tuple2, p.setitem);
  const arrayOf = (type: p.Piece, length: number) =>
    pickle(p.emptyDict, p.mark, text("shape"), int(length), tuple1, text("dtype"), type, p.setitems, p.build);

  // `dtype.hasobject` of numpy 2.4 is true for each.
  it.each([
    ["numbers", stated("f8", { flags: 1 })],
    ["truth values", stated("b1", { flags: 63 })],
    ["bytes", stated("S8", { size: 8, flags: 1 })],
    ["records", stated("V8", { size: 8, flags: 1 })],
    ["numbers with all flags", stated("f8", { flags: -1 })],
    ["objects", stated("O8", { flags: 63 })],
    ["objects of an old version", stated("O8", { version: 2 })],
    ["records with objects, of an old version", stated("V8", { version: 2, size: 8, fields: field("O8") })],
  ])("runs the pickle inside an array of %s that are said to be objects", async (_, type) => {
    const file = concat(proto(4), wrapper, arrayOf(type, 4), p.osSystem(), stop);
    expect(await rulesOf(file, "m.joblib")).toEqual(["pickle/unsafe-call"]);
  });

  it.each([
    ["numbers", stated("f8", {}), 8],
    ["numbers, whatever size they state", stated("f8", { size: 100 }), 8],
    ["truth values", stated("?", {}), 1],
    ["times", dtype("M8[ns]"), 8],
    ["objects that are said to be none", stated("O8", {}), 8],
    ["records", stated("V4", { size: 12, fields: field("f8") }), 12],
    ["records of an old version", stated("V4", { version: 2, size: 12, fields: field("f8") }), 12],
    ["bytes", stated("S5", { size: 7 }), 7],
    ["bytes by their old letter", stated("a5", { size: 7 }), 7],
    ["bytes without a state", dtype("S5"), 5],
    ["texts", stated("U5", { size: 24 }), 24],
    ["texts without a state", dtype("U5"), 20],
    ["nothing", dtype("S0"), 0],
  ])("reads on behind an array of %s", async (_, type, size) => {
    const data = new Uint8Array(3 * size).fill(0xff);
    const call = pickle(p.pop, global("os", "system"), text("id"), tuple1, reduce);
    const file = concat(proto(4), wrapper, arrayOf(type, 3), data, call, stop);
    const report = await reportOf(file, "m.joblib");
    expect([report.state, ...report.findings.map(({ rule }) => rule)]).toEqual(["scanned", "pickle/unsafe-call"]);
  });

  it.each([
    ["a type that is several", dtype("f8,f8")],
    ["a type with a shape", dtype("(2,)f8")],
    ["a type without a size", dtype("f")],
    ["a type of no letter", dtype("8")],
    ["bytes of a size below nothing", stated("S5", { size: -1 })],
    ["a type that another function makes", pickle(global("numpy", "min_scalar_type"), text("f8"), tuple1, reduce)],
    ["a type of another package", pickle(global("numpyx", "dtype"), text("f8"), tuple1, reduce)],
    ["a type with a state of an old length", pickle(dtype("S5"), p.mark, int(1), p.none, p.tuple, p.build)],
    ["flags of more than eight bytes", flagged([OP.LONG1, 9, 1, 0, 0, 0, 0, 0, 0, 0, 1])],
    ["flags that are no number", flagged(p.none)],
    ["a type that is a text", text("f8")],
    ["a type by a number", pickle(global("numpy", "dtype"), int(8), tuple1, reduce)],
  ])("is partial when an array has %s", async (_, type) => {
    expect((await reportOf(concat(proto(4), wrapper, arrayOf(type, 0), stop), "m.joblib")).state).toBe("partial");
  });

  it.each([
    ["a text", text("8")],
    ["a number below nothing", int(-1)],
    ["a truth value", [0x88]],
  ])("is partial when an array is as long as %s", async (_, length) => {
    const shape = pickle(p.emptyDict, p.mark, text("shape"), length, tuple1, text("dtype"), dtype("f8"), p.setitems);
    const file = concat(proto(4), wrapper, shape, p.build, stop);
    expect((await reportOf(file, "m.joblib")).state).toBe("partial");
  });

  it("knows an array by the wrapper's class, however that is made", async () => {
    const made = (module: string, maker: string, cls: string) =>
      pickle(global("copyreg", maker), global(module, cls), global("builtins", "object"), p.none, p.tuple3, reduce);
    const stateBehind = async (target: p.Piece) => {
      const file = concat(proto(4), target, arrayOf(dtype("f8"), 1), new Uint8Array(8).fill(0xff), stop);
      return (await reportOf(file, "m.joblib")).state;
    };
    expect(await stateBehind(made("joblib.numpy_pickle", "_reconstructor", "NumpyArrayWrapper"))).toBe("scanned");
    expect(
      await stateBehind(made("sklearn.externals.joblib.numpy_pickle", "_reconstructor", "NumpyArrayWrapper")),
    ).toBe("scanned");
    expect(await stateBehind(made("joblib.numpy_pickle", "_reconstructor", "ZNDArrayWrapper"))).toBe("partial");
    expect(await stateBehind(made("joblib.numpy_pickle", "other", "NumpyArrayWrapper"))).toBe("partial");
  });

  it("is partial when an array is cut off, and tells how much of it is left", async () => {
    const head = concat(proto(4), wrapper, state("f8", 10, false));
    const report = await reportOf(concat(head, new Uint8Array(20)), "m.joblib");
    expect(report.state).toBe("partial");
    const cut = `an array of 80 bytes at ${head.length}, 20 are left`;
    expect(report.findings.map(({ message }) => message)).toContain(cut);
    const whole = await reportOf(concat(head, new Uint8Array(80)), "m.joblib");
    expect(whole.findings.map(({ subject }) => subject)).not.toContain("array");
  });
});

describe("legacy PyTorch", () => {
  const magic = Uint8Array.of(0x80, 2, 0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19, 0x2e);
  const version = pickle(proto(2), [0x4d, 0xe9, 0x03], stop);
  const system = pickle(proto(2), p.emptyDict, stop);
  const storage = pickle(
    p.mark,
    text("storage"),
    global("torch", "FloatStorage"),
    text("7"),
    text("cpu"),
    int(2),
    p.none,
    p.tuple,
    p.binpersid,
  );
  const object = pickle(proto(2), storage, stop);
  const keys = pickle(proto(2), p.emptyList, text("7"), p.append, stop);
  const data = concat([2, 0, 0, 0, 0, 0, 0, 0], new Uint8Array(8));

  it("is silent about the five pickles and their storages", async () => {
    const report = await reportOf(concat(magic, version, system, object, keys, data), "model.pth");
    expect(report).toMatchObject({ state: "scanned", findings: [] });
    expect(report.metadata).toMatchObject({ loads_with_weights_only: true });
  });

  // `torch._utils._element_size` of the type that each class stands for.
  it.each([
    ["DoubleStorage", 8],
    ["FloatStorage", 4],
    ["HalfStorage", 2],
    ["BFloat16Storage", 2],
    ["LongStorage", 8],
    ["IntStorage", 4],
    ["ShortStorage", 2],
    ["CharStorage", 1],
    ["ByteStorage", 1],
    ["BoolStorage", 1],
    ["ComplexDoubleStorage", 16],
    ["ComplexFloatStorage", 8],
    ["QInt8Storage", 1],
    ["QUInt8Storage", 1],
    ["QInt32Storage", 4],
    ["QUInt4x2Storage", 1],
    ["QUInt2x4Storage", 1],
    ["UntypedStorage", 1],
  ])("knows that an element of %s has %i bytes", async (cls, size) => {
    const id = (key: string) => [p.mark, text("storage"), global("torch", cls), text(key), text("cpu"), int(3), p.none];
    const refer = (key: string) => [...id(key), p.tuple, p.binpersid];
    const both = pickle(proto(2), ...refer("7"), p.pop, ...refer("8"), stop);
    const list = pickle(proto(2), p.emptyList, text("7"), p.append, text("8"), p.append, stop);
    const raw = concat([3, 0, 0, 0, 0, 0, 0, 0], new Uint8Array(3 * size).fill(0xff));
    const report = await reportOf(concat(magic, version, system, both, list, raw, raw), "model.pth");
    expect(report).toMatchObject({ state: "scanned", findings: [] });
    const short = await reportOf(concat(magic, version, system, both, list, raw, raw.subarray(0, -1)), "model.pth");
    expect(short.state).toBe("partial");
  });

  it("cannot tell storages apart that nothing refers to, or that are said to be shorter than nothing", async () => {
    const state = async (list: p.Piece, raw: Uint8Array) =>
      (await reportOf(concat(magic, version, system, object, list, raw), "model.pth")).state;
    expect(await state(pickle(proto(2), p.emptyList, text("9"), p.append, stop), data)).toBe("partial");
    expect(await state(pickle(proto(2), p.emptyList, int(7), p.append, stop), data)).toBe("partial");
    expect(await state(keys, concat(new Uint8Array(8).fill(0xff), new Uint8Array(8)))).toBe("partial");
    expect(await state(keys, new Uint8Array(7))).toBe("partial");
    expect(await state(keys, new Uint8Array(8))).toBe("scanned");
  });

  it.each([0, 1, 2, 3, 4])("finds a payload in pickle %i", async (place) => {
    const parts = [magic, version, system, object, keys];
    const payload = concat(
      proto(2),
      global("os", "system"),
      text("id"),
      tuple1,
      reduce,
      p.pop,
      parts[place]?.subarray(2) ?? [],
    );
    parts[place] = payload;
    expect(await rulesOf(concat(...parts, data), "model.pth")).toContain("pickle/unsafe-call");
  });

  it("expects five pickles, and tells a sixth", async () => {
    const imports = pickle(proto(2), global("made.up", "Own"), stop);
    const file = (...last: readonly Uint8Array[]) => concat(magic, version, system, ...last);
    expect(await rulesOf(file(imports, pickle(proto(2), p.emptyList, stop)), "model.pth")).not.toContain(
      "pickle/further-stream",
    );
    const sixth = file(object, keys, data, imports);
    expect(await rulesOf(sixth, "model.pth")).toContain("pickle/further-stream");
  });

  it("takes what lies in the storages for numbers", async () => {
    const hidden = concat([14, 0, 0, 0, 0, 0, 0, 0], p.osSystem("x".repeat(56 - p.osSystem("").length)));
    const report = await reportOf(concat(magic, version, system, object, keys, hidden), "model.pth");
    expect(report).toMatchObject({ state: "scanned", findings: [] });
  });

  it("finds a pickle behind the storages", async () => {
    expect(await rulesOf(concat(magic, version, system, object, keys, data, p.osSystem()), "model.pth")).toContain(
      "pickle/unsafe-call",
    );
  });
});

describe("pickles one behind the other", () => {
  const clean = pickle(proto(4), p.none, stop);

  it.each([0x00, 0x09, 0x0a, 0x0d, 0x20])("are told apart where bytes %i lie between them", async (pad) => {
    const between = new Uint8Array(5000).fill(pad);
    const rules = await rulesOf(concat(clean, between, p.osSystem()));
    expect(rules).toContain("pickle/further-stream");
    expect(rules).not.toContain("pickle/hidden-stream");
    expect((await reportOf(concat(clean, between))).findings).toEqual([]);
  });

  it("are hidden ones where other bytes lie between them", async () => {
    const rules = await rulesOf(concat(clean, [0x0b], p.osSystem()));
    expect(rules).toContain("pickle/hidden-stream");
    expect((await reportOf(concat(clean, [0x0b]))).findings.map(({ rule }) => rule)).toEqual([
      "analysis/trailing-data",
    ]);
  });

  it("are found wherever they lie among other bytes, at the borders of what is read at once too", async () => {
    const payloads = [p.osSystem(), Buffer.from("cos\nsystem\n(S'id'\ntR."), p.osSystem("id", 2)];
    const mebibyte = 1 << 20;
    for (const payload of payloads) {
      for (const at of [mebibyte - 40, mebibyte - 2, mebibyte - 1, mebibyte, 2 * mebibyte - 1]) {
        const file = new Uint8Array(2 * mebibyte + 300).fill(0xff);
        file.set(clean);
        file.set(payload, at);
        const report = await reportOf(file);
        expect(report.findings.find(({ rule }) => rule === "pickle/hidden-stream")?.message).toContain(`byte ${at},`);
        expect(report.findings.map(({ rule }) => rule)).toContain("pickle/unsafe-call");
      }
    }
  });

  it("are found behind letters that could begin an import too, and when the damage comes after the call", async () => {
    for (const payload of ["cos\nsystem\n(S'id'\ntR.", "cos\nsystem\n(S'id'\ntR\n"]) {
      const report = await reportOf(concat([1, 2, 3], "mnemonic", payload), "data.bin");
      expect(report.findings.map(({ rule }) => rule)).toEqual(
        expect.arrayContaining(["pickle/hidden-stream", "pickle/unsafe-call"]),
      );
    }
  });

  it("are not made of words that lead nowhere", async () => {
    const report = await reportOf(concat([1, 2, 3], "traffic\ncaching\nmusic\n)Rand\n"), "words.bin");
    expect(report.findings.map(({ rule }) => rule)).toEqual(["analysis/unknown-format"]);
    const whole = await reportOf(concat([1, 2, 3], "traffic\ncaching\nmusic\n)R."), "words.bin");
    expect(whole.findings.map(({ rule }) => rule)).toContain("pickle/hidden-stream");
  });

  it("are scanned as far as the thousandth", async () => {
    const many = Buffer.concat(Array.from({ length: 1000 }, () => clean));
    expect((await reportOf(many)).state).toBe("scanned");
    expect((await reportOf(Buffer.concat([many, clean]))).state).toBe("partial");
  });
});

describe("incomplete pickles", () => {
  const bad = concat(proto(4), bytes("x"), p.pop, p.osSystem("echo something longer").subarray(2));

  it("are flagged or partial at every prefix", async () => {
    for (let length = 1; length < bad.length; length++) {
      const report = await reportOf(bad.subarray(0, length), "bad.pkl");
      const flagged = report.findings.some(
        ({ severity }) => severity === "critical" || severity === "high" || severity === "medium",
      );
      expect({ length, told: flagged || report.state !== "scanned" }).toEqual({ length, told: true });
    }
  });

  it("keep what ran before the damage", async () => {
    const payload = pickle(proto(4), global("os", "system"), text("id"), tuple1, reduce);
    const report = await reportOf(concat(payload, tuple2, [0x58, 0xff, 0xff, 0xff, 0x7f]), "bad.pkl");
    expect(report.findings[0]?.rule).toBe("pickle/unsafe-call");
    expect(report.state).toBe("partial");
  });

  it("run what a second load from the same file begins with: the end of the frame, not STOP", async () => {
    const second = pickle(proto(4), global("os", "system"), text("id"), tuple1, reduce, stop);
    // Behind STOP, a stream of its own that takes the second pickle for the middle of a constant.
    const decoy = concat([0x80, 4, OP.BINBYTES], p.le(4 + second.length, 4), "abcd");
    const first = concat(p.none, stop, decoy);
    const report = await reportOf(concat(proto(4), p.frame(first.length), first, second, stop), "twice.pkl");
    expect(report.findings.map(({ rule }) => rule)).toEqual(
      expect.arrayContaining(["pickle/frame-mismatch", "pickle/unsafe-call"]),
    );
  });

  it("run what stands behind the end of a frame that lies", async () => {
    const hidden = pickle(global("os", "system"), text("id"), tuple1, reduce, stop);
    const literal = bytes(concat(new Uint8Array(10).fill(0x4e), hidden));
    const frameLength = 2 + 10;
    const report = await reportOf(concat(proto(4), p.frame(frameLength), literal, stop), "frame.pkl");
    expect(report.findings.map(({ rule }) => rule)).toEqual(
      expect.arrayContaining(["pickle/frame-mismatch", "pickle/unsafe-call"]),
    );
  });
});

it("tells the storages of a legacy file apart when there are more than the machine remembers keys", async () => {
  const keys = Array.from({ length: 400 }, (_, i) => String(i)).sort();
  const magic = Uint8Array.of(0x80, 2, 0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19, 0x2e);
  const ids = keys.map((key) =>
    pickle(
      p.mark,
      text("storage"),
      global("torch", "ByteStorage"),
      text(key),
      text("cpu"),
      int(4),
      p.none,
      p.tuple,
      p.binpersid,
      p.append,
    ),
  );
  const object = pickle(proto(2), p.emptyList, ...ids, stop);
  const listed = pickle(proto(2), p.emptyList, p.mark, ...keys.map((key) => text(key)), p.appends, stop);
  const data = keys.map(() => concat([4, 0, 0, 0, 0, 0, 0, 0], [1, 2, 3, 4]));
  const head = concat(magic, pickle(proto(2), int(1001), stop), pickle(proto(2), p.emptyDict, stop), object, listed);
  expect(await reportOf(concat(head, ...data), "model.pth")).toMatchObject({ state: "scanned", findings: [] });
  expect((await reportOf(concat(head, ...data.slice(1)), "model.pth")).state).toBe("partial");
});
