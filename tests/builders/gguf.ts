import { concat, u32, u64, zeros } from "./bytes.js";

export interface GgufTensorSpec {
  readonly name: string;
  readonly dims: readonly (number | bigint)[];
  readonly type: number;
  readonly offset: number | bigint;
}

export interface GgufSpec {
  readonly version?: number;
  readonly bigEndian?: boolean;
  readonly magic?: string;
  /** Counts that lie. */
  readonly tensorCount?: bigint;
  readonly entryCount?: bigint;
  /** Built with `ggufText` and its like. */
  readonly entries?: readonly Uint8Array[];
  readonly tensors?: readonly GgufTensorSpec[];
  readonly alignment?: number;
  /** Bytes of tensor data. */
  readonly data?: Uint8Array | number;
}

const LITTLE = true;

export function ggufString(text: string | Uint8Array, littleEndian = LITTLE): Uint8Array {
  const bytes = typeof text === "string" ? Buffer.from(text, "utf8") : text;
  return concat(u64(bytes.length, littleEndian), bytes);
}

export function ggufText(key: string | Uint8Array, value: string, littleEndian = LITTLE): Uint8Array {
  return concat(ggufString(key, littleEndian), u32(8, littleEndian), ggufString(value, littleEndian));
}

export function ggufNumber(key: string, value: number, littleEndian = LITTLE): Uint8Array {
  return concat(ggufString(key, littleEndian), u32(4, littleEndian), u32(value, littleEndian));
}

/** An entry whose value is given as raw bytes. */
export function ggufRaw(key: string, type: number, value: Uint8Array): Uint8Array {
  return concat(ggufString(key), u32(type), value);
}

export function ggufTexts(key: string, values: readonly string[]): Uint8Array {
  return ggufRaw(key, 9, concat(u32(8), u64(values.length), ...values.map((value) => ggufString(value))));
}

/** A GGUF file. Data begins at the next multiple of the alignment. */
export function gguf(spec: GgufSpec = {}): Uint8Array {
  const { version = 3, bigEndian = false, magic = "GGUF", entries = [], tensors = [], alignment = 32, data = 0 } = spec;
  const little = !bigEndian;
  const count = (value: number | bigint) => (version === 1 ? u32(Number(value), little) : u64(value, little));
  const rows = tensors.map(({ name, dims, type, offset }) =>
    concat(
      version === 1 ? concat(u32(name.length), name) : ggufString(name, little),
      u32(dims.length, little),
      ...dims.map(count),
      u32(type, little),
      u64(offset, little),
    ),
  );
  const head = concat(
    magic,
    u32(version, little),
    count(spec.tensorCount ?? tensors.length),
    count(spec.entryCount ?? entries.length),
    ...entries,
    ...rows,
  );
  const content = typeof data === "number" ? zeros(data) : data;
  if (tensors.length === 0 && content.length === 0) return head;
  return concat(head, zeros((alignment - (head.length % alignment)) % alignment), content);
}

/** One F32 tensor of four elements. */
export const oneGgufTensor: GgufSpec = {
  tensors: [{ name: "token_embd.weight", dims: [4], type: 0, offset: 0 }],
  data: 32,
};
