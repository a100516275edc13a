import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { LimitError, ParseError } from "../../../src/errors.js";
import { parseJson } from "../../../src/formats/json/parse.js";
import { isJsonArray, isJsonObject, type JsonValue, jsonAt, jsonStrings } from "../../../src/formats/json/value.js";

const bytes = (text: string) => new TextEncoder().encode(text);
const read = (text: string) => parseJson(text).value;

/** The document as JSON.parse gives it, `__proto__` included. */
function plain(value: JsonValue | undefined): unknown {
  if (typeof value === "bigint") return Number(value);
  if (isJsonArray(value)) return value.map(plain);
  if (!isJsonObject(value)) return value;
  const object: Record<string, unknown> = Object.create(null);
  for (const [key, child] of value) Object.defineProperty(object, key, { value: plain(child), enumerable: true });
  return Object.fromEntries(Object.entries(object));
}

describe("parseJson", () => {
  it("reads what JSON.parse reads", () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.constantFrom(0, 2), (value, indent) => {
        const text = JSON.stringify(value, null, indent);
        expect(JSON.stringify(plain(read(text)))).toBe(JSON.stringify(JSON.parse(text)));
      }),
    );
  });

  it("refuses in strict mode what JSON.parse refuses, after random edits", () => {
    const edit = fc.tuple(fc.nat(), fc.constantFrom(...'{}[],:"\\0123456789.-+eEtrfalsn \n\u0001'));
    fc.assert(
      fc.property(fc.jsonValue(), fc.array(edit, { maxLength: 3 }), (value, edits) => {
        let text = JSON.stringify(value);
        for (const [at, char] of edits)
          text = text.slice(0, at % (text.length + 1)) + char + text.slice((at + 1) % (text.length + 1));
        let accepted = true;
        try {
          JSON.parse(text);
        } catch {
          accepted = false;
        }
        const strictly = () => parseJson(text, { strict: true });
        if (accepted) expect(strictly).not.toThrow();
        else expect(strictly).toThrow(ParseError);
      }),
      { numRuns: 500 },
    );
  });

  it("keeps __proto__ an ordinary key", () => {
    expect(jsonAt(read('{"__proto__": {"polluted": 1}}'), "__proto__", "polluted")).toBe(1);
    expect(Object.hasOwn(Object.prototype, "polluted")).toBe(false);
  });

  it("keeps integers beyond 2^53 exact and everything else a number", () => {
    expect(read("[18446744073709551615, -9007199254740993, 9007199254740991, 1e3, -0.5]")).toEqual([
      18446744073709551615n,
      -9007199254740993n,
      9007199254740991,
      1000,
      -0.5,
    ]);
  });

  it("reports a key that stands twice, with the value that was lost", () => {
    const { value, duplicates, duplicateCount } = parseJson('{"a": {"x": 1}, "b": 2, "a": 3}');
    expect(jsonAt(value, "a")).toBe(3);
    expect(duplicateCount).toBe(1);
    expect(duplicates[0]).toMatchObject({ key: "a", offset: 24 });
    expect(plain(duplicates[0]?.shadowed)).toEqual({ x: 1 });
  });

  it("sees through escapes when it compares keys, and does not confuse different objects", () => {
    expect(parseJson('{"\\u0061": 1, "a": 2}').duplicateCount).toBe(1);
    expect(parseJson('[{"a": 1}, {"a": 2}]').duplicateCount).toBe(0);
    expect(parseJson('{"a": null, "a": 2}').duplicateCount).toBe(1);
  });

  it("stops at the depth limit and not one level before", () => {
    expect(() => parseJson("[".repeat(5) + "]".repeat(5), { maxDepth: 5 })).not.toThrow();
    expect(() => parseJson("[".repeat(6) + "]".repeat(6), { maxDepth: 5 })).toThrow("nested deeper than 5 levels at 5");
    expect(() => parseJson("[".repeat(5_000_000))).toThrow(ParseError);
  });

  it("stops at the node limit and tells a budget of its work", () => {
    expect(() => parseJson("[1,2,3]", { maxNodes: 7 })).not.toThrow();
    expect(() => parseJson("[1,2,3,4]", { maxNodes: 7 })).toThrow(LimitError);
    expect(() => parseJson("[{},{}]", { maxNodes: 7 })).toThrow(LimitError);
    let nodes = 0;
    parseJson(`[${"0,".repeat(9999)}0]`, { onNodes: (count) => (nodes += count) });
    expect(nodes).toBe(10_004);
  });

  it("returns what it read and the fault in tolerant mode", () => {
    const { value, error } = parseJson('{"a": [1, {"b": "os.system"', { tolerant: true });
    expect(jsonAt(value, "a", 1, "b")).toBe("os.system");
    expect(error).toBeInstanceOf(ParseError);
    expect(parseJson("", { tolerant: true }).value).toBeUndefined();
  });

  it("refuses what follows the value unless it is told to leave it", () => {
    expect(() => parseJson("{} {}")).toThrow("2 bytes follow the JSON value at 3");
    expect(parseJson('{} \n{"b":1}', { allowTrailing: true }).end).toBe(2);
    expect(parseJson("{} {}", { tolerant: true })).toMatchObject({ error: expect.any(ParseError) });
  });

  it("takes Python's NaN, Infinity and unpaired surrogates, but not in strict mode", () => {
    expect(read("[NaN, Infinity, -Infinity]")).toEqual([
      Number.NaN,
      Number.POSITIVE_INFINITY,
      Number.NEGATIVE_INFINITY,
    ]);
    expect(read('"\\ud800"')).toBe("\ud800");
    expect(() => parseJson("[NaN]", { strict: true })).toThrow(ParseError);
    expect(() => parseJson('"\\ud800"', { strict: true })).toThrow("unpaired surrogate");
    expect(parseJson('"\\ud83d\\ude00"', { strict: true }).value).toBe("😀");
  });

  it("refuses strings that are no UTF-8 or hold raw control characters", () => {
    expect(() => parseJson(new Uint8Array([0x22, 0xff, 0x22]))).toThrow("not UTF-8");
    expect(() => parseJson('"a\nb"')).toThrow("raw control character");
    expect(() => parseJson('"\\x41"')).toThrow("unknown escape");
    expect(() => parseJson('"\\u00g0"')).toThrow("unknown escape");
  });

  it("tells offsets inside the artifact", () => {
    const document = parseJson('{"a": [10, "b"]}', { offsets: true, base: 8 });
    const list = jsonAt(document.value, "a");
    if (!isJsonObject(document.value) || !isJsonArray(list)) throw new Error("not the shape that was written");
    expect(document.offsetOf(document.value, "a")).toBe(14);
    expect(document.offsetOf(list, 1)).toBe(19);
    expect(() => parseJson('{"a" 1}', { base: 8 })).toThrow('needs ":" at 13');
  });

  it("reads the encodings that Python's reader detects", () => {
    const utf16 = new Uint8Array(new Uint16Array([...'{"é":1}'].map((c) => c.charCodeAt(0))).buffer);
    const utf32 = new Uint8Array(new Uint32Array([..."[1]"].map((c) => c.charCodeAt(0))).buffer);
    expect(jsonAt(parseJson(utf16).value, "é")).toBe(1);
    expect(parseJson(utf32).value).toEqual([1]);
    expect(parseJson(bytes("\ufeff[1]")).value).toEqual([1]);
    expect(() => parseJson(bytes("\ufeff[1"))).toThrow("at 5");
  });

  it("lists strings with their path in document order", () => {
    const found = [...jsonStrings(read('{"a": ["x", {"b": "y"}], "c": "z", "d": 1}') ?? null)];
    expect(found).toEqual([
      { text: "x", path: ["a", 0] },
      { text: "y", path: ["a", 1, "b"] },
      { text: "z", path: ["c"] },
    ]);
  });
});
