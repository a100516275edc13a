import fc from "fast-check";
import protobuf from "protobufjs";
import { expect, test } from "vitest";
import { readMessage } from "../../../src/formats/protobuf/read-message.js";
import { readTextMessage } from "../../../src/formats/protobuf/read-text.js";
import { type Shape, shape } from "../../../src/formats/protobuf/shape.js";
import { Budget } from "../../../src/io/budget.js";
import { BufferSource } from "../../../src/io/byte-source.js";
import { LIMITS } from "../../builders/limits.js";

interface Tree {
  readonly name: string;
  readonly sizes: readonly string[];
  readonly trees: readonly Tree[];
}

const treeShape: Shape<Tree> = shape(
  "Tree",
  { name: [1, "text"], sizes: [2, "varints"], tree: [3, () => treeShape] },
  (m) => ({
    name: m.text("name") ?? "",
    sizes: m.int64s("sizes").map(String),
    trees: m.children("tree", treeShape),
  }),
);

const reference = protobuf
  .parse(
    `syntax = "proto3"; message Tree { string name = 1; repeated int64 sizes = 2; repeated Tree tree = 3; bytes more = 9; }`,
  )
  .root.lookupType("Tree");

const int64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(String);
const name = fc.string({ unit: "grapheme", maxLength: 20 });
const sizes = fc.array(int64, { maxLength: 5 });

function treesOf(levels: number): fc.Arbitrary<Tree> {
  const inner = levels === 0 ? fc.constant([]) : fc.array(treesOf(levels - 1), { maxLength: 3 });
  return fc.record({ name, sizes, trees: inner });
}

const trees = treesOf(4);

function toReference(tree: Tree, more?: Uint8Array): object {
  return {
    name: tree.name,
    sizes: tree.sizes,
    tree: tree.trees.map((child) => toReference(child, more)),
    ...(more ? { more } : {}),
  };
}

function read(bytes: Uint8Array) {
  return readMessage(new BufferSource(bytes), treeShape, { budget: new Budget(LIMITS) });
}

test("reads what protobufjs writes, unknown fields in between or not", async () => {
  await fc.assert(
    fc.asyncProperty(trees, fc.option(fc.uint8Array({ minLength: 1 }), { nil: undefined }), async (tree, more) => {
      const bytes = reference.encode(reference.fromObject(toReference(tree, more))).finish();
      const { value, error } = await read(bytes);
      expect(error).toBeUndefined();
      expect(value).toEqual(tree);
    }),
    { numRuns: 150, seed: 7 },
  );
});

function toText(tree: Tree): string {
  const escaped = [...Buffer.from(tree.name, "utf8")].map((byte) => `\\${byte.toString(8).padStart(3, "0")}`).join("");
  const rows = [`name: "${escaped}"`, ...tree.sizes.map((size) => `sizes: ${size}`)];
  return [...rows, ...tree.trees.map((child) => `tree {\n${toText(child)}\n}`)].join("\n");
}

test("text format and binary format of the same message read alike", async () => {
  await fc.assert(
    fc.asyncProperty(trees, async (tree) => {
      const source = new BufferSource(new TextEncoder().encode(toText(tree)));
      const { value, error } = await readTextMessage(source, treeShape, new Budget(LIMITS));
      expect(error).toBeUndefined();
      expect(value).toEqual(tree);
    }),
    { numRuns: 150, seed: 7 },
  );
});

test("any bytes at all end as a value, with or without an error", async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), async (bytes) => {
      const { value } = await read(bytes);
      expect(value.trees).toBeInstanceOf(Array);
    }),
    { numRuns: 500, seed: 7 },
  );
});
