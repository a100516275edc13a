import { describe, expect, it } from "vitest";
import { foldItem, foldOperation, foldSlice } from "../../../src/formats/code/fold.js";
import { foldCall } from "../../../src/formats/code/fold-calls.js";
import { foldMethod } from "../../../src/formats/code/fold-text.js";
import { canonicalPath } from "../../../src/formats/code/names.js";
import { type Constant, constant, UNKNOWN, type Value } from "../../../src/formats/code/value.js";

const list = (...items: readonly Constant[]): Value => ({
  kind: "collection",
  type: "list",
  items: items.map(constant),
});

describe("folding", () => {
  it.each<[string, Value | undefined, Constant]>([
    ["concatenation", foldOperation("+", constant("o"), constant("s")), "os"],
    ["repetition", foldOperation("*", constant("_"), constant(2)), "__"],
    ["XOR", foldOperation("^", constant(104), constant(1)), 105],
    ["floor division of negatives", foldOperation("//", constant(-7), constant(2)), -4],
    ["a slice backwards", foldSlice(constant("so"), { start: undefined, stop: undefined, step: constant(-1) }), "os"],
    [
      "a slice of bytes",
      foldSlice(constant(Buffer.from("xosx")), { start: constant(1), stop: constant(-1), step: undefined }),
      Buffer.from("os"),
    ],
    ["a negative index", foldItem(list("a", "b"), constant(-1)), "b"],
    ["join", foldMethod(constant(""), "join", [list("o", "s")]), "os"],
    ["format", foldMethod(constant("{1}{0}"), "format", [constant("s"), constant("o")]), "os"],
    ["strip", foldMethod(constant("xxosx"), "strip", [constant("x")]), "os"],
    ["base32", foldCall("base64.b32decode", [constant("N5ZQ====")]), Buffer.from("os")],
    ["ASCII85", foldCall("base64.a85decode", [constant("DfY")]), Buffer.from("os")],
    ["int with a base", foldCall("builtins.int", [constant("0x6f"), constant(16)]), 0x6f],
    ["bytes of numbers", foldCall("builtins.bytes", [list(111, 115)]), Buffer.from([111, 115])],
  ])("computes %s as Python does", (_name, made, value) => {
    const folded = made?.kind === "constant" ? made.value : undefined;
    expect(folded instanceof Uint8Array ? Buffer.from(folded) : folded).toEqual(value);
  });

  it.each<[string, Value | undefined]>([
    ["division by zero", foldOperation("//", constant(1), constant(0))],
    ["what is not known", foldOperation("+", constant("a"), UNKNOWN)],
    ["a text of a gigabyte", foldOperation("*", constant("a".repeat(1000)), constant(1_000_000))],
    [
      "a join that explodes",
      foldMethod(constant("a".repeat(1000)), "join", [list(...Array.from({ length: 5000 }, () => "b"))]),
    ],
    [
      "a replacement that explodes",
      foldMethod(constant("a".repeat(2000)), "replace", [constant("a"), constant("b".repeat(2000))]),
    ],
    [
      "a format that explodes",
      foldOperation("%", constant("%s".repeat(5000)), list(...Array.from({ length: 5000 }, () => "c".repeat(1000)))),
    ],
    ["a stream that is none", foldCall("zlib.decompress", [constant(Buffer.from("nothing"))])],
    ["odd hex", foldCall("binascii.unhexlify", [constant("abc")])],
  ])("leaves %s open", (_name, made) => {
    expect(made).toBeUndefined();
  });
});

describe("the one name of a callable", () => {
  it.each([
    ["posix.system", "os.system"],
    ["torch.os.system", "os.system"],
    ["builtins.__dict__", "builtins.__dict__"],
    ["six.moves.urllib.request.urlopen", "urllib.request.urlopen"],
    ["io.open", "builtins.open"],
    [".os.system", ".os.system"],
    ["np.load", "np.load"],
  ])("%s is %s", (path, name) => {
    expect(canonicalPath(path)).toBe(name);
  });

  it("takes the short names of common practice for the packages only where nothing defines them", () => {
    expect(canonicalPath("np.load", true)).toBe("numpy.load");
  });
});
