import { describe, expect, test } from "vitest";
import { LimitError } from "../../../src/errors.js";
import { nestedEntities, readDoctype } from "../../../src/formats/xml/doctype.js";
import { readXml } from "../../../src/formats/xml/read.js";
import { BufferSource } from "../../../src/io/byte-source.js";

async function events(text: string | Uint8Array) {
  const seen: unknown[] = [];
  const source = new BufferSource(typeof text === "string" ? new TextEncoder().encode(text) : text);
  const fault = await readXml(source, {
    doctype: (doctype) => seen.push(["doctype", doctype]),
    element: ({ prefix, local, attributes, ancestors }, offset) =>
      seen.push([prefix, local, Object.fromEntries(attributes), [...ancestors], offset]),
    text: (value, ancestors) => seen.push([value, [...ancestors]]),
    instruction: (target, body) => seen.push([target, body]),
  });
  return { seen, fault };
}

describe("reading XML", () => {
  test("elements come with their attributes, ancestors and offsets", async () => {
    const { seen, fault } = await events('<a><x:b c="1">t</x:b><![CDATA[<d>]]></a>');
    expect(fault).toBeUndefined();
    expect(seen).toEqual([
      ["", "a", {}, [], 3],
      ["x", "b", { c: "1" }, ["a"], 14],
      ["t", ["a", "b"]],
      ["<d>", ["a"]],
    ]);
  });

  test("a name like __proto__ is an attribute like any other", async () => {
    const { seen } = await events('<a constructor="1"/>');
    expect(seen).toEqual([["", "a", { constructor: "1" }, [], 20]]);
  });

  test("UTF-16 is read, and offsets are left out where characters are no bytes", async () => {
    const { seen } = await events(Buffer.from("\ufeff<a>é</a>", "utf16le"));
    expect(seen).toEqual([
      ["", "a", {}, [], undefined],
      ["é", ["a"]],
    ]);
  });

  test("a fault of form does not end the reading", async () => {
    const { seen, fault } = await events("<a>&unknown;<b/></a>");
    expect(fault?.message).toContain("not well-formed XML");
    expect(seen).toContainEqual(["", "b", {}, ["a"], 16]);
  });

  test("text that is faults throughout ends", async () => {
    await expect(events(`<a>${"<".repeat(100_000)}`)).rejects.toThrow("not well-formed XML");
  });

  test("nesting is bounded", async () => {
    await expect(events("<a>".repeat(10_001))).rejects.toThrow("nested deeper than 10000");
  });

  test("text without a tag is not collected without end", async () => {
    const source = { size: 1 << 26, read: async (_: number, length: number) => new Uint8Array(length).fill(0x61) };
    await expect(readXml(source, {})).rejects.toThrow(LimitError);
  });
});

describe("document types", () => {
  test("internal and external entities are told apart", () => {
    expect(
      readDoctype(`x SYSTEM "http://e/x.dtd" [<!ENTITY a "text"><!ENTITY b SYSTEM 'file:///etc/passwd'>
        <!ENTITY % c PUBLIC "-//X" "http://e/c">]`),
    ).toEqual({
      name: "x",
      system: "http://e/x.dtd",
      entities: [
        { name: "a", isParameter: false, value: "text" },
        { name: "b", isParameter: false, system: "file:///etc/passwd" },
        { name: "c", isParameter: true, system: "http://e/c" },
      ],
    });
  });

  test("entities made of entities are nested, entities made of text are not", () => {
    const doctype = readDoctype('x [<!ENTITY a "ha"><!ENTITY b "&a;&a;"><!ENTITY c "&amp;">]');
    expect(nestedEntities(doctype).map(({ name }) => name)).toEqual(["b"]);
  });
});
