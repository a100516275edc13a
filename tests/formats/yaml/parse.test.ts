import { describe, expect, test } from "vitest";
import { LimitError } from "../../../src/errors.js";
import { MAX_YAML_CHARACTERS, parseYaml } from "../../../src/formats/yaml/parse.js";
import { resolveTag } from "../../../src/formats/yaml/tags.js";

function only(text: string) {
  const { documents, fault } = parseYaml(text);
  expect(fault).toBeUndefined();
  const [document] = documents;
  if (document === undefined) throw new Error("no document");
  return document;
}

describe("values", () => {
  test("mappings, sequences and plain scalars are read as YAML 1.1 does", () => {
    const { value } = only("a: 1\nb: yes\nc: ~\nd: '1'\ne: [x, 2.5, 0x10]\n");
    expect(value).toEqual(
      new Map<string, unknown>([
        ["a", 1],
        ["b", true],
        ["c", null],
        ["d", "1"],
        ["e", ["x", 2.5, 16]],
      ]),
    );
  });

  test("every document of a stream is read", () => {
    expect(parseYaml("a\n---\nb\n").documents.map(({ value }) => value)).toEqual(["a", "b"]);
  });

  test("both values of a key that stands twice are kept", () => {
    expect([...(only("a: 1\na: 2\n").value as ReadonlyMap<string, unknown>).values()]).toEqual([1, 2]);
  });

  test("a key that is a collection keeps what it holds", () => {
    const { value } = only("? {_target_: os.system}\n: 1\n");
    expect(
      JSON.stringify([...(value as ReadonlyMap<string, unknown>).values()].map((v) => (v instanceof Map ? [...v] : v))),
    ).toContain("os.system");
  });

  test("names from the file cannot reach JavaScript's own objects", () => {
    const { value } = only("__proto__: {polluted: true}\n");
    expect(value).toBeInstanceOf(Map);
    expect(Object.hasOwn(Object.prototype, "polluted")).toBe(false);
  });

  test("the index of a value is where it stands", () => {
    const text = "first: 1\nsecond: there\n";
    const document = only(text);
    expect(document.indexOf(document.value as ReadonlyMap<string, never>, "second")).toBe(text.indexOf("there"));
  });
});

describe("tags", () => {
  test("a tag keeps its place, its path and its node", () => {
    const { tags } = only("x:\n  - !!python/object/apply:os.system [id]\n");
    expect(tags).toEqual([
      { tag: "tag:yaml.org,2002:python/object/apply:os.system", index: 7, node: ["id"], path: "x[0]" },
    ]);
  });

  test.each([
    ["!!str", [], "tag:yaml.org,2002:str"],
    ["!local", [], "!local"],
    ["!<tag:yaml.org,2002:python/name:os.system>", [], "tag:yaml.org,2002:python/name:os.system"],
    [
      "!python/name:os.system",
      [{ handle: "!", prefix: "tag:yaml.org,2002:" }],
      "tag:yaml.org,2002:python/name:os.system",
    ],
    [
      "!e!name:os.system",
      [{ handle: "!e!", prefix: "tag:yaml.org,2002:python/" }],
      "tag:yaml.org,2002:python/name:os.system",
    ],
    ["!!python%2Fname:os.system", [], "tag:yaml.org,2002:python/name:os.system"],
  ])("%s resolves as a loader compares it", (raw, directives, full) => {
    expect(resolveTag(raw, directives)).toBe(full);
  });

  test("a directive counts for its own document alone", () => {
    const { documents } = parseYaml("%TAG ! tag:x,2000:\n---\na: !b c\n---\na: !b c\n");
    expect(documents.map(({ tags }) => tags[0]?.tag)).toEqual(["tag:x,2000:b", "!b"]);
  });
});

describe("aliases", () => {
  test("are shared, not copied, and their expansion is counted", () => {
    const document = only("a: &a [1, 2]\nb: [*a, *a, *a]\n");
    expect(document.expandedNodes).toBeGreaterThan(document.nodes);
    const [a, b] = [...(document.value as ReadonlyMap<string, unknown>).values()] as [unknown[], unknown[]];
    expect(b[0]).toBe(a);
  });

  test("an anchor inside itself has no finite expansion", () => {
    expect(only("a: &a [*a]\n").expandedNodes).toBe(Number.POSITIVE_INFINITY);
  });

  test("a bomb is counted without being built", () => {
    const levels = Array.from(
      { length: 12 },
      (_, i) => `l${i + 1}: &l${i + 1} [${Array(10).fill(`*l${i}`).join(", ")}]`,
    );
    expect(only(`l0: &l0 x\n${levels.join("\n")}\n`).expandedNodes).toBeGreaterThan(1e12);
  });
});

describe("hostile text", () => {
  test("a fault names its place", () => {
    const { documents, fault } = parseYaml("a: [1\nb: 2\n");
    expect(documents).toEqual([]);
    expect(fault?.offset).toBeGreaterThan(0);
  });

  test("nesting ends at a depth, not at the stack", () => {
    expect(parseYaml("[".repeat(100_000)).fault?.message).toContain("maxDepth");
  });

  test("a text too large to be read in time is a limit", () => {
    expect(() => parseYaml(" ".repeat(MAX_YAML_CHARACTERS + 1))).toThrow(LimitError);
  });
});
