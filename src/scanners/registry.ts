import type { FormatId } from "../detect/format.js";
import { kerasArchiveRoots } from "./keras/archive-roots.js";
import {
  foldersAbove,
  foldersWhere,
  HOSTED_FILES,
  isLicenseName,
  isStartupFile,
  isStartupPackage,
  isWeightFile,
  isWeightIndex,
  MANIFEST,
} from "./layout-roots.js";
import { ociRoots } from "./oci-roots.js";
import type { LayoutClass, ScannerClass, Tree } from "./scanner.js";
import { torchPackageRoots, torchscriptRoots } from "./torch-roots.js";

export interface ScannerDescriptor {
  readonly id: string;
  readonly title: string;
  readonly formats: readonly FormatId[];
  /** Usual endings of its files, for help and `doctor`; never a condition of scanning. */
  readonly extensions: readonly string[];
  /** Runs native or wasm code that only the end of its thread can stop, so it runs in a worker. */
  readonly isolated?: boolean;
  readonly load: () => Promise<ScannerClass>;
}

/** Every scanner, cheap to list and lazy to run. */
export const SCANNERS: readonly ScannerDescriptor[] = [
  {
    id: "pickle",
    title: "Python pickles, joblib and legacy PyTorch files",
    formats: ["pickle", "torch-legacy"],
    extensions: [".pkl", ".pickle", ".joblib", ".dill", ".pt", ".pth", ".ckpt", ".bin"],
    load: async () => (await import("./pickle/scanner.js")).PickleScanner,
  },
  {
    id: "executable",
    title: "Native programs and libraries",
    formats: ["executable"],
    extensions: [".so", ".dll", ".dylib", ".exe"],
    load: async () => (await import("./executable.js")).ExecutableScanner,
  },
  {
    id: "virtual-program",
    title: "Programs for virtual machines: Java, WebAssembly, Android, LLVM, Lua; Windows shortcuts",
    formats: ["virtual-program"],
    extensions: [".class", ".wasm", ".dex", ".bc", ".luac", ".lnk"],
    load: async () => (await import("./virtual-program.js")).VirtualProgramScanner,
  },
  {
    id: "numpy",
    title: "NumPy arrays",
    formats: ["npy"],
    extensions: [".npy", ".npz"],
    load: async () => (await import("./numpy.js")).NumpyScanner,
  },
  {
    id: "safetensors",
    title: "safetensors header, tensor layout and metadata",
    formats: ["safetensors"],
    extensions: [".safetensors"],
    load: async () => (await import("./safetensors/scanner.js")).SafetensorsScanner,
  },
  {
    id: "hdf5",
    title: "HDF5: Keras models, pickles in values, links and storage outside the file",
    formats: ["hdf5"],
    extensions: [".h5", ".hdf5", ".keras", ".nc", ".mat"],
    load: async () => (await import("./hdf5.js")).HdfScanner,
  },
  {
    id: "keras-metadata",
    title: "Keras configs of a SavedModel",
    formats: ["keras-metadata"],
    extensions: ["keras_metadata.pb"],
    load: async () => (await import("./keras/metadata.js")).KerasMetadataScanner,
  },
  {
    id: "tensorflow",
    title: "TensorFlow graphs: SavedModel, MetaGraph and GraphDef, binary and text",
    formats: ["tf-savedmodel", "tf-metagraph", "tf-graphdef", "tf-text"],
    extensions: [".pb", ".pbtxt", ".meta"],
    load: async () => (await import("./tensorflow/scanner.js")).TensorflowScanner,
  },
  {
    id: "mlir",
    title: "StableHLO modules, as jax.export writes them",
    formats: ["mlir"],
    extensions: [".mlir", ".stablehlo", ".mlirbc"],
    load: async () => (await import("./tensorflow/mlir.js")).MlirScanner,
  },
  {
    id: "onnx",
    title: "ONNX graphs, functions, external data and metadata",
    formats: ["onnx"],
    extensions: [".onnx"],
    load: async () => (await import("./onnx/scanner.js")).OnnxScanner,
  },
  {
    id: "tf-checkpoint",
    title: "TensorFlow checkpoint state",
    formats: ["tf-checkpoint"],
    extensions: ["checkpoint"],
    load: async () => (await import("./tensorflow/checkpoint-state.js")).CheckpointStateScanner,
  },
  {
    id: "tflite",
    title: "TensorFlow Lite operators, buffers and metadata",
    formats: ["tflite"],
    extensions: [".tflite", ".lite"],
    load: async () => (await import("./tflite/scanner.js")).TfliteScanner,
  },
  {
    id: "msgpack",
    title: "MessagePack checkpoints of Flax and JAX",
    formats: ["msgpack"],
    extensions: [".msgpack"],
    load: async () => (await import("./msgpack/scanner.js")).MsgpackScanner,
  },
  {
    id: "gguf",
    title: "GGUF metadata, chat templates and tensor layout",
    formats: ["gguf"],
    extensions: [".gguf"],
    load: async () => (await import("./gguf/scanner.js")).GgufScanner,
  },
  {
    id: "ggml",
    title: "GGML, before GGUF",
    formats: ["ggml"],
    extensions: [".bin", ".ggml"],
    load: async () => (await import("./ggml.js")).GgmlScanner,
  },
  {
    id: "executorch",
    title: "ExecuTorch programs",
    formats: ["executorch"],
    extensions: [".pte"],
    load: async () => (await import("./executorch.js")).ExecutorchScanner,
  },
  {
    id: "llamafile",
    title: "llamafile: a model inside a program",
    formats: ["llamafile"],
    extensions: [".llamafile"],
    load: async () => (await import("./llamafile.js")).LlamafileScanner,
  },
  {
    id: "xgboost",
    title: "XGBoost in UBJSON and binary form",
    formats: ["xgboost"],
    extensions: [".ubj", ".model"],
    load: async () => (await import("./xgboost.js")).XgboostScanner,
  },
  {
    id: "lightgbm",
    title: "LightGBM text models",
    formats: ["lightgbm"],
    extensions: [".txt"],
    load: async () => (await import("./lightgbm.js")).LightgbmScanner,
  },
  {
    id: "catboost",
    title: "CatBoost binary models",
    formats: ["catboost"],
    extensions: [".cbm"],
    load: async () => (await import("./catboost.js")).CatboostScanner,
  },
  {
    id: "torch7",
    title: "Torch7 objects and the Lua functions among them",
    formats: ["torch7"],
    extensions: [".t7"],
    load: async () => (await import("./torch7.js")).Torch7Scanner,
  },
  {
    id: "r",
    title: "R objects and workspaces: promises, functions, expressions",
    formats: ["r"],
    extensions: [".rds", ".rda", ".RData"],
    load: async () => (await import("./r.js")).RScanner,
  },
  {
    id: "coreml",
    title: "Core ML models and pipelines",
    formats: ["coreml"],
    extensions: [".mlmodel"],
    load: async () => (await import("./coreml.js")).CoremlScanner,
  },
  {
    id: "paddle",
    title: "PaddlePaddle programs",
    formats: ["paddle-program"],
    extensions: [".pdmodel"],
    load: async () => (await import("./paddle.js")).PaddleScanner,
  },
  {
    id: "mxnet",
    title: "MXNet parameters",
    formats: ["mxnet-params"],
    extensions: [".params"],
    load: async () => (await import("./mxnet.js")).MxnetScanner,
  },
  {
    id: "engine",
    title: "Models compiled for a device: TensorRT, RKNN, CNTK",
    formats: ["tensorrt", "rknn", "cntk"],
    extensions: [".engine", ".plan", ".trt", ".rknn"],
    load: async () => (await import("./engine.js")).EngineScanner,
  },
  {
    id: "caffe",
    title: "Caffe nets: layers that are Python",
    formats: ["caffe"],
    extensions: [".prototxt", ".caffemodel"],
    load: async () => (await import("./caffe.js")).CaffeScanner,
  },
  {
    id: "arrow",
    title: "Tables of Arrow, Parquet and Feather: columns that are pickles",
    formats: ["arrow"],
    extensions: [".arrow", ".parquet", ".feather"],
    load: async () => (await import("./arrow.js")).ArrowScanner,
  },
  {
    id: "java-serialized",
    title: "Java object streams: Weka and others",
    formats: ["java-serialized"],
    extensions: [".model", ".ser"],
    load: async () => (await import("./java-serialized.js")).JavaSerializedScanner,
  },
  {
    id: "json",
    title: "JSON configurations, tokenizers, indexes and graphs",
    formats: ["json"],
    extensions: [".json", ".jsonl"],
    load: async () => (await import("./json-config.js")).JsonConfigScanner,
  },
  {
    id: "yaml",
    title: "YAML configurations: tags, targets, MLmodel, conda environments",
    formats: ["yaml"],
    extensions: [".yaml", ".yml"],
    load: async () => (await import("./yaml-config.js")).YamlConfigScanner,
  },
  {
    id: "xml",
    title: "XML models: PMML, OpenVINO IR",
    formats: ["xml"],
    extensions: [".xml", ".pmml"],
    load: async () => (await import("./xml-model.js")).XmlModelScanner,
  },
  {
    id: "python-source",
    title: "Python source: what it runs on import, and what it hides",
    formats: ["python"],
    extensions: [".py", ".pyw"],
    load: async () => (await import("./python-source.js")).PythonSourceScanner,
  },
  {
    id: "python-bytecode",
    title: "Compiled Python, of 2.7 and 3.6 to 3.14",
    formats: ["python-bytecode"],
    extensions: [".pyc", ".pyo"],
    load: async () => (await import("./python-bytecode.js")).PythonBytecodeScanner,
  },
  {
    id: "jinja",
    title: "Jinja templates: chat templates",
    formats: ["jinja"],
    extensions: [".jinja", ".jinja2", ".j2"],
    load: async () => (await import("./jinja.js")).JinjaScanner,
  },
  {
    id: "requirements",
    title: "Python requirements",
    formats: ["requirements"],
    extensions: [".txt"],
    load: async () => (await import("./requirements.js")).RequirementsScanner,
  },
  {
    id: "dockerfile",
    title: "Dockerfiles and shell scripts",
    formats: ["dockerfile", "script"],
    extensions: [".dockerfile", ".sh"],
    load: async () => (await import("./dockerfile.js")).DockerfileScanner,
  },
  {
    id: "text",
    title: "Plain text, model cards, tables",
    formats: ["text"],
    extensions: [".txt", ".md", ".csv"],
    load: async () => (await import("./text.js")).TextScanner,
  },
  {
    id: "settings",
    title: "Settings in lines: TOML, INI, spaCy, gin, packaging, git",
    formats: ["toml"],
    extensions: [".toml", ".cfg", ".ini", ".conf", ".gin", ".properties"],
    load: async () => (await import("./settings.js")).SettingsScanner,
  },
  {
    id: "zip",
    title: "Zip archives, as torch.load, Python's zipfile and unzip read them",
    formats: ["zip"],
    extensions: [".zip", ".pt", ".pth", ".npz", ".keras", ".mar", ".skops", ".pt2"],
    load: async () => (await import("./zip/scanner.js")).ZipScanner,
  },
  {
    id: "compressed",
    title: "Compressed streams: gzip, zlib, bzip2, xz, LZMA, LZ4, Zstandard, Brotli",
    formats: ["gzip", "zlib", "bzip2", "xz", "lzma", "lz4", "zstd", "brotli"],
    extensions: [".gz", ".tgz", ".z", ".bz2", ".xz", ".lzma", ".lz4", ".zst", ".br"],
    load: async () => (await import("./compressed.js")).CompressedScanner,
  },
  {
    id: "sevenzip",
    title:
      "7z and rar archives, packages and disc images (cab, iso, dmg, cpio, ar, deb, rpm, wim, xar, SquashFS, LHA, Z)",
    formats: ["7z", "rar", "package"],
    extensions: [".7z", ".rar", ".cab", ".iso", ".dmg", ".cpio", ".deb", ".rpm", ".wim", ".squashfs", ".pkg"],
    load: async () => (await import("./sevenzip.js")).SevenZipScanner,
  },
  {
    id: "tar",
    title: "tar archives",
    formats: ["tar", "torch-tar"],
    extensions: [".tar", ".nemo"],
    load: async () => (await import("./tar.js")).TarScanner,
  },
  {
    id: "lfs-pointer",
    title: "Git LFS pointers",
    formats: ["lfs-pointer"],
    extensions: [],
    load: async () => (await import("./lfs-pointer.js")).LfsPointerScanner,
  },
];

const byFormat = new Map<FormatId, readonly ScannerDescriptor[]>();

/** Those that take a format, in the order of the list. */
export function scannersFor(format: FormatId): readonly ScannerDescriptor[] {
  const known = byFormat.get(format);
  if (known !== undefined) return known;
  const found = SCANNERS.filter(({ formats }) => formats.includes(format));
  byFormat.set(format, found);
  return found;
}

/** Looks for pickles inside content that nothing else knows. */
export const FALLBACK: ScannerDescriptor = {
  id: "hidden-pickle",
  title: "Pickles hidden in unknown content",
  formats: [],
  extensions: [],
  load: async () => (await import("./pickle/hidden.js")).HiddenPickleScanner,
};

export interface LayoutDescriptor {
  readonly id: string;
  readonly title: string;
  /** The folders of the tree ("" or ending in "/") at which the layout applies. */
  readonly roots: (tree: Tree) => readonly string[];
  readonly load: () => Promise<LayoutClass>;
}

/** Rules about several entries of a folder or an archive together. */
export const LAYOUTS: readonly LayoutDescriptor[] = [
  {
    id: "torch-archive",
    title: "PyTorch zip archives, TorchScript and exported programs",
    roots: (tree) => (tree.kind === "zip" ? foldersWith(tree, ["data.pkl", "archive_format"]) : []),
    load: async () => (await import("./torch.js")).TorchArchiveLayout,
  },
  {
    id: "torchscript",
    title: "TorchScript code: operators that reach files, other machines and native libraries",
    roots: torchscriptRoots,
    load: async () => (await import("./torchscript.js")).TorchscriptLayout,
  },
  {
    id: "torch-package",
    title: "torch.package archives with Python source",
    roots: torchPackageRoots,
    load: async () => (await import("./torch-package.js")).TorchPackageLayout,
  },
  {
    id: "keras-archive",
    title: "Keras 3 models, zipped or as a folder",
    roots: kerasArchiveRoots,
    load: async () => (await import("./keras/archive.js")).KerasArchive,
  },
  {
    id: "saved-model",
    title: "TensorFlow SavedModel folders",
    roots: (tree) => foldersWith(tree, ["saved_model.pbtxt"]),
    load: async () => (await import("./tensorflow/saved-model-folder.js")).SavedModelFolder,
  },
  {
    id: "oci",
    title: "Container images and model artifacts: OCI layout, docker save, Ollama",
    roots: ociRoots,
    load: async () => (await import("./oci.js")).OciLayout,
  },
  {
    id: "code-repository",
    title: "Model repositories whose configuration has code run",
    roots: (tree) =>
      foldersWith(tree, ["config.json", "tokenizer_config.json", "model_index.json", "adapter_config.json"]),
    load: async () => (await import("./repository/code-repository.js")).CodeRepositoryLayout,
  },
  {
    id: "shards",
    title: "Weights spread over files, against their index",
    roots: (tree) => foldersWhere(tree, isWeightIndex),
    load: async () => (await import("./repository/shards.js")).ShardLayout,
  },
  {
    id: "safetensors-index",
    title: "Tensors of an index, against those the files hold",
    roots: (tree) => foldersWhere(tree, (base) => base.endsWith(".safetensors.index.json")),
    load: async () => (await import("./safetensors/index-layout.js")).SafetensorsIndexLayout,
  },
  {
    id: "licenses",
    title: "Licences that the files of a folder state, against each other",
    roots: (tree) => foldersWhere(tree, (base) => base === "README.md" || isLicenseName(base)),
    load: async () => (await import("./licenses/layout.js")).LicenseLayout,
  },
  {
    id: "import-path",
    title: "Python files that shadow modules or start by themselves",
    roots: (tree) => [
      ...new Set([
        ...foldersWhere(tree, (base) => isWeightFile(base) || isStartupFile(base)),
        ...foldersWith(tree, ["__init__.py", "__init__.pyc"]).filter(isStartupPackage),
      ]),
    ],
    load: async () => (await import("./repository/import-path.js")).ImportPathLayout,
  },
  {
    id: "torchserve",
    title: "TorchServe model archives",
    roots: (tree) => foldersAbove(tree, [MANIFEST]),
    load: async () => (await import("./serving/torchserve.js")).TorchserveLayout,
  },
  {
    id: "mlflow",
    title: "MLflow model folders",
    roots: (tree) => foldersWith(tree, ["MLmodel"]),
    load: async () => (await import("./serving/mlflow.js")).MlflowLayout,
  },
  {
    id: "triton",
    title: "Triton model repositories",
    roots: (tree) => foldersWith(tree, ["config.pbtxt"]),
    load: async () => (await import("./serving/triton.js")).TritonLayout,
  },
  {
    id: "hosting",
    title: "Code that a hosting service runs beside the weights",
    roots: (tree) =>
      foldersAbove(
        tree,
        HOSTED_FILES.map(({ file }) => file),
      ),
    load: async () => (await import("./serving/hosting.js")).HostingLayout,
  },
  {
    id: "folder-names",
    title: "Names of folders, against the policy",
    roots: () => [""],
    load: async () => (await import("./repository/folder-names.js")).FolderNamesLayout,
  },
  {
    id: "skops",
    title: "skops archives",
    roots: (tree) => foldersWith(tree, ["schema.json"]),
    load: async () => (await import("./skops/layout.js")).SkopsLayout,
  },
];

/** The folders that hold an entry whose last part is one of `names`. */
export function foldersWith(tree: Tree, names: readonly string[]): string[] {
  const roots = new Set<string>();
  for (const { name, kind } of tree.entries) {
    if (kind !== "file") continue;
    const cut = name.lastIndexOf("/") + 1;
    if (names.includes(name.slice(cut))) roots.add(name.slice(0, cut));
  }
  return [...roots];
}
