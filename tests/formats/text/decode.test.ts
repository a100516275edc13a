import { expect, test } from "vitest";
import { decodeText } from "../../../src/formats/text/decode.js";

test("offsets count bytes, not characters", () => {
  const { text, offsetAt } = decodeText(new TextEncoder().encode("é: x"), 10);
  expect(text).toBe("é: x");
  expect(offsetAt(text.indexOf("x"))).toBe(10 + 4);
});

test("a byte order mark is no character and counts in offsets", () => {
  const { text, offsetAt } = decodeText(new TextEncoder().encode("\ufeffab"));
  expect([text, offsetAt(1)]).toEqual(["ab", 4]);
});

test("UTF-16 of either order is read when a mark says so", () => {
  const little = Buffer.from("\ufeffa: b", "utf16le");
  const big = Buffer.from(little).swap16();
  expect(decodeText(little).text).toBe("a: b");
  expect(decodeText(big).text).toBe("a: b");
  expect(decodeText(big).offsetAt(3)).toBe(8);
});

test("bytes that are no UTF-8 leave the text around them readable", () => {
  expect(decodeText(new Uint8Array([0x61, 0xff, 0x62])).text).toBe("a\ufffdb");
});
