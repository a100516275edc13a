import type { Capability } from "../../config/policy.js";
import { render, renderCall } from "../../formats/code/render.js";
import type { CodeSummary, Use } from "../../formats/code/summary.js";
import type { Severity } from "../../rules/severity.js";
import type { CallableIndex } from "./capabilities.js";
import type { CodeFinding } from "./finding.js";

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

/** Something that code inside a model does besides computing. */
export interface Reached {
  readonly severity: Severity;
  readonly message: string;
  /** As Python would write it: `os.system("id")`. */
  readonly call?: string;
  /** Byte offset in bytecode, line in source. */
  readonly place: number;
}

/**
 * Judges code that is part of a model and runs as it is loaded or used: a Lambda layer, a pickled function. Such code computes; whatever it
 * reaches beyond that is code execution by the model file.
 */
export function judgeEmbedded(summary: CodeSummary, callables: CallableIndex): Reached[] {
  return [
    ...summary.uses.flatMap((use) => judgeUse(use, summary, callables) ?? []),
    ...judgeOpaque(summary),
    ...judgeAttributes(summary),
    ...summary.gaps.map((gap): Reached => {
      return { severity: "medium", message: gap, place: 0 };
    }),
  ];
}

function judgeUse(use: Use, summary: CodeSummary, callables: CallableIndex): Reached | undefined {
  if (use.use === "import") return judgeImport(use, summary, callables);
  if (use.path.split(".").some((part) => ESCAPES.has(part))) return found(use, "critical");
  const capability = callables.capabilityOf(use.path);
  if (capability === "harmless") return undefined;
  if (capability !== undefined) return found(use, "critical");
  if (use.use === "mention" && isModuleMention(use, summary)) return undefined;
  return found(use, severityOfUnknown(use, callables));
}

function severityOfUnknown({ path, root }: Use, callables: CallableIndex): Severity {
  if (root === "builtin") return /(Error|Exception|Warning|Exit|Interrupt)$/.test(path) ? "low" : "high";
  const listed = callables.pickleSeverityOf(path);
  return listed === "critical" || listed === "high" ? "high" : "medium";
}

/** A module that is stored or handed on as it is: judged where its names are used. */
function isModuleMention({ path, root }: Use, { imports }: CodeSummary): boolean {
  return root === "import" && imports.includes(path);
}

/** An import counts on its own only when nothing of the module is used by name. */
function judgeImport(use: Use, { uses }: CodeSummary, callables: CallableIndex): Reached | undefined {
  const { path } = use;
  const isUsed = uses.some(
    (other) => other.use !== "import" && (other.path === path || other.path.startsWith(`${path}.`)),
  );
  if (isUsed) return undefined;
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
      if (!COMMAND_METHODS.has(callee.name)) return [];
      return [
        {
          rule: "code/runs-command",
          severity: "critical",
          message: `calls ${call}`,
          subject: callee.name,
          call,
          place,
        },
      ];
    }
    if (callee.kind === "parameter") return [];
    const message = `calls something computed: ${call}`;
    return [{ rule: "code/unknown-call", severity: "medium", message, subject: render(callee), call, place }];
  });
}

function judgeAttributes({ attributes }: CodeSummary): Reached[] {
  return [...attributes]
    .filter(([name]) => ESCAPES.has(name))
    .map(([name, place]): Reached => {
      return {
        rule: "code/introspection",
        severity: "critical",
        message: `reads .${name}`,
        subject: name,
        call: name,
        place,
      };
    });
}
