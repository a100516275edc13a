import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { LimitError, ParseError } from "../../../src/errors.js";
import type { Extent } from "../../../src/formats/protobuf/message.js";
import { readMessage } from "../../../src/formats/protobuf/read-message.js";
import { type Shape, shape } from "../../../src/formats/protobuf/shape.js";
import { graphShape } from "../../../src/formats/tensorflow/graph.js";
import { Budget } from "../../../src/io/budget.js";
import { BufferSource, type ByteSource } from "../../../src/io/byte-source.js";
import { LIMITS } from "../../builders/limits.js";
import { announced, field, integer, message, tag, varint } from "../../builders/protobuf.js";
import { SparseSource } from "../../builders/sparse.js";

interface Item {
  readonly name: string | undefined;
  readonly names: readonly string[];
  readonly numbers: readonly bigint[];
  readonly data: readonly Extent[];
  readonly copies: readonly Uint8Array[];
  readonly items: readonly Item[];
  readonly flag: boolean;
  readonly only: Item | undefined;
  readonly offset: number;
}

const itemShape: Shape<Item> = shape(
  "Item",
  {
    name: [1, "text"],
    numbers: [2, "varints"],
    data: [3, "extent"],
    copy: [4, "bytes"],
    item: [5, () => itemShape],
    flag: [6, "varint"],
    only: [7, () => itemShape, "once"],
  },
  (m) => ({
    name: m.text("name"),
    names: m.texts("name"),
    numbers: m.int64s("numbers"),
    data: m.extents("data"),
    copies: m.bytes("copy"),
    items: m.children("item", itemShape),
    flag: m.flag("flag"),
    only: m.child("only", itemShape),
    offset: m.offset,
  }),
);

function read(source: ByteSource | Uint8Array, limits = LIMITS) {
  const from = source instanceof Uint8Array ? new BufferSource(source) : source;
  return readMessage(from, itemShape, { budget: new Budget(limits) });
}

test("reads texts, numbers, bytes and messages inside messages", async () => {
  const bytes = message(
    field(1, "outer"),
    integer(2, 300),
    field(4, Uint8Array.of(1, 2)),
    integer(6, 1),
    field(5, field(1, "inner"), integer(2, -1)),
  );
  const { value, error, depth, tail } = await read(bytes);
  expect(error).toBeUndefined();
  expect(tail).toBeUndefined();
  expect(depth).toBe(2);
  expect(value).toMatchObject({ name: "outer", numbers: [300n], copies: [Uint8Array.of(1, 2)], flag: true });
  expect(value.items).toMatchObject([{ name: "inner", numbers: [-1n] }]);
});

test("the last value of a field that is not repeated counts", async () => {
  const { value } = await read(message(field(1, "first"), field(1, "last")));
  expect(value.name).toBe("last");
  expect(value.names).toEqual(["first", "last"]);
});

test("a message that is not repeated goes on where it stands again, as parsers merge the two", async () => {
  const first = field(7, field(1, "name"), field(5, field(1, "a")), field(7, integer(2, 1)));
  const second = field(7, integer(6, 1), field(5, field(1, "b")), field(7, integer(2, 2)));
  const { value } = await read(message(first, field(1, "between"), second));
  expect(value.only).toMatchObject({ name: "name", flag: true, only: { numbers: [1n, 2n] } });
  expect(value.only?.items.map(({ name }) => name)).toEqual(["a", "b"]);
  const apart = await read(message(field(5, field(1, "name")), field(5, integer(6, 1))));
  expect(apart.value.items).toMatchObject([{ name: "name" }, { flag: true }]);
});

test("numbers are read packed and unpacked, up to the largest 64-bit ones", async () => {
  const packed = field(2, varint(1), varint(2n ** 53n), varint(2n ** 64n - 1n));
  const { value } = await read(message(packed, integer(2, 2n ** 63n)));
  expect(value.numbers).toEqual([1n, 2n ** 53n, -1n, -(2n ** 63n)]);
});

test("packed values of a field that is not repeated are none, as for parsers", async () => {
  const { value, tail } = await read(message(integer(6, 0), field(6, varint(1))));
  expect(value.flag).toBe(false);
  expect(tail).toBe(2);
});

test("of a million numbers in a row only the first are kept", async () => {
  const { value, error } = await read(field(2, new Uint8Array(1_000_000)));
  expect(error).toBeUndefined();
  expect(value.numbers).toHaveLength(1024);
});

test("unpacked numbers of a tensor make one extent", async () => {
  const element = message(tag(3, 5), new Uint8Array(4));
  const { value } = await read(message(...Array<Uint8Array>(1000).fill(element)));
  expect(value.data).toEqual([{ offset: 1, length: 4999, occurrences: 1000 }]);
});

test("data of two gigabytes is stepped over, not read", async () => {
  const size = 2 ** 31;
  const head = message(field(1, "big"), announced(3, size));
  const after = field(1, "after");
  const source = new SparseSource(head.length + size + after.length, [
    { at: 0, bytes: head },
    { at: head.length + size, bytes: after },
  ]);
  const { value, error } = await read(source);
  expect(error).toBeUndefined();
  expect(value.names).toEqual(["big", "after"]);
  expect(value.data).toEqual([{ offset: head.length, length: size, occurrences: 1 }]);
  expect(source.bytesRead).toBeLessThan(64 << 10);
});

test("a source that makes us wait yields the same", async () => {
  const bytes = message(...Array.from({ length: 5000 }, (_, i) => field(5, field(1, `item ${i}`), integer(2, i))));
  const waiting: ByteSource = {
    size: bytes.length,
    read: async (offset, length) => bytes.subarray(offset, offset + length),
  };
  expect((await read(waiting)).value).toEqual((await read(bytes)).value);
});

test("a text longer than the window is read whole", async () => {
  const long = "x".repeat(300_000);
  expect((await read(message(field(1, "a"), field(1, long)))).value.name).toBe(long);
});

test("unknown fields and groups are skipped, and the first is noted", async () => {
  const group = message(tag(9, 3), field(1, "inside"), tag(10, 3), tag(10, 4), tag(9, 4));
  const { value, error, tail } = await read(message(field(1, "a"), group, integer(99, 1), field(1, "b")));
  expect(error).toBeUndefined();
  expect(value.names).toEqual(["a", "b"]);
  expect(tail).toBe(3);
});

test("a known field of another wire type is unknown, as for parsers", async () => {
  const { value, tail } = await read(message(integer(1, 5), field(1, "a")));
  expect(value.names).toEqual(["a"]);
  expect(tail).toBe(0);
});

test.each([
  ["a tag with the field number 0", [0x02], 0],
  ["the wire type 6", [0x0e], 0],
  ["the end of a group that has no start", [0x0c], 0],
  ["a varint of eleven bytes", [0x10, ...Array<number>(10).fill(0x80), 0], 1],
  ["a tag beyond 32 bits", [0xfa, 0xff, 0xff, 0xff, 0xff, 0x01], 0],
  ["a text that is cut off", [0x0a, 0x05, 0x61], 0],
  ["a fixed value that is cut off", [0x19, 0x00], 0],
  ["a group that does not end", [0x4b], 0],
])("%s ends the reading and names the place", async (_, bytes, offset) => {
  const { error } = await read(Uint8Array.from(bytes));
  expect(error).toBeInstanceOf(ParseError);
  expect(error?.offset).toBe(offset);
});

test("what stands before an error is returned, in messages that are still open too", async () => {
  const inner = message(field(1, "kept"), announced(1, 100));
  const { value, error } = await read(message(field(1, "outer"), announced(5, 1000), inner));
  expect(error?.message).toBe("Item.item at 7 needs 1000 bytes, have 8");
  expect(value).toMatchObject({ name: "outer", items: [{ name: "kept" }] });
});

test("a message inside that is longer than the one around it is an error", async () => {
  const { error, value } = await read(message(field(5, announced(5, 50), field(1, "a")), field(1, "behind")));
  expect(error?.message).toBe("Item.item at 2 needs 50 bytes, have 3");
  expect(value.items[0]?.items).toMatchObject([{ name: "a" }]);
  expect(value.names).toEqual([]);
});

test("bytes behind the message are a tail where they do not parse", async () => {
  const bytes = message(field(1, "a"), integer(6, 1), Uint8Array.of(0x80, 0x04, 0x95, 0x25, 0, 0));
  const { error, tail } = await read(bytes);
  expect(error).toBeInstanceOf(ParseError);
  expect(tail).toBe(5);
});

test("a tail that begins like a known field is told by its order", async () => {
  const { error, tail } = await read(message(field(1, "a"), integer(6, 1), Uint8Array.of(0x0a, 0x01, 0x41, 0x00)));
  expect(error).toBeInstanceOf(ParseError);
  expect(tail).toBe(5);
});

test("a truncated message has no tail", async () => {
  const { error, tail } = await read(message(field(1, "a"), announced(3, 100), field(1, "b")));
  expect(error).toBeInstanceOf(ParseError);
  expect(tail).toBeUndefined();
});

test("messages nest far deeper than parsers allow, and no deeper than memory does", async () => {
  const nest = (depth: number) => {
    let bytes = field(1, "x");
    for (let i = 1; i < depth; i++) bytes = field(5, bytes);
    return bytes;
  };
  expect(await read(nest(1500))).toMatchObject({ depth: 1500, error: undefined });
  expect((await read(nest(3000))).error?.message).toBe("messages nested deeper than 2000");
});

test("steps of work are spent", async () => {
  const { error } = await read(new Uint8Array(Buffer.alloc(4000, "\x0a\x00", "latin1")), {
    ...LIMITS,
    max_steps: 1000,
  });
  expect(error).toBeInstanceOf(LimitError);
});

test("a read that fails ends the reading with what it is", async () => {
  const bytes = field(5, field(1, "a"));
  const failing: ByteSource = { size: bytes.length, read: () => Promise.reject(new Error("unplugged")) };
  await expect(read(failing)).rejects.toThrow("unplugged");
});

test("a file that has shrunk is an error, not a shorter message", async () => {
  const bytes = message(field(1, "a"), field(1, "b"));
  const shrunk: ByteSource = { size: 1000, read: async (offset) => bytes.subarray(offset) };
  expect((await read(shrunk)).error).toBeInstanceOf(ParseError);
});

test("every prefix of a real graph is read without a throw", async () => {
  const bytes = readFileSync(new URL("../../../fixtures/tensorflow/ok.frozen.pb", import.meta.url));
  for (let length = 0; length < bytes.length; length++) {
    const source = new BufferSource(bytes.subarray(0, length));
    const { value } = await readMessage(source, graphShape, { budget: new Budget(LIMITS) });
    expect(value.nodes.length).toBeLessThanOrEqual(8);
  }
});
