import { expect, test } from "vitest";
import { LimitError, ParseError } from "../../../src/errors.js";
import { readTextMessage } from "../../../src/formats/protobuf/read-text.js";
import { type Shape, shape } from "../../../src/formats/protobuf/shape.js";
import { Budget } from "../../../src/io/budget.js";
import { BufferSource } from "../../../src/io/byte-source.js";
import { LIMITS } from "../../builders/limits.js";

interface Item {
  readonly names: readonly string[];
  readonly kind: string | number | undefined;
  readonly numbers: readonly bigint[];
  readonly items: readonly Item[];
}

const itemShape: Shape<Item> = shape(
  "Item",
  { name: [1, "text"], kind: [2, "varint"], numbers: [3, "varints"], item: [4, () => itemShape] },
  (m) => ({
    names: m.texts("name"),
    kind: m.text("kind") ?? m.number("kind"),
    numbers: m.int64s("numbers"),
    items: m.children("item", itemShape),
  }),
);

function read(text: string, limits = LIMITS) {
  return readTextMessage(new BufferSource(new TextEncoder().encode(text)), itemShape, new Budget(limits));
}

test("reads fields, messages in both kinds of brackets, comments and separators", async () => {
  const { value, error } = await read(`
    # a comment
    name: "a"; item < name: 'b' >, item: { name: "c" }
    kind: DT_STRING numbers: -1 numbers: 0x10 numbers: 010 numbers: true`);
  expect(error).toBeUndefined();
  expect(value).toMatchObject({ names: ["a"], kind: "DT_STRING", numbers: [-1n, 16n, 8n, 1n] });
  expect(value.items).toMatchObject([{ names: ["b"] }, { names: ["c"] }]);
});

test("reads lists of values and of messages", async () => {
  const { value } = await read(`numbers: [1, 2, 3] item [ { name: "a" }, { item: [ { name: "b" } ] } ] name: "end"`);
  expect(value.numbers).toEqual([1n, 2n, 3n]);
  expect(value.items).toMatchObject([{ names: ["a"] }, { items: [{ names: ["b"] }] }]);
  expect(value.names).toEqual(["end"]);
});

test("strings that follow each other are one, and escapes are bytes", async () => {
  const { value } = await read(String.raw`name: "/e" 'tc' "\x2fpass\167\144" name: "\303\244 \u00e4 \n\"\\"`);
  expect(value.names).toEqual(["/etc/passwd", 'ä ä \n"\\']);
});

test("fields that no shape knows are skipped, whatever they hold", async () => {
  const { value, error } = await read(`
    other { deep { x: 1.5e-3f y: inf list: ["a", "b"] } } [some.package.extension] { z: "q" }
    any { [type.example.com/some.Message] { s: "t" } } name: "a"`);
  expect(error).toBeUndefined();
  expect(value.names).toEqual(["a"]);
});

test.each([
  ["a string without an end", 'name: "a', 6],
  ["a string over the end of the line", 'name: "a\n"', 6],
  ["a message without an end", 'item { name: "a"', 5],
  ["a list without an end", "numbers: [1, 2", 9],
  ["a value without a colon", "numbers 1", 8],
  ["a bracket that closes nothing", "}", 0],
  ["a character that is none of the format's", "name: \u0001", 6],
])("%s is an error with its place", async (_, text, offset) => {
  const { error } = await read(text);
  expect(error).toBeInstanceOf(ParseError);
  expect(error?.offset).toBe(offset);
});

test("what stands before an error is returned, in open messages too", async () => {
  const { value, error } = await read('name: "a" item { name: "b" item { name: "c" ');
  expect(error).toBeInstanceOf(ParseError);
  expect(value).toMatchObject({ names: ["a"], items: [{ names: ["b"], items: [{ names: ["c"] }] }] });
});

test("nesting has a bound", async () => {
  const { error, depth } = await read("item {".repeat(5000));
  expect(error?.message).toBe("messages nested deeper than 2000");
  expect(depth).toBe(2000);
});

test("nested lists do not exhaust the stack", async () => {
  const { error } = await read("item [ {".repeat(5000));
  expect(error).toBeInstanceOf(ParseError);
});

test("steps of work are spent", async () => {
  expect((await read('name: "a" '.repeat(1000), { ...LIMITS, max_steps: 500 })).error).toBeInstanceOf(LimitError);
});
