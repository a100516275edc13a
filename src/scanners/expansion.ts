import type { FormatId } from "../detect/format.js";
import type { Observation } from "./scanner.js";

/** Below this, nobody's memory is at stake. */
const BOMB_BYTES = 1 << 20;
/** Weights shrink by a third, text to a tenth, logs to a fiftieth: only runs of one byte get here. */
const BOMB_RATIO = 200;
const CONTAINERS: ReadonlySet<FormatId> = new Set<FormatId>([
  "zip",
  "7z",
  "tar",
  "rar",
  "gzip",
  "bzip2",
  "xz",
  "lzma",
  "lz4",
  "zstd",
  "zlib",
  "brotli",
]);

/** Whether content of these formats is no model by itself: nothing known, or a container that may hold as little. */
export function isFiller(formats: readonly FormatId[]): boolean {
  return formats.every((format) => CONTAINERS.has(format));
}

/** `filler` bytes that are no model came out of `packed` bytes. An array of zeros is a model, however well it packs. */
export function judgeExpansion(packed: number, filler: number): Observation | undefined {
  const ratio = filler / Math.max(1, packed);
  if (filler < BOMB_BYTES || ratio < BOMB_RATIO) return undefined;
  return {
    rule: "archive/bomb",
    message: `${packed} bytes unpack to ${filler} that are no model (ratio ${Math.round(ratio)})`,
    subject: "ratio",
    evidence: { packed, unpacked: filler },
  };
}
