import type { OnnxTensor } from "./model.js";

/** Bits of one element by TensorProto.DataType; strings have no fixed size. */
const ELEMENT_BITS: ReadonlyMap<number, number> = new Map([
  ...[1, 6, 12].map((type): [number, number] => [type, 32]),
  ...[2, 3, 9, 17, 18, 19, 20, 24].map((type): [number, number] => [type, 8]),
  ...[4, 5, 10, 16].map((type): [number, number] => [type, 16]),
  ...[7, 11, 13, 14].map((type): [number, number] => [type, 64]),
  [15, 128],
  ...[21, 22, 23].map((type): [number, number] => [type, 4]),
  ...[25, 26].map((type): [number, number] => [type, 2]),
  ...[27, 28].map((type): [number, number] => [type, 6]),
]);

/** No tensor of this many elements exists; readers multiply dimensions in 64 bits and wrap (CWE-190). */
export const MAX_ELEMENTS = 1n << 48n;

export type TensorSize =
  | { readonly kind: "elements"; readonly elements: bigint; readonly bytes: bigint | undefined }
  | { readonly kind: "negative"; readonly dim: bigint }
  | { readonly kind: "overflow"; readonly elements: bigint };

/** How many elements and bytes a tensor announces. */
export function announcedSize({ dims, dataType }: Pick<OnnxTensor, "dims" | "dataType">): TensorSize {
  let elements = 1n;
  for (const dim of dims) {
    if (dim < 0n) return { kind: "negative", dim };
    elements *= dim;
    // Not before the last dimension: a zero still makes it an empty tensor.
    if (elements > MAX_ELEMENTS && !dims.includes(0n)) return { kind: "overflow", elements };
  }
  const bits = ELEMENT_BITS.get(dataType);
  return { kind: "elements", elements, bytes: bits === undefined ? undefined : (elements * BigInt(bits) + 7n) / 8n };
}
