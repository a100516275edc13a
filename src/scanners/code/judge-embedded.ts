import { render, renderCall } from "../../formats/code/render.js";
import type { CodeSummary, Use } from "../../formats/code/summary.js";
import type { Severity } from "../../rules/severity.js";
import type { CallableIndex } from "./capabilities.js";

/** Attributes that lead from any object to the interpreter's modules. Reading one has no place in a computation. */
const ESCAPES: ReadonlySet<string> = new Set(
  "__subclasses__ __globals__ __builtins__ __base__ __bases__ __mro__ __code__ __closure__ __reduce__ __reduce_ex__ __import__ __loader__ func_globals func_code f_globals f_locals f_builtins f_back gi_frame gi_code cr_frame ag_frame tb_frame tb_next".split(
    " ",
  ),
);

/** Method names that only modules for commands have; `run` and `call` are too common to mean anything. */
const COMMAND_METHODS: ReadonlySet<string> = new Set(
  "system popen Popen check_output check_call getoutput getstatusoutput posix_spawn execv execve spawnv".split(" "),
);

/** Method names of arrays, tables and paths that write a file, whatever they belong to. */
const WRITING_METHODS: ReadonlySet<string> = new Set(
  "to_csv to_excel to_feather to_hdf to_parquet to_pickle to_stata tofile write_bytes write_text hardlink_to symlink_to".split(
    " ",
  ),
);

/** Something that code inside a model does besides computing. */
export interface Reached {
  readonly severity: Severity;
  readonly message: string;
  /** As Python would write it: `os.system("id")`. */
  readonly call?: string;
  /** Byte offset in bytecode, line in source. */
  readonly place: number;
}

/** What global names of the code stand for: a dotted name that is imported, or `undefined` for what is harmless or judged elsewhere. */
export type GlobalNames = ReadonlyMap<string, string | undefined>;

const NO_NAMES: GlobalNames = new Map();

/**
 * Judges code that is part of a model and runs as it is loaded or used: a Lambda layer, a pickled function. Such code computes; whatever it
 * reaches beyond that is code execution by the model file.
 */
export function judgeEmbedded(
  summary: CodeSummary,
  callables: CallableIndex,
  names: GlobalNames = NO_NAMES,
): Reached[] {
  const used = usedNames(summary);
  const imported = new Set(summary.imports);
  return [
    ...summary.uses.flatMap((use) => {
      if (use.use === "import") return judgeImport(use, used, callables) ?? [];
      const meant = resolved(use, names);
      return (meant && judgeUse(meant, imported, callables)) ?? [];
    }),
    ...judgeOpaque(summary),
    ...judgeAttributes(summary),
    ...summary.gaps.map((gap): Reached => {
      return { severity: "medium", message: gap, place: 0 };
    }),
  ];
}

/** The use under the name that its first part stands for; `undefined` where that is nothing to tell of. */
function resolved(use: Use, names: GlobalNames): Use | undefined {
  const [first = "", ...rest] = use.path.split(".");
  if (use.root !== "global" || !names.has(first)) return use;
  if (rest.some((part) => ESCAPES.has(part) || COMMAND_METHODS.has(part) || WRITING_METHODS.has(part))) return use;
  const meaning = names.get(first);
  return meaning === undefined ? undefined : { ...use, path: [meaning, ...rest].join("."), root: "import" };
}

function judgeUse(use: Use, imported: ReadonlySet<string>, callables: CallableIndex): Reached | undefined {
  if (use.path.split(".").some((part) => ESCAPES.has(part))) return found(use, "critical");
  const capability = callables.capabilityOf(use.path);
  if (capability === "harmless") return undefined;
  if (capability !== undefined) return found(use, "critical");
  // A module that is stored or handed on as it is: judged where its names are used.
  if (use.use === "mention" && use.root === "import" && imported.has(use.path)) return undefined;
  return found(use, severityOfUnknown(use, callables));
}

function severityOfUnknown({ path, root }: Use, callables: CallableIndex): Severity {
  if (root === "builtin") return /(Error|Exception|Warning|Exit|Interrupt)$/.test(path) ? "low" : "high";
  const listed = callables.pickleSeverityOf(path);
  return listed === "critical" || listed === "high" ? "high" : "medium";
}

/** The names that are used, and all that lead to them: `os.path.join`, `os.path`, `os`. */
function usedNames({ uses }: CodeSummary): Set<string> {
  const names = new Set<string>();
  for (const { use, path } of uses) {
    if (use === "import") continue;
    for (let name = path; name !== "" && !names.has(name); name = name.slice(0, Math.max(0, name.lastIndexOf(".")))) {
      names.add(name);
    }
  }
  return names;
}

/** An import counts on its own only when nothing of the module is used by name. */
function judgeImport(use: Use, used: ReadonlySet<string>, callables: CallableIndex): Reached | undefined {
  const { path } = use;
  if (used.has(path)) return undefined;
  const capability = callables.capabilityOf(path);
  if (capability === "harmless") return undefined;
  if (capability !== undefined) return found(use, "high");
  if (callables.isSensitiveModule(path)) return found(use, "high");
  return callables.isHarmlessModule(path) ? undefined : found(use, "medium");
}

function found(use: Use, severity: Severity): Reached {
  const name = use.path.replace(/^builtins\./, "");
  const call = use.use === "call" ? renderCall(name, use) : name;
  const verb = { call: "calls", mention: "refers to", import: "imports" }[use.use];
  return { severity, message: `${verb} ${call}`, call, place: use.place };
}

function judgeOpaque({ opaqueCalls }: CodeSummary): Reached[] {
  return opaqueCalls.flatMap(({ callee, args, place }): Reached[] => {
    const call = renderCall(render(callee), { args, keywords: [] });
    if (callee.kind === "attribute") {
      if (COMMAND_METHODS.has(callee.name)) return [{ severity: "critical", message: `calls ${call}`, call, place }];
      return WRITING_METHODS.has(callee.name) ? [{ severity: "high", message: `calls ${call}`, call, place }] : [];
    }
    if (callee.kind === "parameter") return [];
    const message = `calls something computed: ${call}`;
    return [{ severity: "medium", message, call, place }];
  });
}

function judgeAttributes({ attributes }: CodeSummary): Reached[] {
  return [...attributes]
    .filter(([name]) => ESCAPES.has(name))
    .map(([name, place]): Reached => ({ severity: "critical", message: `reads .${name}`, call: name, place }));
}
