import type { Policy } from "../../config/policy.js";
import { readMessage } from "../../formats/protobuf/read-message.js";
import { isModuleBytecode, moduleNodeShape, readModuleStrings } from "../../formats/tensorflow/compiled-module.js";
import type { GraphNode } from "../../formats/tensorflow/graph.js";
import type { ByteSource } from "../../io/byte-source.js";
import { isAtLeast } from "../../rules/severity.js";
import type { Observation, ScanContext } from "../scanner.js";
import { shown } from "./op-observations.js";
import { ruleFor } from "./op-rules.js";

/** A module's strings come first; its weights follow and are not needed. */
export const MAX_MODULE_HEAD = 16 << 20;
/** How `[tensorflow_rules]` names the target of a custom call. */
const TARGET_ROW = "custom_call:";
const CUSTOM_CALL_NAME = /^(?:stablehlo\.|vhlo\.|mhlo\.)?custom_call(?:_v\d)?$/;
const TARGET_IN_TEXT = /custom_call\s{0,4}@"?([\w.$-]{1,200})|call_target_name\s{0,4}=\s{0,4}"([^"]{1,200})"/g;

/** Judges the StableHLO module of an XlaCallModule node (jax2tf writes them): compiled arithmetic, unless it calls out. */
export async function judgeCompiledModule(source: ByteSource, node: GraphNode, context: ScanContext): Promise<void> {
  const report = (observation: Observation) => context.report({ offset: node.offset, ...observation });
  const at = { policy: context.policy, budget: context.budget, report };
  for (const text of node.attributes.get("module")?.texts ?? []) judgeModuleText(text, at);
  if (context.format === "tf-text") return;
  const { budget } = context;
  const { value: modules } = await readMessage(source, moduleNodeShape, { budget, start: node.offset, end: node.end });
  for (const { offset, length } of modules) {
    const bytes = await source.read(offset, Math.min(length, MAX_MODULE_HEAD));
    context.examined(bytes.length);
    if (isModuleBytecode(bytes)) judgeModuleBytes(bytes, offset, at);
  }
}

type Judging = Pick<ScanContext, "policy" | "budget" | "report">;

/** A module as text: each of its custom calls. */
export function judgeModuleText(text: string, { policy, report }: Judging): void {
  for (const [, named, quoted] of text.matchAll(TARGET_IN_TEXT)) {
    judgeTargets([named ?? quoted ?? ""], policy.tensorflow_rules, report);
  }
}

/** A module as bytecode; `base` is its offset in the artifact. */
export function judgeModuleBytes(bytes: Uint8Array, base: number, { policy, budget, report }: Judging): void {
  const strings = readModuleStrings(bytes, base);
  budget.spendSteps(strings.length);
  if (strings.some((text) => CUSTOM_CALL_NAME.test(text))) judgeTargets(strings, policy.tensorflow_rules, report);
}

/** One of the candidates is called. In bytecode they are all strings of the module, so one that is known stands for them all. */
function judgeTargets(
  candidates: readonly string[],
  rules: Policy["tensorflow_rules"],
  tell: (observation: Observation) => void,
): void {
  const rated = candidates.flatMap((target) => {
    const severity = ruleFor(TARGET_ROW + target, rules);
    return severity === undefined ? [] : [{ target: shown(target), severity }];
  });
  if (rated.length === 0) {
    const name = candidates.length === 1 ? shown(candidates[0] ?? "") : "a target that is not known";
    tell({
      rule: "tensorflow/custom-call",
      message: `a compiled module makes a custom call to ${name}`,
      subject: name,
    });
  }
  for (const { target, severity } of rated) {
    if (!isAtLeast(severity, "medium")) continue;
    const message = `a compiled module calls ${target}`;
    tell({ rule: "tensorflow/host-callback", severity, message, subject: target, evidence: { target } });
  }
}
