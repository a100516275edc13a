import type { Policy } from "../../config/policy.js";
import type { MarshalValue } from "../../formats/marshal/value.js";
import type { Inspector } from "../../formats/pickle/inspector.js";
import { isBytes, isText, KIND, type Value } from "../../formats/pickle/value.js";
import { isAtLeast } from "../../rules/severity.js";
import type { GlobalNames } from "../code/judge-embedded.js";
import { codeObjectFromParts, judgeCodeObject, judgeMarshal, judgePythonSource } from "../code/judge-marshal.js";
import { judgeSource } from "../code/judge-source.js";
import type { CodeVerdict } from "../code/verdict.js";
import type { Observation } from "../scanner.js";
import { graphSourceOf } from "./graph-source.js";

const MAX_SOURCE = 1 << 20;
const MAX_DEPTH = 8;

/** Calls that a message names, and calls and imports that evidence lists. */
const MAX_NAMED = 5;
const MAX_LISTED = 20;

/** Callables that make a code object out of its parts. */
const CODE_CONSTRUCTORS = new Set([
  "types.CodeType",
  "builtins.code",
  "dill._dill._create_code",
  "dill.dill._create_code",
  "cloudpickle.cloudpickle._make_code",
]);
/** Callables that return a type by its name in `types`; their result is called to make the code. */
const TYPE_LOOKUPS = new Set([
  "cloudpickle.cloudpickle._builtin_type",
  "cloudpickle._builtin_type",
  "dill._dill._load_type",
  "dill.dill._load_type",
]);
/** Callables that run source text. */
const SOURCE_RUNNERS = new Set(["builtins.exec", "builtins.eval", "builtins.compile"]);

/**
 * What a call does that makes or runs code: the code is read and named. `maker` is the argument of the call whose result is called.
 * Undefined when the call has nothing to do with code.
 */
export function judgeCodeCall(
  name: string,
  inspect: Inspector,
  args: Value,
  policy: Policy,
  maker?: Value,
  names?: GlobalNames,
): Observation | undefined {
  const items = inspect.items(args) ?? [];
  if (CODE_CONSTRUCTORS.has(name) || (isTypeLookup(name.slice(0, -"()".length)) && looksUpCode(inspect, maker)))
    return told(codeFromParts(inspect, items, policy, names));
  if ((name === "marshal.loads" || name === "dill._dill._unmarshal") && items[0] && isBytes(items[0].kind))
    return told(judgeMarshal(inspect.bytes(items[0], MAX_SOURCE) ?? new Uint8Array(), policy));
  if (name === "torch.fx.graph_module.reduce_graph_module") {
    const source = graphSourceOf(inspect, items);
    return source === undefined ? undefined : graphTold(judgePythonSource(source, policy));
  }
  if (SOURCE_RUNNERS.has(name)) {
    const source = items.find((item) => isText(item.kind));
    const text = source && inspect.text(source, MAX_SOURCE);
    return text === undefined ? undefined : sourceTold(judgePythonSource(text, policy));
  }
  return undefined;
}

/** True for the functions of dill and cloudpickle that fetch one of Python's own types by name. */
export function isTypeLookup(name: string): boolean {
  return TYPE_LOOKUPS.has(name);
}

export interface ClassSource {
  readonly cls: string;
  readonly source: string;
  /** The class of a library that everybody has: its source says nothing about the file. */
  readonly isKnown: boolean;
}

/** Source of a class that legacy torch files carry: loaders compare it with the installed one and do not run it. */
export function judgeClassSource({ cls, source, isKnown }: ClassSource, policy: Policy): Observation {
  const [worst] = judgeSource(source, policy).findings.filter(({ severity }) => isAtLeast(severity, "high"));
  const plain = isKnown ? "info" : "low";
  return {
    rule: "pickle/source-code",
    severity: worst === undefined ? plain : "high",
    message: `carries the source text of ${cls}${worst === undefined ? "" : `: ${worst.message}`}`,
    subject: cls,
  };
}

function looksUpCode(inspect: Inspector, maker: Value | undefined): boolean {
  const [name] = (maker && inspect.items(maker)) ?? [];
  return name !== undefined && /^CodeType$|^code$/.test(inspect.text(name, 64) ?? "");
}

function codeFromParts(
  inspect: Inspector,
  items: readonly Value[],
  policy: Policy,
  names: GlobalNames | undefined,
): CodeVerdict {
  const code = codeObjectFromParts(items.map((item) => marshalOf(inspect, item, policy, 0)));
  if (code !== undefined) return judgeCodeObject(code, policy, names);
  return {
    severity: "medium",
    calls: [],
    imports: [],
    complete: false,
    reason: "its parts fit no known version of Python",
  };
}

function told(verdict: CodeVerdict): Observation {
  const { severity, reason, complete } = verdict;
  const calls = named(verdict);
  return {
    rule: "pickle/code-object",
    severity,
    message: `carries a compiled function${calls.length > 0 ? `: it calls ${calls.join(", ")}` : ` (${reason})`}`,
    subject: calls.join(","),
    evidence: { ...listed(verdict), reason, complete },
  };
}

/** Loading runs the source of a graph: its imports and the definition at once, the method while it is traced. */
function graphTold(verdict: CodeVerdict): Observation {
  const { severity, reason, complete } = verdict;
  const calls = named(verdict);
  return {
    rule: "pickle/source-code",
    severity,
    message: `loading runs the source text of a graph: ${calls.length > 0 ? `it calls ${calls.join(", ")}` : reason}`,
    subject: calls.join(","),
    evidence: { ...listed(verdict), complete },
  };
}

/** Source that is run is told by the call itself; here only what it would do is added. */
function sourceTold(verdict: CodeVerdict): Observation | undefined {
  const calls = named(verdict);
  if (calls.length === 0) return undefined;
  return {
    rule: "pickle/source-code",
    severity: verdict.severity,
    message: `the source text calls ${calls.join(", ")}`,
    subject: calls.join(","),
    evidence: listed(verdict),
  };
}

/** The calls that a message names. */
function named({ calls }: CodeVerdict): readonly string[] {
  return calls.slice(0, MAX_NAMED);
}

function listed({ calls, imports }: CodeVerdict) {
  return { calls: calls.slice(0, MAX_LISTED), imports: imports.slice(0, MAX_LISTED) };
}

/** A value of the machine as marshal would hold it, code objects inside included. */
function marshalOf(inspect: Inspector, value: Value, policy: Policy, depth: number): MarshalValue {
  if (depth > MAX_DEPTH) return null;
  if (isText(value.kind)) return inspect.text(value, MAX_SOURCE) ?? "";
  if (isBytes(value.kind)) return inspect.bytes(value, MAX_SOURCE) ?? new Uint8Array();
  if (value.kind === KIND.INT || value.kind === KIND.FLOAT) return Number.isNaN(value.data) ? 0 : value.data;
  if (value.kind === KIND.BOOL) return value.data === 1;
  if (value.kind === KIND.TUPLE || value.kind === KIND.LIST) {
    return {
      kind: "tuple",
      items: (inspect.items(value) ?? []).map((item) => marshalOf(inspect, item, policy, depth + 1)),
    };
  }
  if (value.kind === KIND.CALL) return nestedCode(inspect, value, policy, depth);
  return null;
}

function nestedCode(inspect: Inspector, value: Value, policy: Policy, depth: number): MarshalValue {
  const parts = inspect.items(inspect.origin(value)?.args ?? value) ?? [];
  // latin-1 text through `_codecs.encode` is how protocols below 3 write bytes; the machine folds it before it gets here.
  return codeObjectFromParts(parts.map((part) => marshalOf(inspect, part, policy, depth + 1))) ?? null;
}
