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

const RULES: Readonly<Record<Exclude<Capability, "harmless">, CodeFinding["rule"]>> = {
  command: "code/runs-command",
  execute: "code/executes-data",
  unpickle: "code/unpickles",
  native: "code/native-library",
  network: "code/network",
  write: "code/side-effect",
  secret: "code/secret-access",
  introspect: "code/introspection",
  effect: "code/side-effect",
};

/**
 * Judges code that is part of a model and runs as it is loaded or used: a Lambda layer, a pickled function. Such code computes; whatever it
 * reaches beyond that is code execution by the model file.
 */
export function judgeEmbedded(summary: CodeSummary, callables: CallableIndex): CodeFinding[] {
  return [
    ...summary.uses.flatMap((use) => judgeUse(use, summary, callables) ?? []),
    ...judgeOpaque(summary),
    ...judgeAttributes(summary),
    ...summary.gaps.map((gap): CodeFinding => {
      return { rule: "code/unreadable", severity: "medium", message: gap, subject: gap, place: 0 };
    }),
  ];
}

function judgeUse(use: Use, summary: CodeSummary, callables: CallableIndex): CodeFinding | undefined {
  if (use.use === "import") return judgeImport(use, summary, callables);
  if (use.path.split(".").some((part) => ESCAPES.has(part))) return found(use, "code/introspection", "critical");
  const capability = callables.capabilityOf(use.path);
  if (capability === "harmless") return undefined;
  if (capability !== undefined) return found(use, RULES[capability], "critical");
  if (use.use === "mention" && isModuleMention(use, summary)) return undefined;
  return found(use, "code/unknown-call", severityOfUnknown(use, callables));
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
function judgeImport(use: Use, { uses }: CodeSummary, callables: CallableIndex): CodeFinding | undefined {
  const { path } = use;
  const isUsed = uses.some(
    (other) => other.use !== "import" && (other.path === path || other.path.startsWith(`${path}.`)),
  );
  if (isUsed) return undefined;
  const capability = callables.capabilityOf(path);
  if (capability === "harmless") return undefined;
  if (capability !== undefined) return found(use, RULES[capability], "high");
  if (callables.isSensitiveModule(path)) return found(use, "code/unknown-call", "high");
  return callables.isHarmlessModule(path) ? undefined : found(use, "code/unknown-call", "medium");
}

function found(use: Use, rule: CodeFinding["rule"], severity: Severity): CodeFinding {
  const name = use.path.replace(/^builtins\./, "");
  const call = use.use === "call" ? renderCall(name, use) : name;
  const verb = { call: "calls", mention: "refers to", import: "imports" }[use.use];
  return { rule, severity, message: `${verb} ${call}`, subject: use.path, call, place: use.place };
}

function judgeOpaque({ opaqueCalls }: CodeSummary): CodeFinding[] {
  return opaqueCalls.flatMap(({ callee, args, place }): CodeFinding[] => {
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

function judgeAttributes({ attributes }: CodeSummary): CodeFinding[] {
  return [...attributes]
    .filter(([name]) => ESCAPES.has(name))
    .map(([name, place]): CodeFinding => {
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
