import type { Use } from "../../formats/code/summary.js";
import { someWithin, textOf, type Value } from "../../formats/code/value.js";
import { isAtLeast } from "../../rules/severity.js";
import { judgeForeignTemplate } from "../jinja-judge.js";
import type { CodeFinding } from "./finding.js";
import { provenanceOf } from "./provenance.js";
import { DECIDED_LATER, findingOf, isTrue, keywordOf, LOUD, type Review } from "./review.js";

/** Text and bytecode that code has run. */
export function judgeExecution(use: Use, review: Review): CodeFinding[] {
  const source = use.use === "call" ? unwrapped(use.args[0]) : undefined;
  if (source === undefined) return [];
  if (use.path === "torch.hub.load") return judgeHub(use);
  if (FILE_LOADERS.test(use.path)) return judgeFileLoader(use, review);
  if (use.path.startsWith("jinja2.")) return judgeRendered(use);
  const { isFetched, isHidden, isRead } = provenanceOf(source, review.callables);
  if (isFetched) return [findingOf(use, "code/executes-data", "critical", "runs what it downloads")];
  const text = textOf(source) ?? textOfBytes(source);
  if (isHidden && (isRunning(use) || text !== undefined)) {
    const hidden = findingOf(use, "code/executes-data", LOUD[use.phase], "runs code that was hidden");
    return [hidden, ...judgeNested(use, text, review)];
  }
  if (text !== undefined && isRunning(use)) return judgeNested(use, text, review);
  if (use.path.startsWith("marshal.") && !isRead && source.kind === "constant") {
    return [findingOf(use, "code/executes-data", "high", "reads bytecode that it brings along")];
  }
  if (use.path !== "builtins.exec" || use.phase !== "load" || source.kind === "constant") return [];
  if (someWithin(source, opensItself)) {
    return [findingOf(use, "code/executes-data", "medium", "runs text out of its own file")];
  }
  if (someWithin(source, opensOther)) {
    return [findingOf(use, "code/executes-data", "medium", "runs a file that is no Python source")];
  }
  if (isRead) return [findingOf(use, "code/executes-data", "low", "runs a file")];
  return [findingOf(use, "code/executes-data", "medium", "runs text that it puts together")];
}

/** `torch.hub.load("owner/repository", ...)` downloads a repository and runs its code. */
function judgeHub(use: Use): CodeFinding[] {
  if (textOf(keywordOf(use, "source")) === "local") return [];
  return [findingOf(use, "code/executes-data", DECIDED_LATER[use.phase], "downloads code and runs it")];
}

function textOfBytes(value: Value): string | undefined {
  return value.kind === "constant" && value.value instanceof Uint8Array
    ? Buffer.from(value.value).toString("latin1")
    : undefined;
}

/** `jinja2.Template("{{ ...__globals__... }}")` */
function judgeRendered(use: Use): CodeFinding[] {
  const [found] = judgeForeignTemplate(textOf(use.args[0]) ?? "");
  return found === undefined ? [] : [findingOf(use, "code/executes-data", "high", found.message)];
}

/** `open("notes.txt").read()`: text out of a file that is named and is no source. */
function opensOther(part: Value): boolean {
  const [file] =
    part.kind === "call" && part.callee.kind === "name" && part.callee.path === "builtins.open" ? part.args : [];
  const path = textOf(file);
  return path !== undefined && !/\.(?:py|pyw|pyi|cfg|conf|config)$/.test(path);
}

/** `open(__file__)`: whoever reads the own source to run it has hidden something in it. */
function opensItself(part: Value): boolean {
  const [file] =
    part.kind === "call" && part.callee.kind === "name" && part.callee.path === "builtins.open" ? part.args : [];
  return file?.kind === "name" && file.path === "__file__";
}

/** Loaders of code from a file, whatever the file is called. */
const FILE_LOADERS =
  /^(?:zipimport\.|imp\.load_|runpy\.run_path$|distutils\.core\.run_setup$|setuptools\.sandbox\.run_setup$|importlib\.util\.spec_from_file_location$|importlib\.machinery\.Source(?:less)?FileLoader$)/;
const USUAL_CODE_PATH = /^(?!\/tmp\/|\/var\/tmp\/|\/dev\/shm\/)[^\0]*(?:\.py|\.pyc|\.so|\.pyd)$/;

/** A file that is written out, and that is no Python file of a usual place: weights, an archive, something in a temporary folder. */
function judgeFileLoader(use: Use, review: Review): CodeFinding[] {
  const isOnlyPath = /^(?:zipimport|runpy|distutils|setuptools)\./.test(use.path);
  const given = isOnlyPath ? use.args[0] : (use.args[1] ?? keywordOf(use, "location") ?? keywordOf(use, "path"));
  if (given !== undefined && provenanceOf(given, review.callables).isFetched)
    return [findingOf(use, "code/executes-data", "critical", "runs what it downloads")];
  const path = textOf(given);
  if (path === undefined || USUAL_CODE_PATH.test(path)) return [];
  return [findingOf(use, "code/executes-data", DECIDED_LATER[use.phase], "imports a file that is no Python file")];
}

/** Code written out inside the code counts as if it stood there. */
export function judgeNested(use: Use, text: string | undefined, review: Review): CodeFinding[] {
  if (text === undefined) return [];
  // pandas marks the names of Python by an at sign.
  const [first] = review.judgeText(text.replace(/^\s*@/, ""));
  if (first === undefined || !isAtLeast(first.severity, "medium")) return [];
  return [
    findingOf(use, "code/executes-data", first.severity, `runs text that reaches ${first.call ?? first.subject}`),
  ];
}

/** `exec(compile(text, ...))`: the text. */
function unwrapped(value: Value | undefined): Value | undefined {
  const isCompiled = value?.kind === "call" && value.callee.kind === "name" && value.callee.path === "builtins.compile";
  return isCompiled ? value.args[0] : value;
}

/** Callables that run text; `compile` alone does not. */
function isRunning({ path }: Use): boolean {
  return path !== "builtins.compile" && !path.startsWith("types.") && !path.startsWith("marshal.");
}

/** Loaders whose whole purpose is unpickling; the others (torch.load, numpy.load) can be told not to. */
const PICKLES = /^(?:pickle|dill|cloudpickle|joblib|jsonpickle|shelve|yaml)\./;

/** Pickles that code brings along or downloads. */
export function judgeUnpickling(use: Use, review: Review): CodeFinding[] {
  const source = use.use === "call" ? use.args[0] : undefined;
  if (source === undefined || refusesCode(use)) return [];
  if (use.path.startsWith("yaml.") && /!!?<?(?:tag:yaml\.org,2002:)?python\//.test(textOf(source) ?? "")) {
    return [findingOf(use, "code/unpickles", "high", "builds objects out of text that it brings along")];
  }
  const { isHidden, isEncoded, isRead } = provenanceOf(source, review.callables);
  const isFetched = someWithin(source, (part) => isForeignSource(part, review));
  const content = inMemory(source);
  const isOwn = content.kind === "constant" && content.value instanceof Uint8Array;
  if (!isFetched && !isHidden && !isOwn) return [];
  // Data sets are kept as compressed pickles: such a file is judged where it lies.
  if (use.phase === "function" && isRead && !isFetched && !isEncoded && !someWithin(source, isContent)) return [];
  const what = isFetched ? "unpickles what it downloads" : "unpickles data that it brings along";
  return [findingOf(use, "code/unpickles", PICKLES.test(use.path) ? "high" : "medium", what)];
}

/** Longer than a name, a key or the option of a decoder. */
const SHORT = 64;

function isContent(part: Value): boolean {
  if (part.kind !== "constant") return false;
  const { value } = part;
  return (typeof value === "string" || value instanceof Uint8Array) && value.length > SHORT;
}

/** Weights from the hub are what model code loads; whatever else comes over the network is not. */
function isForeignSource(part: Value, { callables }: Review): boolean {
  return (
    part.kind === "name" && callables.capabilityOf(part.path) === "network" && !part.path.startsWith("huggingface_hub.")
  );
}

/** `io.BytesIO(b"...")`: the bytes. */
function inMemory(value: Value): Value {
  const isFile = value.kind === "call" && value.callee.kind === "name" && /^_?io\.BytesIO$/.test(value.callee.path);
  return isFile ? (value.args[0] ?? value) : value;
}

/** `torch.load(..., weights_only=True)`, and `numpy.load` unless it is told to unpickle. */
function refusesCode(use: Use): boolean {
  const option = keywordOf(use, use.path.startsWith("numpy.") ? "allow_pickle" : "weights_only");
  const isSet = option !== undefined && isTrue(option);
  return use.path.startsWith("numpy.") ? !isSet : isSet;
}

const STARTS_PROGRAMS = /\b(?:system|popen|exec[lv]p?e?|dlopen|posix_spawn)\s{0,4}\(\s{0,4}["']/;

/** `load_inline(cpp_sources="... system(...) ...")` */
function hasNativeSource({ args, keywords }: Use): boolean {
  return [...args, ...keywords.map(({ value }) => value)].some((value) =>
    someWithin(value, (part) => STARTS_PROGRAMS.test(textOf(part) ?? "")),
  );
}

const HAS_FOLDER = /[/\\]/;
const SYSTEM_FOLDER = /^(?:\/usr\/|\/lib|\/opt\/|\/System\/|\/Library\/|C:\\Windows)/i;

/** Native libraries that are not the system's. */
export function judgeNative(use: Use, review: Review): CodeFinding[] {
  if (use.use === "call" && hasNativeSource(use)) {
    return [findingOf(use, "code/native-library", "high", "compiles code that starts programs")];
  }
  const source = use.use === "call" ? use.args[0] : undefined;
  if (source === undefined) return [];
  const { isFetched, isHidden } = provenanceOf(source, review.callables);
  const path = textOf(source);
  const isOwn = path !== undefined && HAS_FOLDER.test(path) && !SYSTEM_FOLDER.test(path);
  if (!isFetched && !isHidden && !isOwn) return [];
  return [findingOf(use, "code/native-library", "high", "loads a native library")];
}
