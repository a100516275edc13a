import { expect, test } from "vitest";
import { announcedSize } from "../../../src/formats/onnx/tensor-size.js";

test.each([
  ["floats", 1, [2n, 3n], 6n, 24n],
  ["a scalar", 7, [], 1n, 8n],
  ["nothing", 1, [0n, 2n ** 60n], 0n, 0n],
  ["half bytes, rounded up", 22, [3n], 3n, 2n],
  ["quarter bytes", 25, [5n], 5n, 2n],
  ["six bits", 27, [4n], 4n, 3n],
  ["complex numbers", 15, [2n], 2n, 32n],
])("%s", (_, dataType, dims, elements, bytes) => {
  expect(announcedSize({ dims, dataType })).toEqual({ kind: "elements", elements, bytes });
});

test("strings and unknown types have no size in bytes", () => {
  expect(announcedSize({ dims: [2n], dataType: 8 })).toMatchObject({ elements: 2n, bytes: undefined });
  expect(announcedSize({ dims: [2n], dataType: 99 })).toMatchObject({ elements: 2n, bytes: undefined });
});

test("dimensions whose product wraps in 64 bits overflow", () => {
  expect(announcedSize({ dims: [2n ** 32n, 2n ** 32n], dataType: 1 }).kind).toBe("overflow");
  expect(announcedSize({ dims: [2n ** 47n], dataType: 1 }).kind).toBe("elements");
});

test("a negative dimension is none", () => {
  expect(announcedSize({ dims: [2n, -1n], dataType: 1 })).toEqual({ kind: "negative", dim: -1n });
});
