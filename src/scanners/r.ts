import { type RFile, readR } from "../formats/r/read-r.js";
import type { RCall, RClosure, RPromise } from "../formats/r/scopes.js";
import type { ByteSource } from "../io/byte-source.js";
import { toSync } from "../io/spool.js";
import type { ScanContext, Scanner } from "./scanner.js";
import { judgeText, mayTell } from "./text-content.js";
import { inspectTail } from "./trailing.js";

const MAX_SHOWN = 5;
const MAX_CODE = 120;

/** R objects and workspaces: promises, functions and expressions among the data. */
export class RScanner implements Scanner {
  async scan(source: ByteSource, context: ScanContext): Promise<void> {
    const sync = await toSync(source);
    const file = readR(sync, context.budget);
    context.examined(file.loaded);
    describe(file, context);
    for (const promise of file.promises) judgePromise(promise, context);
    for (const closure of file.closures) judgeClosure(closure, context);
    for (const call of reaching(file.calls, context)) reportCall(call, "an expression", context);
    judgeBindings(file, context);
    judgeTexts(file, context);
    if (file.error) throw file.error;
    // Text ends with a newline that belongs to its last number.
    const blank = file.encoding === "ascii" ? 1 : 0;
    await inspectTail(sync, { start: file.end + blank, after: "the object" }, context);
  }
}

function describe({ encoding, version, writer, isWorkspace, items, namespaces }: RFile, context: ScanContext): void {
  context.describe("encoding", encoding);
  context.describe("format_version", version);
  context.describe("written_by", `R ${writer}`);
  context.describe("content", isWorkspace ? "workspace" : "object");
  context.describe("items", items);
  if (namespaces.length > 0) context.describe("packages", namespaces.slice(0, 20));
}

const PARSERS: ReadonlySet<string> = new Set(["parse", "str2lang", "str2expression"]);
const CALLED = /["'`(; ]([A-Za-z.][\w.]{0,60})\s{0,4}\(/g;

/** Calls that start programs, load code or reach the network. */
function reaching(calls: readonly RCall[], { policy }: ScanContext): RCall[] {
  const { dangerous_calls } = policy.r_rules;
  // Code that is a text until it is parsed: `eval(parse(text = "system('id')"))`.
  const isIn = (code: string) => [...code.matchAll(CALLED)].some(([, name = ""]) => dangerous_calls.includes(name));
  return calls.filter(({ name, code }) => dangerous_calls.includes(name) || (PARSERS.has(name) && isIn(code)));
}

function judgePromise({ offset, code, isPending, inFrame, calls }: RPromise, context: ScanContext): void {
  // Evaluated once, a promise is a value with its expression beside it: calls there are told like other code.
  if (!isPending) {
    for (const call of reaching(calls, context)) reportCall(call, "an evaluated promise", context);
    return;
  }
  const dangerous = reaching(calls, context);
  // Arguments that nobody used stay in the environments of ordinary closures.
  const severity = dangerous.length > 0 ? "critical" : inFrame ? "low" : undefined;
  context.report({
    rule: "r/promise",
    ...(severity === undefined ? {} : { severity }),
    message: `evaluates ${(dangerous[0]?.code ?? code).slice(0, MAX_CODE)} when it is looked at`,
    subject: (dangerous[0]?.code ?? code).slice(0, MAX_CODE),
    offset,
    evidence: { calls: calls.slice(0, MAX_SHOWN).map(({ name }) => name.slice(0, 100)) },
  });
}

function judgeClosure({ offset, namespace, calls }: RClosure, context: ScanContext): void {
  const dangerous = reaching(calls, context);
  for (const call of dangerous) reportCall(call, "a function", context);
  if (namespace !== undefined || dangerous.length > 0) return;
  // Bytecode lists variables beside functions: only what stands in a call is shown.
  const named = calls
    .filter(({ name, code }) => code !== name)
    .slice(0, MAX_SHOWN)
    .map(({ name }) => name.slice(0, 40))
    .join(", ");
  context.report({
    rule: "r/function",
    message: named === "" ? "a function that calls nothing" : `a function that calls ${named}`,
    subject: named,
    offset,
  });
}

function reportCall({ name, code, offset }: RCall, where: string, context: ScanContext): void {
  context.report({
    rule: "r/dangerous-call",
    message: `${where} calls ${code.slice(0, MAX_CODE)}`,
    subject: `${name} in ${where}`,
    offset,
    evidence: { function: name.slice(0, 100) },
  });
}

function judgeBindings({ activeBindings, looseBytecode }: RFile, context: ScanContext): void {
  for (const { name, offset } of activeBindings) {
    const shown = name.slice(0, 100);
    context.report({ rule: "r/active-binding", message: `reading ${shown} calls a function`, subject: shown, offset });
  }
  for (const offset of looseBytecode) {
    context.report({ rule: "r/loose-bytecode", message: `bytecode at ${offset}`, subject: "bytecode", offset });
  }
}

function judgeTexts({ texts }: RFile, context: ScanContext): void {
  for (const { text, offset } of texts) {
    context.budget.spendSteps();
    if (!mayTell(text, undefined, context.policy)) continue;
    const place = { place: `the text at ${offset}`, offset };
    for (const found of judgeText(text, place, context.policy)) context.report(found);
  }
}
