import type { FileReport } from "../../engine/result.js";

/** CycloneDX's type of a component, as far as files have one. */
export type ComponentType = "machine-learning-model" | "data" | "file";

const MODEL_FORMATS = new Set(
  `pickle torch-legacy torch-tar safetensors gguf ggml onnx tf-savedmodel tf-graphdef tf-metagraph tflite msgpack hdf5 coreml executorch
  paddle-program mxnet-params tensorrt xgboost lightgbm catboost llamafile cntk rknn`.split(/\s+/),
);
const MODEL_NAME =
  /\.(?:pkl|pickle|joblib|dill|pt|pth|ckpt|bin|safetensors|h5|hdf5|keras|onnx|gguf|ggml|tflite|pb|mlmodel|msgpack|npz|pte|cbm|xgb|ubj|skops|mar|nemo|pmml|pdparams|llamafile)$/i;
const DATA_NAME =
  /\.(?:csv|tsv|jsonl|ndjson|parquet|arrow|npy|txt|vocab|json|ya?ml|xml|toml)(?:\.(?:gz|zst|bz2|xz))?$/i;
/** Configuration, documents and vocabularies stand beside a model and are none, whatever their format is used for elsewhere. */
const NO_MODEL = /\.(?:json|ya?ml|txt|md|py|toml|cfg|ini)$/i;

export function componentTypeOf({ path, formats }: FileReport): ComponentType {
  if (!NO_MODEL.test(path) && (MODEL_NAME.test(path) || formats.some((format) => MODEL_FORMATS.has(format)))) {
    return "machine-learning-model";
  }
  return DATA_NAME.test(path) ? "data" : "file";
}

const TOKENIZER =
  /^(?:tokenizer.*\.(?:json|model)|vocab\.(?:json|txt)|merges\.txt|special_tokens_map\.json|added_tokens\.json|spiece\.model|sentencepiece.*\.model)$/i;
const SHARD = /^(.{1,200})-\d{5}-of-\d{5}(\.[\w.]{1,40})$/;

export function isTokenizer(name: string): boolean {
  return TOKENIZER.test(name);
}

/** The name of the index that lists a part of spread weights: `model-00001-of-00003.safetensors` -> `model.safetensors.index.json`. */
export function indexOfShard(name: string): string | undefined {
  const [, stem, ending] = SHARD.exec(name) ?? [];
  return stem === undefined ? undefined : `${stem}${ending}.index.json`;
}

export function isAdapter(name: string): boolean {
  return /^adapter_(?:model|config)\./i.test(name);
}
