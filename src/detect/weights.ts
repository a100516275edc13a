import type { FormatId } from "./format.js";
import type { Probe } from "./probe.js";

/** Weight formats that have no magic. */
export const WEIGHT_RECOGNITIONS: readonly { readonly format: FormatId; readonly test: (probe: Probe) => boolean }[] = [
  { format: "safetensors", test: isSafetensors },
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
