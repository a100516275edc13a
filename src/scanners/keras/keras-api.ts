/** Packages whose objects Keras resolves by itself. */
const PACKAGES: ReadonlySet<string> = new Set([
  "keras",
  "keras_core",
  "tf_keras",
  "keras_hub",
  "keras_cv",
  "keras_nlp",
]);
/** Where TensorFlow keeps its own Keras. */
const TENSORFLOW_KERAS = /^(?:tensorflow|tf)(?:\.python|\.compat\.v[12]|\._api\.v[12])*\.keras(?:\.|$)/;

/** Parts of Keras that work on files, sessions and settings instead of describing models. `keras.src` and `keras.api` repeat them. */
const NON_MODELLING: ReadonlySet<string> = new Set([
  "api_export",
  "backend",
  "callbacks",
  "config",
  "datasets",
  "distribution",
  "export",
  "preprocessing",
  "saving",
  "testing",
  "tree",
  "utils",
  "visualization",
  "wrappers",
]);

/** Members of those parts that models do refer to. */
const MODELLING_MEMBERS: ReadonlySet<string> = new Set([
  "Cross",
  "Feature",
  "FeatureSpace",
  "normalize",
  "pad_sequences",
  "to_categorical",
  // Operations of keras.backend in Keras 2, which functions of a model call.
  "abs",
  "argmax",
  "cast",
  "concatenate",
  "l2_normalize",
  "max",
  "mean",
  "min",
  "relu",
  "sigmoid",
  "softmax",
  "sqrt",
  "square",
  "squeeze",
  "sum",
  "tanh",
]);

/** Where Keras 3 keeps its optimizers for PyTorch; saving names the module, as these classes are no part of the public API. */
const TORCH_OPTIMIZERS = /^keras\.src\.backend\.torch\.optimizers\.torch_\w{1,40}$/;
const CLASS_NAME = /^[A-Z][A-Za-z]{1,40}$/;

export function isKerasModule(module: string): boolean {
  const [top = ""] = module.split(".", 1);
  return PACKAGES.has(top) || TENSORFLOW_KERAS.test(`${module}.`);
}

/** True for what describes models: layers, losses, operations ... False for a member of `keras.utils`, `keras.saving` and the like. */
export function isModelling(module: string, name: string): boolean {
  if (MODELLING_MEMBERS.has(name)) return true;
  if (TORCH_OPTIMIZERS.test(module) && CLASS_NAME.test(name)) return true;
  return !partsInside(module).some((part) => NON_MODELLING.has(part));
}

/** The parts of a module's path below its package, as the public API counts them. */
function partsInside(module: string): string[] {
  const parts = module.replace(TENSORFLOW_KERAS, "keras.").split(".").slice(1);
  const inner = parts[0] === "src" || parts[0] === "api" || parts[0] === "_tf_keras" ? parts.slice(1) : parts;
  // The first part decides: keras.src.backend.*, but not keras.layers.preprocessing.*
  return inner.slice(0, 1);
}
