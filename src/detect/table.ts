import type { FormatId } from "./format.js";
import { looksLikePickle } from "./pickle.js";
import type { Probe } from "./probe.js";
import { WEIGHT_RECOGNITIONS } from "./weights.js";

/** Fixed bytes at a fixed place, and whatever else must hold. */
export interface Signature {
  readonly format: FormatId;
  readonly offset: number;
  /** Latin-1 text, one character a byte. */
  readonly magic: string;
  readonly confirm?: (probe: Probe) => boolean;
}

/** Every row that matches counts: a file is scanned as each of its formats. Confirm functions look at the probe alone. */
export const SIGNATURES: readonly Signature[] = [
  { format: "npy", offset: 0, magic: "\x93NUMPY" },
  { format: "zip", offset: 0, magic: "PK\x03\x04" },
  { format: "zip", offset: 0, magic: "PK\x05\x06" },
  { format: "7z", offset: 0, magic: "7z\xbc\xaf\x27\x1c" },
  { format: "tar", offset: 257, magic: "ustar" },
  { format: "gzip", offset: 0, magic: "\x1f\x8b\x08" },
  { format: "bzip2", offset: 0, magic: "BZh" },
  { format: "xz", offset: 0, magic: "\xfd7zXZ\x00" },
  { format: "lz4", offset: 0, magic: "\x04\x22\x4d\x18" },
  { format: "zstd", offset: 0, magic: "\x28\xb5\x2f\xfd" },
  { format: "rar", offset: 0, magic: "Rar!\x1a\x07" },
  { format: "hdf5", offset: 0, magic: "\x89HDF\r\n\x1a\n" },
  { format: "gguf", offset: 0, magic: "GGUF" },
  { format: "gguf", offset: 0, magic: "FUGG" },
  { format: "tflite", offset: 4, magic: "TFL3" },
  { format: "executable", offset: 0, magic: "\x7fELF" },
];

/** A format that has no magic: recognised by looking at the first and last bytes as a whole. */
export interface Recognition {
  readonly format: FormatId;
  readonly test: (probe: Probe) => boolean;
}

export const RECOGNITIONS: readonly Recognition[] = [
  { format: "pickle", test: looksLikePickle },
  ...WEIGHT_RECOGNITIONS,
];

/** Formats whose bytes may look like anything: here the name decides what is tried. Lower case, longest ending first. */
export const NAME_HINTS: readonly { readonly suffix: string; readonly formats: readonly FormatId[] }[] = [
  ...[".pkl", ".pickle", ".joblib", ".dill", ".pt", ".pth", ".pth.tar", ".ckpt", ".pt2", ".ptl", ".npy", ".sav", ".p", ".pk"].map((suffix) => ({
    suffix,
    formats: ["pickle"] as const,
  })),
  { suffix: ".safetensors", formats: ["safetensors"] },
];
