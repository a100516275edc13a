import { expect, test } from "vitest";
import { isJsonArray, isJsonObject, type JsonValue } from "../../../src/formats/json/value.js";
import { readSettings } from "../../../src/formats/text/settings.js";

function plain(value: JsonValue): unknown {
  if (isJsonObject(value)) return Object.fromEntries([...value].map(([key, item]) => [key, plain(item)]));
  return isJsonArray(value) ? value.map(plain) : value;
}

test.each<[what: string, text: string, expected: unknown]>([
  ["a value below a section", '[a.b]\nx = "y"\n', { "a.b": { x: "y" } }],
  ["values before every section", "x = 1\n", { x: "1" }],
  [
    "a list over several lines",
    '[a]\nx = [\n  "1", # "no"\n  "2",\n]\ny = "z"\n',
    { a: { x: ["1", "no", "2"], y: "z" } },
  ],
  ["a long text", '[a]\nx = """\none\n[two]\n"""\ny = 1\n', { a: { x: "\none\n[two]\n", y: "1" } }],
  [
    "an inline table",
    "[[source]]\nx = { git = \"https://a.b/c\", rev = '1' }\n",
    { source: { x: { git: "https://a.b/c", rev: "1" } } },
  ],
  ["tables of one name", "[[a]]\nx = 1\n[[a]]\nx = 2\n", { a: { x: "1" }, "a#1": { x: "2" } }],
  ["a key that stands twice", "x = 1\nx = 2\n", { x: "1", "x#1": "2" }],
  ["a continued value of INI", "[a]\nx =\n    one\n    two @ b\ny = z\n", { a: { x: "one\ntwo @ b", y: "z" } }],
  ["escapes", 'x = "\\u005f\\n\\"q\\""\n', { x: '_\n"q"' }],
  ["keys of spaCy and gin", '[a]\n@loss = "x.v1"\nb/c.d = @f()\n', { a: { "@loss": "x.v1", "b/c.d": "@f()" } }],
  ["git's sections and tabs", '[filter "x"]\n\tsmudge = run me\n', { 'filter "x"': { smudge: "run me" } }],
  ["comments", "# x = 1\n; y = 2\n", {}],
])("%s is read", (_what, text, expected) => expect(plain(readSettings(text))).toEqual(expected));

test("a value that never ends costs no more than its lines", () => {
  const started = performance.now();
  readSettings(`x = [\n${"y = [\n".repeat(20_000)}`);
  expect(performance.now() - started).toBeLessThan(2000);
});
