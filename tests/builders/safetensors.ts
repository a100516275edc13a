import { concat, u64, zeros } from "./bytes.js";

export interface TensorSpec {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly data_offsets: readonly number[];
}

/** A file out of its header's text and its data; the length is that of the text. */
export function safetensorsText(header: string, data: Uint8Array | number = 0): Uint8Array {
  return concat(u64(Buffer.byteLength(header)), header, typeof data === "number" ? zeros(data) : data);
}

/** A file whose header is this object. */
export function safetensors(header: Readonly<Record<string, unknown>>, data: Uint8Array | number = 0): Uint8Array {
  return safetensorsText(JSON.stringify(header), data);
}

/** One F32 tensor of two elements, and whatever else the header shall hold. */
export function oneTensor(more: Readonly<Record<string, unknown>> = {}, change: Partial<TensorSpec> = {}): Uint8Array {
  return safetensors({ ...more, w: { dtype: "F32", shape: [2], data_offsets: [0, 8], ...change } }, 8);
}
