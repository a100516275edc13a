/** Types of metadata values; `bytes` is the size of one, 0 where it varies. */
export const VALUE_TYPES: readonly { readonly name: string; readonly bytes: number }[] = [
  { name: "uint8", bytes: 1 },
  { name: "int8", bytes: 1 },
  { name: "uint16", bytes: 2 },
  { name: "int16", bytes: 2 },
  { name: "uint32", bytes: 4 },
  { name: "int32", bytes: 4 },
  { name: "float32", bytes: 4 },
  { name: "bool", bytes: 1 },
  { name: "string", bytes: 0 },
  { name: "array", bytes: 0 },
  { name: "uint64", bytes: 8 },
  { name: "int64", bytes: 8 },
  { name: "float64", bytes: 8 },
];
export const UINT32_TYPE = 4;
export const STRING_TYPE = 8;
export const ARRAY_TYPE = 9;

/** A tensor type of ggml.h: rows are whole blocks of `block` elements, each stored in `bytes`. */
export interface TensorType {
  readonly name: string;
  readonly block: bigint;
  readonly bytes: bigint;
}

/** By the number in the file: name, elements a block, bytes a block (ggml.h and ggml-common.h of llama.cpp, 2026). */
const TENSOR_TYPE_ROWS: readonly (readonly [id: number, name: string, block: number, bytes: number])[] = [
  [0, "F32", 1, 4],
  [1, "F16", 1, 2],
  [2, "Q4_0", 32, 18],
  [3, "Q4_1", 32, 20],
  [4, "Q4_2", 16, 10],
  [5, "Q4_3", 16, 12],
  [6, "Q5_0", 32, 22],
  [7, "Q5_1", 32, 24],
  [8, "Q8_0", 32, 34],
  [9, "Q8_1", 32, 36],
  [10, "Q2_K", 256, 84],
  [11, "Q3_K", 256, 110],
  [12, "Q4_K", 256, 144],
  [13, "Q5_K", 256, 176],
  [14, "Q6_K", 256, 210],
  [15, "Q8_K", 256, 292],
  [16, "IQ2_XXS", 256, 66],
  [17, "IQ2_XS", 256, 74],
  [18, "IQ3_XXS", 256, 98],
  [19, "IQ1_S", 256, 50],
  [20, "IQ4_NL", 32, 18],
  [21, "IQ3_S", 256, 110],
  [22, "IQ2_S", 256, 82],
  [23, "IQ4_XS", 256, 136],
  [24, "I8", 1, 1],
  [25, "I16", 1, 2],
  [26, "I32", 1, 4],
  [27, "I64", 1, 8],
  [28, "F64", 1, 8],
  [29, "IQ1_M", 256, 56],
  [30, "BF16", 1, 2],
  [31, "Q4_0_4_4", 32, 18],
  [32, "Q4_0_4_8", 32, 18],
  [33, "Q4_0_8_8", 32, 18],
  [34, "TQ1_0", 256, 54],
  [35, "TQ2_0", 256, 66],
  [39, "MXFP4", 32, 17],
  [40, "NVFP4", 64, 36],
  [41, "Q1_0", 128, 18],
];

export const TENSOR_TYPES: ReadonlyMap<number, TensorType> = new Map(
  TENSOR_TYPE_ROWS.map(([id, name, block, bytes]) => [id, { name, block: BigInt(block), bytes: BigInt(bytes) }]),
);

/** Once written, and refused by every loader since: Q4_2, Q4_3, and the layouts for ARM, which loaders now make themselves. */
const REMOVED_TYPES = new Set([4, 5, 31, 32, 33, 36, 37, 38]);

export function isRemovedTensorType(id: number): boolean {
  return REMOVED_TYPES.has(id);
}

/** ggml numbered its types from 0 to 41 in three years: what comes next is a number below this. */
const NEXT_TYPES_BELOW = 97;
/** Blocks of numbers that the ik_llama.cpp fork uses for its own quantisations. */
const FORK_TYPES: readonly (readonly [first: number, last: number])[] = [
  [97, 99],
  [133, 158],
  [202, 233],
  [335, 356],
  [397, 399],
];

/** True for a number that a newer or forked ggml may well have given to a type. */
export function isPlausibleTensorType(id: number): boolean {
  return id < NEXT_TYPES_BELOW || FORK_TYPES.some(([first, last]) => id >= first && id <= last);
}
