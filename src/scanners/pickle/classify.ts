import type { NameSet, Policy } from "../../config/policy.js";
import { canonicalModule } from "../../formats/pickle/names.js";
import { type Severity, severityRank } from "../../rules/severity.js";
import { isStandardLibrary } from "./stdlib-modules.js";

/** Where an unknown name comes from: decides how much its use weighs. */
export type Origin = "stdlib" | "trusted" | "main" | "other";

export type Classification =
  | { readonly kind: "harmless" }
  | {
      readonly kind: "dangerous";
      readonly severity: Severity;
      /** The rule of the policy that matched, as the policy writes it: `os.*`, `builtins.eval`. */
      readonly matched: string;
      /** Set when the name reaches a dangerous one through another module. */
      readonly through?: string;
    }
  /** A dotted name that walks to Python's machinery. */
  | { readonly kind: "walk"; readonly severity: Severity; readonly attribute: string }
  /** No identifier: it cannot resolve, but it resembles one that does. */
  | { readonly kind: "disguised"; readonly resembles: string | undefined }
  | { readonly kind: "unknown"; readonly origin: Origin };

/** Function names that say what they do; shorter ones (`load`, `save`) mean something else in every module. */
const SHORTEST_TELLING = /^_?[a-z]\w{6,80}$/;

/** Parts at either end of a dotted name that are looked up as modules: each look-up costs the length of what follows. */
const MAX_WALKED = 16;

const DANGEROUS_ORDER = ["critical", "high", "medium", "low"] as const;

/** Attributes that lead from any object to the interpreter; to the names in scope, to classes, to code. */
const WALK_ATTRIBUTES = new Map<string, Severity>([
  ["__builtins__", "critical"],
  ["__globals__", "critical"],
  ["__subclasses__", "high"],
  ["__code__", "high"],
  ["__closure__", "high"],
  ["__dict__", "high"],
  ["__mro__", "high"],
  ["__base__", "high"],
  ["__bases__", "high"],
  ["__class__", "high"],
  ["__getattribute__", "high"],
  ["__getattr__", "high"],
  ["__setattr__", "high"],
  ["__delattr__", "high"],
  ["__loader__", "critical"],
  ["__spec__", "high"],
  ["__import__", "critical"],
  ["__reduce__", "high"],
  ["__reduce_ex__", "high"],
  ["__init__", "medium"],
  ["__call__", "medium"],
  ["__self__", "high"],
  ["__func__", "high"],
  ["__wrapped__", "medium"],
  ["gi_frame", "critical"],
  ["f_globals", "critical"],
  ["f_builtins", "critical"],
]);

/** Modules that no class or function is named after: whoever imports one of these from another module gets the module itself. */
const CARRIED = new Set(
  "os sys subprocess builtins importlib ctypes pty runpy shutil socket pickle marshal multiprocessing".split(" "),
);
/** Packages that others import whole and so carry as an attribute. */
const REEXPORTED = new Set(
  (
    "numpy torch pandas tensorflow scipy sklearn joblib keras transformers cloudpickle dill yaml sympy requests urllib3 jinja2 " +
    "huggingface_hub setuptools pkg_resources IPython fsspec aiohttp httpx boto3 psutil numba cffi triton distutils"
  ).split(" "),
);
/** Names under which modules import others. */
const SHORT_NAMES = new Map([
  ["np", "numpy"],
  ["pd", "pandas"],
  ["tf", "tensorflow"],
  ["bltns", "builtins"], // enum of Python 3.11 and later
]);

/** The module that an attribute of another one stands for: `_os`, `np`, `_np`, `bltns`. */
function carriedModule(attribute: string): string {
  const bare = attribute.replace(/^_+/, "");
  const module = SHORT_NAMES.get(bare) ?? bare;
  return CARRIED.has(module) || REEXPORTED.has(module) ? module : canonicalModule(attribute);
}

const IDENTIFIER = /^[\p{ID_Start}_][\p{ID_Continue}]*$/u;

/** The policy's lists of callables, indexed for look-up. */
export class CallableIndex {
  private readonly safe = new Set<string>();
  private readonly dangerous = new Map<string, Map<string, Severity>>();
  private readonly trusted: ReadonlySet<string>;
  private readonly called = new Map<string, Severity>();
  /** Functions that run code, by their package and their own name. */
  private readonly critical = new Map<string, string>();

  constructor(
    policy: Policy,
    private readonly isScript = false,
  ) {
    for (const severity of ["high", "critical"] as const) {
      for (const [module, names] of Object.entries(policy.called_rules[severity]))
        for (const name of names) this.called.set(`${canonicalModule(module)}.${name}`, severity);
    }
    for (const [module, names] of Object.entries(policy.safe_globals)) {
      for (const name of names) this.safe.add(`${canonicalModule(module)}.${name}`);
    }
    for (const severity of DANGEROUS_ORDER) {
      for (const [module, names] of Object.entries(policy.pickle_rules[severity]))
        this.addDangerous(module, names, severity);
    }
    this.trusted = new Set(policy.trusted_packages.construct);
  }

  private addDangerous(module: string, names: NameSet, severity: Severity): void {
    const key = canonicalModule(module);
    const entry = this.dangerous.get(key) ?? new Map<string, Severity>();
    for (const name of names === "*" ? ["*"] : names) {
      const known = entry.get(name);
      if (known === undefined || severityRank(severity) > severityRank(known)) entry.set(name, severity);
      if (severity === "critical" && SHORTEST_TELLING.test(name) && !isStandardLibrary(key))
        this.critical.set(`${key.split(".", 1)[0]}:${name}`, `${key}.${name}`);
    }
    this.dangerous.set(key, entry);
  }

  /** Judges a name as the loader resolves it: `module` after renames, `name` a dotted path of attributes, "" for the module itself. */
  classify(writtenModule: string, name: string): Classification {
    const module = canonicalModule(writtenModule);
    if (this.isSafe(module, name)) return { kind: "harmless" };
    const listed = this.lookUp(module, name);
    const through = name.includes(".") ? this.walked(module, name) : undefined;
    if (listed !== undefined)
      return through?.kind === "dangerous" && severityRank(through.severity) > severityRank(listed.severity)
        ? through
        : listed;
    const disguise = this.disguised(module, name);
    if (disguise !== undefined) return through?.kind === "dangerous" ? through : disguise;
    return (
      this.walked(module, name) ?? this.exported(module, name) ?? { kind: "unknown", origin: this.originOf(module) }
    );
  }

  /** A function that another module of the same package defines and this one has imported: `sympy.core.basic.sympify`. */
  private exported(module: string, name: string): Extract<Classification, { kind: "dangerous" }> | undefined {
    const top = module.split(".", 1)[0] ?? module;
    const matched = this.critical.get(`${top}:${name}`);
    return matched === undefined ? undefined : { kind: "dangerous", severity: "critical", matched, through: module };
  }

  /** What a call is worth of something that is ordinary as an object. */
  calledSeverity(module: string, name: string): Severity | undefined {
    return this.called.get(`${canonicalModule(module)}.${name}`);
  }

  private isSafe(module: string, name: string): boolean {
    return this.safe.has(`${module}.${name}`);
  }

  /** The entry of the module, of the name or what it begins with, or of a parent module that is listed whole. */
  private lookUp(module: string, name: string): Extract<Classification, { kind: "dangerous" }> | undefined {
    const own = this.dangerous.get(module);
    if (own !== undefined) {
      for (const prefix of prefixes(name)) {
        const severity = own.get(prefix);
        if (severity !== undefined) return { kind: "dangerous", severity, matched: `${module}.${prefix}` };
      }
    }
    for (const parent of prefixes(module)) {
      const severity = this.dangerous.get(parent)?.get("*");
      if (severity !== undefined) return { kind: "dangerous", severity, matched: `${parent}.*` };
    }
    // A submodule reached as an attribute: `numpy` + `f2py.crackfortran.myeval` is `numpy.f2py.crackfortran` + `myeval`.
    return name.includes(".") ? this.lookUpAsModule(module, name) : undefined;
  }

  private lookUpAsModule(module: string, name: string): Extract<Classification, { kind: "dangerous" }> | undefined {
    const parts = name.split(".");
    for (let i = Math.min(parts.length - 1, MAX_PARTS); i > 0; i--) {
      const inner = `${module}.${parts.slice(0, i).join(".")}`;
      const rest = parts.slice(i).join(".");
      const severity = this.dangerous.get(inner)?.get(rest) ?? this.dangerous.get(inner)?.get("*");
      if (severity !== undefined) return { kind: "dangerous", severity, matched: `${inner}.${rest}` };
    }
    return undefined;
  }

  /** A dotted path through a module to another one, or to Python's machinery. */
  private walked(module: string, name: string): Classification | undefined {
    const parts = name.split(".");
    for (let i = 0; i < parts.length; i++) {
      if (i === MAX_WALKED) i = Math.max(i, parts.length - MAX_WALKED);
      const part = carriedModule(parts[i] ?? "");
      const rest = parts.slice(i + 1).join(".");
      if (rest === "" && CARRIED.has(part)) {
        const severity = this.dangerous.get(part)?.get("*") ?? "critical";
        return { kind: "dangerous", severity, matched: `${part}.*`, through: module };
      }
      if (rest !== "" && (isStandardLibrary(part) || REEXPORTED.has(part))) {
        const listed = this.lookUp(part, rest);
        if (listed !== undefined) return { ...listed, through: module };
      }
    }
    for (const part of parts) {
      const severity = WALK_ATTRIBUTES.get(part);
      if (severity !== undefined && !(part === "__init__" && parts.length === 1))
        return { kind: "walk", severity: this.isOwnNamespace(module, name) ? "low" : severity, attribute: part };
    }
    return undefined;
  }

  /** `module.__dict__` is where dill lets a function look for its names. What is taken out of it is judged where it is taken. */
  private isOwnNamespace(module: string, name: string): boolean {
    return name === "__dict__" && !isStandardLibrary(module);
  }

  /** Names that no import statement could spell, or that only look like a dangerous one. */
  private disguised(module: string, name: string): Classification | undefined {
    const parts = [...module.split("."), ...(name === "" ? [] : name.split("."))];
    const plain = skeleton(module);
    const plainName = skeleton(name);
    const resembles =
      plain !== module || plainName !== name ? this.lookUp(canonicalModule(plain), plainName) : undefined;
    if (resembles !== undefined) return { kind: "disguised", resembles: `${plain}.${plainName}` };
    return parts.every((part) => IDENTIFIER.test(part) || part === "<lambda>" || part === "<locals>")
      ? undefined
      : { kind: "disguised", resembles: undefined };
  }

  originOf(module: string): Origin {
    if (module === "__main__" || module === "__mp_main__") return "main";
    if (isStandardLibrary(module)) return "stdlib";
    if (this.isScript && SCRIPT_CLASS.test(module)) return "trusted";
    const dot = module.indexOf(".");
    return this.trusted.has(dot < 0 ? module : module.slice(0, dot)) ? "trusted" : "other";
  }
}

/** Parts of the longest names on the lists, and then some: a name of the file may have thousands. */
const MAX_PARTS = 12;

/** Made by the code of a TorchScript program, which lies beside the pickle and is examined there. */
const SCRIPT_CLASS = /^__torch__(?:\.|$)/;

/** Known to be harmless, or of a package whose classes may be built. */
export function isKnownClass(verdict: Classification | undefined): boolean {
  return verdict?.kind === "harmless" || (verdict?.kind === "unknown" && verdict.origin === "trusted");
}

/** "a.b.c" -> "a.b.c", "a.b", "a"; of very long paths only the beginnings that a list could have. */
function prefixes(path: string): string[] {
  const parts = path.split(".", MAX_PARTS);
  return parts.map((_, index) => parts.slice(0, parts.length - index).join("."));
}

/** Letters of other scripts that look like Latin ones (Unicode TR39, the lower-case ones that occur in module names). */
const CONFUSABLES = new Map(
  [
    ..."аɑ:a|сϲ:c|ԁ:d|еҽ:e|ɡ:g|һ:h|іı:i|ј:j|ӏ:l|о:o|ο:o|р:p|ρ:p|ԛ:q|ѕ:s|υ:u|ѵ:v|ԝ:w|х:x|у:y".matchAll(/([^:|]+):(.)/g),
  ].flatMap(([, from, to]) => [...(from ?? "")].map((c) => [c, to ?? ""] as const)),
);

/** What a person would read: compatibility forms folded, look-alikes replaced, blanks and case gone. */
function skeleton(text: string): string {
  const folded = text
    .normalize("NFKC")
    .toLowerCase()
    .replace(/[\s\u200b-\u200f\u2060\ufeff\u00ad\0]+/g, "");
  return [...folded].map((c) => CONFUSABLES.get(c) ?? c).join("");
}

const indexes = new WeakMap<Policy, CallableIndex>();
const scriptIndexes = new WeakMap<Policy, CallableIndex>();

/** The index of a policy, built once; another one for the pickles of TorchScript programs. */
export function callableIndex(policy: Policy, isScript = false): CallableIndex {
  const built = isScript ? scriptIndexes : indexes;
  const known = built.get(policy);
  if (known !== undefined) return known;
  const index = new CallableIndex(policy, isScript);
  built.set(policy, index);
  return index;
}
