import type { OnnxModel, OnnxNode } from "../../formats/onnx/model.js";
import type { RuleId } from "../../rules/index.js";
import type { Severity } from "../../rules/severity.js";
import { describeReach, reachOf } from "../file-reference.js";
import type { Observation, ScanContext } from "../scanner.js";

type OnnxRules = Readonly<Record<string, Severity>>;

/** Domains of the ONNX standard. */
const STANDARD_DOMAINS = new Set([
  "",
  "ai.onnx",
  "ai.onnx.ml",
  "ai.onnx.training",
  "ai.onnx.preview.training",
  "ai.onnx.preview",
]);
const PYTHON_OP = /^Py(?:thon|Custom)?(?:Op|Func)/;
const MAX_SHOWN = 200;

/** Judges operators by domain and name. */
export class Operators {
  /** What the model's own functions implement, as `domain:name`. */
  private readonly own: ReadonlySet<string>;

  constructor(
    model: OnnxModel,
    private readonly context: ScanContext,
  ) {
    this.own = new Set(model.functions.map(({ domain, name }) => `${domain}:${name}`));
    for (const { domain, name, offset } of model.functions) {
      if (!STANDARD_DOMAINS.has(domain)) continue;
      this.context.report({
        rule: "onnx/shadowed-op",
        message: `the model's function ${shown(name)} stands in the standard domain ${JSON.stringify(domain)}`,
        subject: `${domain}:${shown(name)}`,
        offset,
      });
    }
  }

  judge(node: OnnxNode, place: string): void {
    const { op, domain, name, offset } = node;
    const tell = (observation: Observation) =>
      this.context.report({
        offset,
        ...observation,
        message: `${observation.message} (node ${shown(name) || "without a name"}${place})`,
        evidence: { op: shown(op), domain: shown(domain), ...observation.evidence },
      });
    const { onnx_rules } = this.context.policy;
    const severity = rowOf(onnx_rules, `${domain}:${op}`) ?? rowOf(onnx_rules, op);
    if (op === "EPContext") judgeContext(node, tell);
    else if (severity !== undefined) tell(listed(op, domain, severity));
    else if (!STANDARD_DOMAINS.has(domain) && !this.own.has(`${domain}:${op}`)) this.judgeDomain(op, domain, tell);
  }

  private judgeDomain(op: string, domain: string, tell: (observation: Observation) => void): void {
    const severity = domainRow(this.context.policy.onnx_rules, domain);
    if (severity === "info" || severity === "debug") return;
    tell({
      rule: "onnx/custom-domain",
      ...(severity ? { severity } : {}),
      message: `${shown(domain)}:${shown(op)} comes from a library that is not part of ONNX`,
      subject: `${shown(domain)}:${shown(op)}`,
    });
  }
}

function listed(op: string, domain: string, severity: Severity): Observation {
  const rule: RuleId = PYTHON_OP.test(op) ? "onnx/python-op" : "onnx/listed-op";
  const verb = rule === "onnx/python-op" ? "calls a Python function" : "is listed";
  return {
    rule,
    severity,
    message: `${shown(domain) || "ai.onnx"}:${shown(op)} ${verb}`,
    subject: `${shown(domain)}:${shown(op)}`,
  };
}

function rowOf(rules: OnnxRules, key: string): Severity | undefined {
  return Object.hasOwn(rules, key) ? rules[key] : undefined;
}

/** The row of a domain: its own, else one that ends in `.*` and begins it. */
function domainRow(rules: OnnxRules, domain: string): Severity | undefined {
  const exact = rowOf(rules, domain);
  if (exact !== undefined) return exact;
  const row = Object.keys(rules).find((key) => key.endsWith(".*") && domain.startsWith(key.slice(0, -1)));
  return row === undefined ? undefined : rules[row];
}

/** With `embed_mode` 0 the attribute is the path of a compiled context, else it is the context itself. */
function judgeContext(node: OnnxNode, tell: (observation: Observation) => void): void {
  const attribute = (name: string) => node.attributes.find((candidate) => candidate.name === name);
  const isEmbedded = (attribute("embed_mode")?.integer ?? 1n) !== 0n;
  const context = attribute("ep_cache_context")?.texts.at(-1) ?? "";
  const reach = isEmbedded || context === "" ? "relative" : reachOf(context);
  if (reach === "relative") {
    const what = isEmbedded
      ? "holds a compiled program"
      : `takes a compiled program from ${JSON.stringify(shown(context))}`;
    tell({
      rule: "onnx/compiled-context",
      message: `EPContext ${what}`,
      subject: isEmbedded ? "embedded" : shown(context),
    });
    return;
  }
  tell({
    rule: "onnx/context-path",
    message: `EPContext takes a compiled program from ${JSON.stringify(shown(context))}, ${describeReach(reach)}`,
    subject: shown(context),
    evidence: { path: shown(context) },
  });
}

function shown(text: string): string {
  return text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}...` : text;
}
