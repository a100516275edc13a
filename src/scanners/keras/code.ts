import { isJsonObject, type JsonValue } from "../../formats/json/value.js";
import type { Severity } from "../../rules/severity.js";
import { type CodeVerdict, judgeMarshal, judgePythonSource } from "../code/judge-marshal.js";
import { codeTextOf, decodeCode, FUNCTION_KEYS, isMarshalledCode, listOf } from "./code-text.js";
import type { KerasContext } from "./context.js";
import { type KerasNode, nameOf, stringAt } from "./node.js";

/** Lambdas in every form: Keras 3's `__lambda__` wherever it stands, and the lists of Keras 2 inside layers. */
export function judgeCode(node: KerasNode, context: KerasContext): void {
  const { className, config } = node;
  if (className === "__lambda__") {
    const text = codeTextOf(isJsonObject(config) ? (config.get("code") ?? config.get("value")) : config);
    if (text !== undefined) judgeBytecode(node, text, context);
    return;
  }
  if (!isJsonObject(config)) return;
  let found = false;
  for (const key of FUNCTION_KEYS) {
    const value = config.get(key);
    const type = stringAt(config, `${key}_type`);
    if (judgeFunction(node, { value, type }, context)) found = true;
  }
  if (className === "Lambda" && !found) judgeLambdaLayer(node, config.get("function"), context);
}

interface StoredFunction {
  readonly value: JsonValue | undefined;
  /** "lambda", "function" or "raw" in Keras 2. */
  readonly type: string | undefined;
}

/** Returns true when there was code to judge. */
function judgeFunction(node: KerasNode, { value, type }: StoredFunction, context: KerasContext): boolean {
  const text = codeTextOf(value);
  if (text === undefined) return false;
  const isStored = type === "lambda" || listOf(value) !== undefined || isMarshalledCode(decodeCode(text));
  if (isStored && isMarshalledCode(decodeCode(text))) judgeBytecode(node, text, context);
  else if (SOURCE.test(text)) judgeSource(node, text, context);
  else if (type === "lambda") judgeBytecode(node, text, context);
  else return false;
  return true;
}

/** Python source where a function's name should be: some tools and attacks write it. */
const SOURCE = /\(|\blambda\b|\bimport\b/;

function judgeBytecode(node: KerasNode, text: string, context: KerasContext): void {
  const verdict = judgeMarshal(decodeCode(text), context.policy);
  report(node, { verdict, severity: severityOf(verdict), kind: "bytecode" }, context);
}

/** Keras loads no source, but those who find it in a config may run it. */
function judgeSource(node: KerasNode, text: string, context: KerasContext): void {
  const verdict = judgePythonSource(text, context.policy);
  report(node, { verdict, severity: verdict.severity, kind: "source" }, context);
}

/** What is not known to be harmless runs all the same; what could not be read to the end may do anything. */
function severityOf({ severity, complete }: CodeVerdict): Severity {
  if (severity === "critical" || severity === "high") return "critical";
  if (!complete) return "high";
  return severity === "medium" ? "medium" : "low";
}

interface Judged {
  readonly verdict: CodeVerdict;
  readonly severity: Severity;
  readonly kind: "bytecode" | "source";
}

const MAX_CALLS = 20;
const MAX_SHOWN = 200;

function report(node: KerasNode, { verdict, severity, kind }: Judged, context: KerasContext): void {
  const { reason, calls, imports, version } = verdict;
  const isHdf5 = context.options.container === "hdf5";
  context.report(
    node,
    {
      rule: "keras/lambda-code",
      severity,
      message: `${nameOf(node)} carries Python ${kind}: ${reason}`,
      subject: `${node.at}: ${reason}`.slice(0, MAX_SHOWN),
      evidence: {
        calls: calls.slice(0, MAX_CALLS).map((call) => call.slice(0, MAX_SHOWN)),
        imports: imports.slice(0, MAX_CALLS).map((name) => name.slice(0, MAX_SHOWN)),
        ...(version === undefined ? {} : { python: version }),
      },
    },
    "CVE-2024-3660",
    ...(isHdf5 ? (["CVE-2025-9905"] as const) : []),
  );
}

/** The function is named, not carried; a description of it is a node of its own. */
function judgeLambdaLayer(node: KerasNode, value: JsonValue | undefined, context: KerasContext): void {
  if (isJsonObject(value) && stringAt(value, "class_name") === "__lambda__") return;
  const named = typeof value === "string" ? value : stringAt(value, "config");
  context.report(node, {
    rule: "keras/lambda-layer",
    message: `${nameOf(node)} calls ${named === undefined ? "a function" : named.slice(0, MAX_SHOWN)}`,
    subject: named?.slice(0, MAX_SHOWN) ?? node.at,
  });
}
