import { isPyc } from "../formats/bytecode/pyc.js";
import { MODEL_HINTS, MODEL_RECOGNITIONS, MODEL_SIGNATURES } from "./compiled-models.js";
import type { FormatId } from "./format.js";
import { GRAPH_HINTS, GRAPH_RECOGNITIONS, ORT_SIGNATURE } from "./graphs.js";
import { ARRAY_SIGNATURES, HDF5_RECOGNITION, HDF5_SIGNATURE } from "./hdf5.js";
import { KERAS_METADATA_RECOGNITION } from "./keras.js";
import { LFS_POINTER_RECOGNITION } from "./lfs-pointer.js";
import { PACKAGE_RECOGNITIONS, PACKAGE_SIGNATURES } from "./packages.js";
import { looksLikePickle } from "./pickle.js";
import { DATA_RECOGNITIONS, DATA_SIGNATURES } from "./plain-data.js";
import type { Probe } from "./probe.js";
import { looksLikeProgram } from "./program.js";
import { STREAM_RECOGNITIONS, STREAM_SIGNATURES } from "./streams.js";
import { TAR_RECOGNITION, TAR_SIGNATURE } from "./tar.js";
import { VIRTUAL_PROGRAM_SIGNATURES } from "./virtual-programs.js";
import { WEIGHT_RECOGNITIONS, WEIGHT_SIGNATURES } from "./weights.js";
import { ZIP_RECOGNITION, ZIP_SIGNATURES } from "./zip.js";

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
  ...ZIP_SIGNATURES,
  { format: "7z", offset: 0, magic: "7z\xbc\xaf\x27\x1c" },
  TAR_SIGNATURE,
  ...STREAM_SIGNATURES,
  ...PACKAGE_SIGNATURES,
  { format: "rar", offset: 0, magic: "Rar!\x1a\x07" },
  HDF5_SIGNATURE,
  ...ARRAY_SIGNATURES,
  { format: "gguf", offset: 0, magic: "GGUF" },
  { format: "gguf", offset: 0, magic: "FUGG" },
  { format: "tflite", offset: 4, magic: "TFL3" },
  ORT_SIGNATURE,
  ...WEIGHT_SIGNATURES,
  ...MODEL_SIGNATURES,
  ...DATA_SIGNATURES,
  ...VIRTUAL_PROGRAM_SIGNATURES,
];

/** A format that has no magic: recognised by looking at the first and last bytes as a whole. */
export interface Recognition {
  readonly format: FormatId;
  readonly test: (probe: Probe) => boolean;
}

export const RECOGNITIONS: readonly Recognition[] = [
  { format: "pickle", test: looksLikePickle },
  { format: "executable", test: looksLikeProgram },
  ...WEIGHT_RECOGNITIONS,
  ...GRAPH_RECOGNITIONS,
  ...MODEL_RECOGNITIONS,
  ...DATA_RECOGNITIONS,
  ...STREAM_RECOGNITIONS,
  TAR_RECOGNITION,
  HDF5_RECOGNITION,
  KERAS_METADATA_RECOGNITION,
  ZIP_RECOGNITION,
  ...PACKAGE_RECOGNITIONS,
  LFS_POINTER_RECOGNITION,
  { format: "python-bytecode", test: ({ head }) => isPyc(head) },
];

/** Formats whose bytes may look like anything: here the name decides what is tried. Lower case, longest ending first. */
export const NAME_HINTS: readonly { readonly suffix: string; readonly formats: readonly FormatId[] }[] = [
  ...[
    ".pkl",
    ".pickle",
    ".joblib",
    ".dill",
    ".pt",
    ".pth",
    ".pth.tar",
    ".ckpt",
    ".pt2",
    ".ptl",
    ".npy",
    ".sav",
    ".p",
    ".pk",
  ].map((suffix) => ({
    suffix,
    formats: ["pickle"] as const,
  })),
  { suffix: ".safetensors", formats: ["safetensors"] },
  { suffix: ".gguf", formats: ["gguf"] },
  { suffix: ".tflite", formats: ["tflite"] },
  { suffix: ".msgpack", formats: ["msgpack"] },
  { suffix: ".pte", formats: ["executorch"] },
  { suffix: ".ubj", formats: ["xgboost"] },
  { suffix: ".cbm", formats: ["catboost"] },
  ...[".h5", ".hdf5", ".he5"].map((suffix) => ({ suffix, formats: ["hdf5"] as const })),
  { suffix: "keras_metadata.pb", formats: ["keras-metadata"] },
  ...GRAPH_HINTS,
  ...MODEL_HINTS,
  { suffix: ".lzma", formats: ["lzma"] },
  { suffix: ".br", formats: ["brotli"] },
];
