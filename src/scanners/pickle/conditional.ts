import type { Inspector } from "../../formats/pickle/inspector.js";
import { isBytes, isText, KIND, type Value } from "../../formats/pickle/value.js";
import type { Severity } from "../../rules/severity.js";
import { CALLBACKS } from "./callbacks.js";
import { type CallableIndex, isKnownClass } from "./classify.js";
import { pythonName } from "./express.js";
import { graphSourceOf } from "./graph-source.js";
import { qualified } from "./qualified.js";
import { RESTORERS } from "./restorers.js";
import { objectionToCallee } from "./vetting.js";

/** Why a call of an otherwise harmless callable is not harmless. */
export interface Objection {
  readonly severity: Severity;
  readonly reason: string;
  readonly rule?: "pickle/argument" | "pickle/memory-bomb";
}

export interface CallFacts {
  readonly inspect: Inspector;
  readonly index: CallableIndex;
  readonly args: readonly Value[];
}

export type Condition = (facts: CallFacts) => Objection | undefined;

/** Larger allocations by a count alone are no model data: 1 GiB. */
const MAX_COUNT = 2 ** 30;

const DUNDER = /^__\w+__$/;

/**
 * Callables that ordinary files use and that are as dangerous as what they are given. `undefined` means harmless with these
 * arguments. A callable that is on none of the lists is judged as unknown instead.
 */
const CONDITIONS: ReadonlyMap<string, Condition> = new Map<string, Condition>([
  ["builtins.getattr", attribute],
  ["operator.attrgetter", attributeNames],
  ["operator.itemgetter", constantsOnly],
  ["operator.getitem", element],
  ["functools.partial", wrapped],
  ["_codecs.encode", encodes],
  ["codecs.encode", encodes],
  ["copyreg._reconstructor", reconstructs],
  ["numpy.core._ufunc_reconstruct", ufunc],
  ["numpy._ufunc_reconstruct", ufunc],
  ["torch.storage._load_from_bytes", constantBytes],
  // Both unpickle one of their arguments (spacy/vocab.pyx, spacy/tokens/doc.pyx): the getters of attributes, the hooks of a document.
  ["spacy.vocab.unpickle_vocab", ({ args, ...facts }) => constantBytes({ ...facts, args: args.slice(4) })],
  ["spacy.tokens.doc.unpickle_doc", ({ args, ...facts }) => constantBytes({ ...facts, args: args.slice(1) })],
  ["numba.core.serialize._unpickle__CustomPickled", constantBytes],
  ["builtins.bytearray", allocates],
  ["builtins.bytes", allocates],
  ["builtins.type", typeOf],
  ["abc.ABCMeta", typeOf],
  ["enum.EnumMeta", typeOf],
  ["enum.EnumType", typeOf],
  ["builtins.iter", calledAgain],
  ["builtins.print", prints],
  ["functools.reduce", unionOfTypes],
  ["torch.fx.graph_module.reduce_graph_module", graphSource],
  // `cls.__new__(cls)`, filled with the transitions of a time zone.
  ["dateutil.tz._tzfile._unpickle", cythonState],
  ["dill._dill._eval_repr", rangeText],
  ["dill._dill._getattr", attribute],
  ["cloudpickle.cloudpickle.subimport", importedSubmodule],
  ["cloudpickle.subimport", importedSubmodule],
  ["dill._dill._import_module", importedSubmodule],
  ["dill._dill._create_namedtuple", namedTuple],
  ["cloudpickle.cloudpickle._builtin_type", builtinType],
  ["dill._dill._load_type", builtinType],
]);

/** `type(None)` is how NoneType is pickled; with three arguments a class is made, its body taken from the file. */
function typeOf({ args }: CallFacts): Objection | undefined {
  return args.length === 1 ? undefined : { severity: "high", reason: "it makes a class" };
}

/** No pickler writes a call that shows something; people who try whether a file runs code do. */
function prints(): Objection {
  return { severity: "medium", reason: "it shows a text, so somebody wrote this by hand" };
}

/** With a second argument, the first is called until it returns that one. */
function calledAgain(facts: CallFacts): Objection | undefined {
  return facts.args.length > 1 ? objectionToCallee(facts, facts.args[0]) : undefined;
}

/** `functools.reduce(operator.or_, (int, str))` is how `int | str` is pickled. */
function unionOfTypes({ inspect, args }: CallFacts): Objection | undefined {
  const [operation] = args;
  const entry = operation && inspect.global(operation);
  if (entry && qualified(entry.resolvedModule, entry.resolvedName) === "operator.or_") return undefined;
  return { severity: "critical", reason: "it calls a function of the file's choice again and again" };
}

/** A graph module is pickled as the source of its method, which loading runs: where that is a constant, it is judged as code. */
function graphSource({ inspect, args }: CallFacts): Objection | undefined {
  if (graphSourceOf(inspect, args) !== undefined) return undefined;
  return { severity: "critical", reason: "it runs source text that is not a constant" };
}

/** dill evaluates the text of a range. */
function rangeText({ inspect, args }: CallFacts): Objection | undefined {
  const text = args[0] && inspect.text(args[0], 200);
  if (text === "Ellipsis" || text === "NotImplemented") return undefined;
  if (text !== undefined && /^x?range\((?:-?\d{1,20}(?:, ?)?){1,3}\)$/.test(text)) return undefined;
  return { severity: "critical", reason: "it evaluates a text" };
}

/** Rules for whole families of names that differ only in the class they belong to. */
const FAMILIES: readonly (readonly [RegExp, Condition])[] = [
  // What Cython writes for its classes: `(type, checksum, state)` to `type.__new__` and the state's fields.
  [/\.__pyx_unpickle_\w{1,80}$/, cythonState],
  // KerasSaveable.__reduce__: a .keras archive inside, which is scanned as a file of its own.
  [/^keras\.(?:src\.)?[\w.]{1,100}\._unpickle_model$/, archiveInMemory],
  // The same for a class that derives from it: Keras writes the method by the model's own class, which is told as unknown.
  [/^(?:\w{1,80}\.){1,12}[A-Z]\w{0,80}\._unpickle_model$/, archiveInMemory],
];

/** What a condition says of a call whose arguments are no longer, or not all, remembered. */
export const UNKNOWN_ARGUMENTS: Objection = { severity: "medium", reason: "its arguments are not all known" };

/** The condition of a callable, undefined when it has none. */
export function conditionOf(name: string): Condition | undefined {
  return (
    CONDITIONS.get(name) ??
    CALLBACKS.get(name) ??
    RESTORERS.get(name) ??
    FAMILIES.find(([pattern]) => pattern.test(name))?.[1]
  );
}

function cythonState({ inspect, index, args }: CallFacts): Objection | undefined {
  const [cls] = args;
  const entry = cls && inspect.global(cls);
  if (entry === undefined) return { severity: "medium", reason: "the class is not an imported name" };
  const verdict = index.classify(entry.resolvedModule, entry.resolvedName);
  const known = verdict.kind === "harmless" || (verdict.kind === "unknown" && verdict.origin === "trusted");
  return known ? undefined : { severity: "medium", reason: `the class ${entry.resolvedName} is not known` };
}

function archiveInMemory({ inspect, args }: CallFacts): Objection | undefined {
  const [stream] = args;
  const origin = stream && inspect.origin(stream);
  const made = origin && inspect.global(origin.callee);
  if (made && qualified(made.resolvedModule, made.resolvedName) === "io.BytesIO") return undefined;
  return { severity: "high", reason: "what it loads is not a constant" };
}

function attribute({ inspect, index, args }: CallFacts): Objection | undefined {
  const [owner, name] = args;
  const text = name && inspect.text(name, 512);
  // Protocol 2 writes an object with keyword arguments as a call of `partial(cls.__new__, cls, ...)` (pickle.py, save_reduce).
  const entry = owner && inspect.global(owner);
  if (text === "__new__" && entry && isKnownClass(index.classify(entry.resolvedModule, entry.resolvedName)))
    return undefined;
  if (text === undefined) return { severity: "high", reason: "the name of the attribute is not a constant" };
  // Enums of texts and numbers show themselves as these do.
  const isShown = entry?.resolvedModule === "builtins" && /^(?:str|int|float|bytes)$/.test(entry.resolvedName);
  if (isShown && /^__(?:repr|str|format)__$/.test(text)) return undefined;
  if (DUNDER.test(text) && text !== "__name__") return { severity: "high", reason: `it fetches ${text}` };
  if (owner?.kind === KIND.UNKNOWN) return { severity: "medium", reason: `it fetches ${text} from an unknown object` };
  return undefined; // an attribute of an imported name is judged as that name
}

function attributeNames({ inspect, args }: CallFacts): Objection | undefined {
  for (const arg of args) {
    const text = inspect.text(arg, 512);
    if (text === undefined) return { severity: "high", reason: "the name of the attribute is not a constant" };
    const bad = text.split(".").find((part) => DUNDER.test(part) && part !== "__name__");
    if (bad !== undefined) return { severity: "high", reason: `it fetches ${bad}` };
  }
  return undefined;
}

function constantsOnly({ inspect, args }: CallFacts): Objection | undefined {
  for (const arg of args) {
    const text = inspect.text(arg, 512);
    if (text !== undefined && DUNDER.test(text)) return { severity: "high", reason: `it fetches ${text}` };
    if (arg.kind === KIND.CALL || arg.kind === KIND.UNKNOWN)
      return { severity: "medium", reason: "the key is not a constant" };
  }
  return undefined;
}

function element({ inspect, index, args }: CallFacts): Objection | undefined {
  const [owner] = args;
  const entry = owner && inspect.global(owner);
  if (entry !== undefined) {
    const verdict = index.classify(entry.resolvedModule, entry.resolvedName);
    return verdict.kind === "harmless" || (verdict.kind === "unknown" && verdict.origin === "trusted")
      ? undefined
      : { severity: "medium", reason: `it takes an element of ${entry.resolvedModule}.${entry.resolvedName}` };
  }
  const constant =
    owner !== undefined &&
    (isText(owner.kind) || isBytes(owner.kind) || (owner.kind >= KIND.TUPLE && owner.kind <= KIND.SET));
  return constant ? undefined : { severity: "high", reason: "it takes an element of the result of another call" };
}

function wrapped({ args }: CallFacts): Objection | undefined {
  const [target] = args;
  // An imported name is judged as that, and what another call made where it was made.
  if (target === undefined || target.kind === KIND.GLOBAL || target.kind === KIND.CALL || target.kind === KIND.INSTANCE)
    return undefined;
  return { severity: "medium", reason: "what it wraps is not known" };
}

function encodes({ inspect, args }: CallFacts): Objection | undefined {
  const [text, encoding] = args;
  const name = encoding === undefined ? "utf-8" : inspect.text(encoding, 64);
  if (text !== undefined && !isText(text.kind))
    return { severity: "medium", reason: "what it encodes is not a constant text" };
  if (name === undefined || !/^(?:latin[-_]?1|iso-?8859-1|ascii|utf[-_]?8)$/i.test(name)) {
    return {
      severity: "medium",
      reason: `the encoding is ${name === undefined ? "not a constant" : JSON.stringify(name)}`,
    };
  }
  return undefined;
}

/** `copyreg._reconstructor(cls, base, state)` calls `base.__new__(cls, state)` and `base.__init__`. */
function reconstructs({ inspect, index, args }: CallFacts): Objection | undefined {
  const [cls, base, state] = args;
  const entry = base && inspect.global(base);
  if (entry === undefined) return { severity: "high", reason: "the base class is not an imported name" };
  const own = cls && inspect.global(cls);
  // copyreg._reduce_ex refuses to write an object whose class is its own base: only `object` is.
  if (own && pythonName(own) === pythonName(entry) && pythonName(entry) !== "object")
    return { severity: "high", reason: `it runs ${pythonName(entry)}.__init__` };
  const called = index.calledSeverity(entry.resolvedModule, entry.resolvedName);
  if (called !== undefined && state !== undefined && state.kind !== KIND.NONE)
    return { severity: called, reason: `${pythonName(entry)}.__init__ loads, runs or opens what it is given` };
  const verdict = index.classify(entry.resolvedModule, entry.resolvedName);
  const isGivenText = state !== undefined && isText(state.kind);
  if (verdict.kind === "harmless" || (verdict.kind === "unknown" && verdict.origin === "trusted" && !isGivenText))
    return undefined;
  return { severity: "medium", reason: `the base class is ${entry.resolvedModule}.${entry.resolvedName}` };
}

function ufunc({ inspect, index, args }: CallFacts): Objection | undefined {
  const [module, path] = args;
  const name = module && inspect.text(module, 256);
  const found = index.classify(name ?? "", (path && inspect.text(path, 256)) ?? "");
  if (found.kind === "dangerous") return { severity: found.severity, reason: `it fetches ${found.matched}` };
  if (name !== undefined && /^(?:numpy|scipy)(?:\.|$)/.test(name)) return undefined;
  return { severity: "high", reason: `it imports ${name ?? "a module whose name is not a constant"}` };
}

function constantBytes({ args }: CallFacts): Objection | undefined {
  const [data] = args;
  if (data !== undefined && isBytes(data.kind)) return undefined; // scanned as a file of its own
  return { severity: "high", reason: "it loads bytes that are not a constant" };
}

function allocates({ args }: CallFacts): Objection | undefined {
  const [count] = args;
  if (count?.kind !== KIND.INT || !(count.data > MAX_COUNT)) return undefined;
  return { severity: "medium", reason: `it allocates ${count.data} bytes`, rule: "pickle/memory-bomb" };
}

/** The machine follows the call, so that a module by a name without dots is told as an imported name is: with what is done with it. */
function importedSubmodule(facts: CallFacts): Objection | undefined {
  const [module] = facts.args;
  const name = module && facts.inspect.text(module, 256);
  return name !== undefined && !name.includes(".") ? undefined : importedModule(facts);
}

function importedModule({ inspect, index, args }: CallFacts): Objection | undefined {
  const [module] = args;
  const name = module && inspect.text(module, 256);
  if (name === undefined) return { severity: "high", reason: "the name of the module is not a constant" };
  const cut = name.lastIndexOf(".");
  return (
    fetched(index, name, "*", `it imports ${name}`) ??
    (cut > 0 ? fetched(index, name.slice(0, cut), name.slice(cut + 1), `it imports ${name}`) : undefined)
  );
}

function fetched(index: CallableIndex, module: string, name: string, reason: string): Objection | undefined {
  const verdict = index.classify(module, name);
  return verdict.kind === "dangerous" ? { severity: verdict.severity, reason } : undefined;
}

/** dill returns the name of that module where there is one, whatever it is, and makes a class where there is none. */
function namedTuple({ inspect, index, args }: CallFacts): Objection | undefined {
  const [name, , module] = args.map((arg) => inspect.text(arg, 256));
  if (name === undefined || module === undefined)
    return { severity: "medium", reason: "what it fetches is not a constant" };
  return fetched(index, module, name, `it fetches ${module}.${name}`);
}

/** Types by their name in Python's `types`: `CodeType` makes code, which is judged where it is called. Other names lead elsewhere. */
function builtinType({ inspect, args }: CallFacts): Objection | undefined {
  const [name] = args;
  const text = name && inspect.text(name, 128);
  if (text === undefined) return { severity: "high", reason: "the name of the type is not a constant" };
  return /^_|^(?:new_class|prepare_class|resolve_bases|coroutine)$/.test(text)
    ? { severity: "critical", reason: `it fetches ${text}` }
    : undefined;
}
