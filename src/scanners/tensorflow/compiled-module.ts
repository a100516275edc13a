import { readMessage } from "../../formats/protobuf/read-message.js";
import { isModuleBytecode, moduleNodeShape, readModuleStrings } from "../../formats/tensorflow/compiled-module.js";
import type { GraphNode } from "../../formats/tensorflow/graph.js";
import type { ByteSource } from "../../io/byte-source.js";
import { isAtLeast, type Severity, severityRank } from "../../rules/severity.js";
import type { ScanContext } from "../scanner.js";
import { ruleFor } from "./op-rules.js";

/** A module's strings come first; its weights follow and are not needed. */
const MAX_MODULE_HEAD = 16 << 20;
/** How `[tensorflow_rules]` names the target of a custom call. */
const TARGET_ROW = "custom_call:";
const CUSTOM_CALL_NAME = /^(?:stablehlo\.|vhlo\.|mhlo\.)?custom_call(?:_v\d)?$/;
const TARGET_IN_TEXT = /custom_call\s{0,4}@"?([\w.$-]{1,200})|call_target_name\s{0,4}=\s{0,4}"([^"]{1,200})"/g;

/** Judges the StableHLO module of an XlaCallModule node (jax2tf writes them): compiled arithmetic, unless it calls out. */
export async function judgeCompiledModule(source: ByteSource, node: GraphNode, context: ScanContext): Promise<void> {
  for (const text of node.attributes.get("module")?.texts ?? []) {
    if (!text.startsWith("ML"))
      judgeTargets(
        [...text.matchAll(TARGET_IN_TEXT)].map((m) => m[1] ?? m[2] ?? ""),
        node,
        context,
      );
  }
  const { value: modules } = await readMessage(source, moduleNodeShape, {
    budget: context.budget,
    start: node.offset,
    end: node.end,
  });
  for (const { offset, length } of modules) {
    const bytes = await source.read(offset, Math.min(length, MAX_MODULE_HEAD));
    context.examined(bytes.length);
    if (!isModuleBytecode(bytes)) continue;
    const strings = readModuleStrings(bytes, offset);
    if (strings.some((text) => CUSTOM_CALL_NAME.test(text))) judgeTargets(strings, node, context);
  }
}

/** In bytecode the targets are among all strings of the module, so one that is known stands for them all. */
function judgeTargets(candidates: readonly string[], node: GraphNode, context: ScanContext): void {
  if (candidates.length === 0) return;
  const { tensorflow_rules } = context.policy;
  let worst: { readonly target: string; readonly severity: Severity } | undefined;
  for (const target of candidates) {
    context.budget.spendSteps();
    const severity = ruleFor(TARGET_ROW + target, tensorflow_rules);
    if (severity && (!worst || severityRank(severity) > severityRank(worst.severity))) worst = { target, severity };
  }
  if (worst === undefined) {
    context.report({
      rule: "tensorflow/custom-call",
      message: `the module of node ${node.name.slice(0, 200)} makes a custom call to a target that is not known`,
      subject: node.name,
      offset: node.offset,
    });
  } else if (isAtLeast(worst.severity, "medium")) {
    context.report({
      rule: "tensorflow/host-callback",
      severity: worst.severity,
      message: `the module of node ${node.name.slice(0, 200)} calls ${worst.target.slice(0, 200)}`,
      subject: worst.target,
      offset: node.offset,
      evidence: { target: worst.target.slice(0, 200) },
    });
  }
}
