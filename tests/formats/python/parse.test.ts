import { describe, expect, it } from "vitest";
import { parsePython } from "../../../src/formats/python/parse.js";

const errorsOf = (source: string) => parsePython(source).errors;

describe("the Python parser", () => {
  it.each([
    ["an import with brackets and a trailing comma", "from a.b import (c as d,\n  e,)\n"],
    ["a bare yield in brackets", "f = lambda: (yield)\n"],
    ["a float that ends with its point", "x = 24.*3600.+1.e5\n"],
    ["a lambda with all kinds of parameters", "f = lambda a, /, b=1, *c, d, **e: a\n"],
    ["a function of 3.12 with type parameters", "def f[T: (int, str) = int, *Ts, **P](x: T) -> T: return x\n"],
    ["a type alias", "type Pair[T] = tuple[T, T]\n"],
    ["names that are statements elsewhere", "match = type = case = 1\nmatch.x(case)\nprint(type)\ntype(match)\n"],
    ["a match statement", "match x:\n  case Point(x=0) | [1, *_] if y:\n    pass\n  case {'k': v, **rest}: pass\n"],
    ["with items in brackets", "with (open(a) as b, open(c) as d,):\n  pass\nwith (yield x): pass\n"],
    ["nested f-strings of 3.12", 'x = f"{f\'{a!r:>{w}}\'} {d["k"]} {x:\'>10} {y=} {{z}}"\n'],
    ["an except group", "try:\n  pass\nexcept* (A, B) as e:\n  pass\nelse:\n  pass\nfinally:\n  pass\n"],
    [
      "decorators and an async function",
      "@a.b(1)\n@c\nasync def f():\n  async with x as y: await z\n  async for i in y: pass\n",
    ],
    ["several statements in a line", "import os; x = 1; del x\n"],
    ["a dictionary that unpacks others", "x = {**{'a': 1}, 'b': 2, **y}\n"],
    [
      "sets, slices and comprehensions",
      "x = {1, *y}; z = a[1:2, ::3, ...]; w = {k: v for k, v in y if k if v for _ in z}\n",
    ],
    [
      "a conditional import after a comment at the margin",
      "if x:\n    # one\n# two\n    import a\nelse:\n\timport b\n",
    ],
    ["a last line without its end", "if x:\n  f()"],
    ["lines joined by backslashes", "x = 1 + \\\n  2\n"],
    ["the print and exec of Python 2", 'print "a", b\nprint >>f, "x" % y\nexec "x = 1" in ns\nexec code\n'],
    [
      "the except, raise and repr of Python 2",
      "try:\n  raise E, 'x'\nexcept E, e:\n  print `e`, 0777, 10L, 1 <> 2, ur'x'\n",
    ],
    ["tuple parameters of Python 2", "def f(a, (b, c), d=1): pass\n"],
    ["await as a name", "await = 1\nx.await(1)\n"],
  ])("reads %s", (_name, source) => {
    expect(errorsOf(source)).toEqual([]);
  });

  it.each([
    ["a bracket that never closes", "x = (1\ny = 2\n", 2],
    ["a string that never closes", 'x = "abc\ny = 2\n', 1],
    ["two names side by side", "a b\n", 1],
  ])("notes the line of %s and goes on behind it", (_name, source, line) => {
    const { errors, body } = parsePython(`${source}import os\n`);
    expect(errors).toContain(line);
    expect(body).toContainEqual(expect.objectContaining({ kind: "import" }));
  });

  it("keeps chains flat, so that their length is no depth", () => {
    const chain = `x = a${".b(1)[2]".repeat(5_000)}\ny = ${"1 + ".repeat(5_000)}1\n`;
    expect(errorsOf(chain)).toEqual([]);
  });

  it.each([
    ["brackets", `x = ${"(".repeat(50_000)}`],
    ["lambdas", `x = ${"lambda: ".repeat(50_000)}`],
    ["fields of f-strings", `x = f"${"{a:".repeat(50_000)}"`],
    ["not", `x = ${"not ".repeat(50_000)}1`],
    ["decorators", "@a\n".repeat(50_000)],
    ["match", "match x:\n".repeat(20_000)],
  ])("ends on 100 KB of nothing but %s", (_name, source) => {
    expect(parsePython(source)).toHaveProperty("body");
  });
});
