import { expect, test } from "vitest";
import { isJsonArray, isJsonObject, type JsonValue } from "../../../src/formats/json/value.js";
import { readToml } from "../../../src/formats/text/toml.js";

function plain(value: JsonValue | undefined): unknown {
  if (isJsonObject(value)) return Object.fromEntries([...value].map(([key, item]) => [key, plain(item)]));
  return isJsonArray(value) ? value.map(plain) : value;
}

test.each<[what: string, text: string, expected: unknown]>([
  ["tables and dotted keys", 'a.b = 1\n[c.d]\ne = "x"\n', { a: { b: 1 }, c: { d: { e: "x" } } }],
  ["tables of one name", "[[a]]\nx = 1\n[[a]]\nx = 2\n", { a: [{ x: 1 }, { x: 2 }] }],
  ["lists in inline tables", 'p = { d = ["x", "y"], q = { r = true } }\n', { p: { d: ["x", "y"], q: { r: true } } }],
  ["escapes in keys and values", '"\\u005f" = "\\U00000041\\n"\n', { _: "A\n" }],
  ["texts over lines", 'x = """\none\\\n   two"""\ny = \'\'\'\n"z"\'\'\'\n', { x: "onetwo", y: '"z"' }],
  ["dates, as texts", "x = 2024-05-01T00:00:00Z\n", { x: "2024-05-01T00:00:00.000Z" }],
  ["integers beyond 2^53", "x = 9007199254740993\n", { x: 9_007_199_254_740_993n }],
])("%s are read", (_what, text, expected) => expect(plain(readToml(text))).toEqual(expected));

test("keys of JavaScript's own are keys like any other", () => {
  const document = readToml('__proto__ = "a"\nconstructor = "b"\n');
  expect([...(document ?? [])]).toEqual([
    ["__proto__", "a"],
    ["constructor", "b"],
  ]);
});

test.each([
  ["INI", "[a]\nx = y z\n"],
  ["a key that stands twice", "x = 1\nx = 2\n"],
  ["lists nested without end", `x = ${"[".repeat(5000)}`],
  ["dotted keys nested without end", `${"a.".repeat(100_000)}a = 1\n`],
  ["more text than settings have", `x = "${"a".repeat(600_000)}"\n`],
])("%s is left to others", (_what, text) => expect(readToml(text)).toBeUndefined());
