import type { FormatId } from "./format.js";
import { type Probe, startsWith } from "./probe.js";

/** Weight formats and model programs with fixed first bytes. */
export const WEIGHT_SIGNATURES: readonly {
  readonly format: FormatId;
  readonly offset: number;
  readonly magic: string;
  readonly confirm?: (probe: Probe) => boolean;
}[] = [
  // four letters backwards, as a little-endian number has them
  ...["lmgg", "fmgg", "tjgg", "algg", "nsgg"].map((magic) => ({ format: "ggml" as const, offset: 0, magic })),
  { format: "executorch", offset: 4, magic: "ET", confirm: ({ head }) => isDigit(head[6]) && isDigit(head[7]) },
  // actually portable executable: DOS, shell script and, once run, every other kind of program
  { format: "llamafile", offset: 0, magic: "MZqFpD='" },
  { format: "xgboost", offset: 0, magic: "binf", confirm: ({ size }) => size > XGBOOST_HEAD_BYTES },
  { format: "catboost", offset: 0, magic: "CBM1" },
  { format: "lightgbm", offset: 0, magic: "tree\nversion=v" },
];

/** Learner parameters of XGBoost's binary form. */
const XGBOOST_HEAD_BYTES = 140;

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 0x30 && byte <= 0x39;
}

/** Weight formats that have no magic. */
export const WEIGHT_RECOGNITIONS: readonly { readonly format: FormatId; readonly test: (probe: Probe) => boolean }[] = [
  { format: "safetensors", test: isSafetensors },
  { format: "msgpack", test: isFlaxMap },
  { format: "xgboost", test: isXgboostUbjson },
  { format: "llamafile", test: isNamedLlamafile },
];

const MAX_SAFETENSORS_HEADER = 100_000_000n;

/** A header length that loaders accept, and JSON right behind it. */
function isSafetensors({ head }: Probe): boolean {
  if (head.length < 10 || head[8] !== 0x7b) return false;
  const length = new DataView(head.buffer, head.byteOffset, 8).getBigUint64(0, true);
  const next = head[9];
  return (
    length >= 2n &&
    length <= MAX_SAFETENSORS_HEADER &&
    (next === 0x22 || next === 0x7d || next === 0x20 || next === 0x0a)
  );
}

const KEY = "[\\w./ -]";
/** A map whose first key leads to an array of Flax, or to a map with a key of its own: other bytes have no such start. */
const FLAX_START = new RegExp(
  `^(?:[\\x81-\\x8f]|\\xde[\\s\\S]{2})[\\xa1-\\xbf]${KEY}{1,31}(?:\\xc7[\\s\\S]\\x01\\x93|\\xc8[\\s\\S]{2}\\x01\\x93|\\xc9[\\s\\S]{4}\\x01\\x93|[\\x81-\\x8f][\\xa1-\\xbf]${KEY}|\\xde[\\s\\S]{2}[\\xa1-\\xbf]${KEY})`,
);

function isFlaxMap({ text }: Probe): boolean {
  return FLAX_START.test(text);
}

/** A map whose first key is "learner", its length written in any of the widths. */
const XGBOOST_UBJSON = /^\{(?:L\0{7}|l\0{3}|I\0|[iU])\x07learner\{/;

function isXgboostUbjson({ text }: Probe): boolean {
  return XGBOOST_UBJSON.test(text);
}

const PROGRAM_MAGICS = ["\x7fELF", "MZ", "\xcf\xfa\xed\xfe", "\xca\xfe\xba\xbe", "jartsr='"];

function isNamedLlamafile({ name, head }: Probe): boolean {
  return name.toLowerCase().endsWith(".llamafile") && PROGRAM_MAGICS.some((magic) => startsWith(head, magic));
}
