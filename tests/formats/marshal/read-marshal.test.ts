import { describe, expect, it } from "vitest";
import { ParseError } from "../../../src/errors.js";
import { codeFieldCounts } from "../../../src/formats/marshal/code-object.js";
import { readMarshal } from "../../../src/formats/marshal/read-marshal.js";
import { fixture } from "../../builders/fixture.js";
import { code, flagged, integer, none, reference, text, tuple } from "../../builders/marshal.js";

const hex = (digits: string) => Buffer.from(digits, "hex");

describe("reading marshal data", () => {
  it.each([
    ["None", "4e", null],
    ["a 32-bit integer", "69feffffff", -2],
    ["a long of three 15-bit digits", "6c03000000010000000100", 1n + (1n << 30n)],
    ["a negative long", "6cffffffff0500", -5n],
    ["a float", "67000000000000f03f", 1],
    ["a float as text", "6603312e35", 1.5],
    ["short ASCII", "fa026f73", "os"],
    ["bytes", "73020000006f73", new Uint8Array([0x6f, 0x73])],
    ["text beyond ASCII", "7502000000c3a9", "é"],
  ])("yields %s", (_name, data, value) => {
    expect(readMarshal(hex(data))).toEqual(value);
  });

  it("gives a reference the object it refers to", () => {
    const shared = tuple(flagged(text("os")), reference(0));
    expect(readMarshal(shared)).toEqual({ kind: "tuple", items: ["os", "os"] });
  });

  it("reads a list that contains itself", () => {
    const list = readMarshal(hex("db010000007200000000"));
    expect(list).toMatchObject({ kind: "list" });
  });

  it("reads the slices of marshal version 5", () => {
    expect(readMarshal(Buffer.concat([Buffer.from(":"), none, integer(3), none]))).toEqual({
      kind: "slice",
      start: null,
      stop: 3,
      step: null,
    });
  });

  it("reads a dictionary up to its NULL", () => {
    const dict = Buffer.concat([Buffer.from("{"), text("a"), integer(1), Buffer.from("0")]);
    expect(readMarshal(dict)).toEqual({ kind: "dict", entries: [["a", 1]] });
  });

  it("takes the references of Python 2 for interned names", () => {
    const data = Buffer.concat([Buffer.from("("), hex("02000000"), hex("74020000006f73"), hex("5200000000")]);
    expect(readMarshal(data)).toEqual({ kind: "tuple", items: ["os", "os"] });
  });
});

describe("marshal data that lies", () => {
  it.each([
    ["a count that the rest cannot hold", "28ffffff7f4e"],
    ["bytes that are not there", "73ffffff7f41"],
    ["a reference to nothing", "7205000000"],
    ["a tuple that refers to itself before it is complete", "be010000007200000000"],
    ["a NULL where an object must be", "2901" + "30"],
    ["an unknown type", "07"],
    ["nothing at all", ""],
  ])("with %s is refused", (_name, data) => {
    expect(() => readMarshal(hex(data))).toThrow(ParseError);
  });

  it("nested deeper than any compiler writes is refused", () => {
    const nested = Buffer.concat([Buffer.alloc(5000, hex("2901")), none]);
    expect(() => readMarshal(nested)).toThrow(/nested deeper/);
  });

  it("of references inside references costs no more than its bytes", () => {
    // Each tuple holds the one before twice: written out, 2^40 objects.
    const layers = [flagged(tuple(flagged(text("x"))))];
    for (let i = 1; i < 40; i++) layers.push(flagged(tuple(reference(i === 1 ? 0 : i), reference(i === 1 ? 0 : i))));
    expect(readMarshal(tuple(...layers))).toMatchObject({ kind: "tuple" });
  });
});

describe("a code object", () => {
  it.each([
    ["27", "2.x"],
    ["36", "3.0"],
    ["37", "3.0"],
    ["38", "3.8"],
    ["39", "3.8"],
    ["310", "3.8"],
    ["311", "3.11"],
    ["312", "3.11"],
    ["313", "3.11"],
    ["314", "3.11"],
  ])("of CPython %s has the layout of %s", (version, layout) => {
    const header = version === "27" ? 8 : version === "36" ? 12 : 16;
    const body = fixture(`python-bytecode/ok.model.cpython-${version}.pyc`).subarray(header);
    const [codeFields] = codeFieldCounts(body);
    const made = readMarshal(body, codeFields === undefined ? {} : { codeFields });
    expect(made).toMatchObject({ kind: "code", layout, name: "<module>", filename: "model.py" });
    expect(made).toHaveProperty("names", expect.arrayContaining(["math", "os.path", "partial", "Model"]));
  });

  it("is recognised by where its bytecode begins, alone", () => {
    const body = code({ code: [100, 0, 83, 0], constants: [none] });
    expect(codeFieldCounts(body)).toEqual([6]);
    expect(codeFieldCounts(body.subarray(0, 30))).toEqual([]);
  });
});
