import type { FormatId } from "./format.js";

const STREAMS: readonly FormatId[] = ["gzip", "bzip2", "xz", "lzma", "lz4", "zstd", "zlib"];
const TEXTS: readonly FormatId[] = [
  "text",
  "json",
  "yaml",
  "toml",
  "xml",
  "jinja",
  "python",
  "requirements",
  "dockerfile",
  "lightgbm",
  "tf-text",
  "tf-checkpoint",
  "caffe",
];

/** What a name promises its content to be. Names that are used for anything (.bin, .pt, .model, .dat ...) promise nothing. */
const PROMISES: readonly { readonly endings: readonly string[]; readonly formats: readonly FormatId[] }[] = [
  { endings: [".jpg", ".jpeg", ".png", ".gif", ".webp", ".bmp", ".tiff", ".ico", ".svg"], formats: ["image", "xml"] },
  { endings: [".mp3", ".mp4", ".wav", ".flac", ".ogg", ".avi", ".mov"], formats: ["media"] },
  { endings: [".pdf"], formats: ["pdf"] },
  {
    endings: [
      ".txt",
      ".md",
      ".rst",
      ".csv",
      ".tsv",
      ".log",
      ".json",
      ".jsonl",
      ".yaml",
      ".yml",
      ".toml",
      ".xml",
      ".html",
      ".cfg",
      ".ini",
    ],
    formats: TEXTS,
  },
  { endings: [".safetensors"], formats: ["safetensors"] },
  { endings: [".gguf"], formats: ["gguf"] },
  { endings: [".onnx"], formats: ["onnx"] },
  { endings: [".tflite"], formats: ["tflite"] },
  { endings: [".h5", ".hdf5"], formats: ["hdf5"] },
  { endings: [".keras"], formats: ["zip", "hdf5"] },
  { endings: [".npy"], formats: ["npy"] },
  { endings: [".npz", ".zip", ".mar", ".skops"], formats: ["zip"] },
  { endings: [".7z"], formats: ["7z"] },
  { endings: [".tar"], formats: ["tar"] },
  { endings: [".pkl", ".pickle", ".joblib", ".dill"], formats: ["pickle", "torch-legacy", "zip", ...STREAMS] },
  { endings: [".msgpack"], formats: ["msgpack"] },
];

/** Data that no program would run, by the account of its name. */
const HARMLESS: ReadonlySet<FormatId> = new Set([
  "image",
  "media",
  "pdf",
  "text",
  "safetensors",
  "gguf",
  "onnx",
  "tflite",
  "npy",
  "msgpack",
]);
/** Content that runs code when it is opened by who knows what it is. */
const RUNS_CODE: ReadonlySet<FormatId> = new Set([
  "pickle",
  "torch-legacy",
  "executable",
  "virtual-program",
  "script",
  "hdf5",
  "python-bytecode",
  "java-serialized",
]);

export interface BrokenPromise {
  /** The ending that makes the promise. */
  readonly ending: string;
  /** Something that can run code stands where the name promises plain data. */
  readonly isDisguise: boolean;
}

/** Whether the name says something else than the content. Undefined when they agree, or when either says nothing. */
export function brokenPromise(name: string, formats: readonly FormatId[]): BrokenPromise | undefined {
  const lower = name.toLowerCase();
  for (const { endings, formats: promised } of PROMISES) {
    const ending = endings.find((candidate) => lower.endsWith(candidate));
    if (ending === undefined) continue;
    if (formats.length === 0 || formats.some((format) => promised.includes(format) || format === "lfs-pointer"))
      return undefined;
    const isDisguise = HARMLESS.has(promised[0] ?? "data") && formats.some((format) => RUNS_CODE.has(format));
    return { ending, isDisguise };
  }
  return undefined;
}
