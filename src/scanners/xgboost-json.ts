import type { JsonObject } from "../formats/json/value.js";
import { checkXgboost, isXgboostModel, type TreeFault } from "../formats/xgboost/model.js";
import type { RuleId } from "../rules/index.js";
import type { ConfigContext, ConfigDocument } from "./config/document.js";

export const TREE_RULES = {
  "bad-count": "trees/bad-count",
  "bad-structure": "trees/bad-structure",
} as const satisfies Record<TreeFault["kind"], RuleId>;

/** Faults told one by one. */
const MAX_FAULTS = 5;

/** Judges an XGBoost model written as JSON or UBJSON; other documents are left alone. */
export function judgeXgboost(root: JsonObject, _document: ConfigDocument, context: ConfigContext): void {
  if (!isXgboostModel(root)) return;
  let count = 0;
  for (const fault of checkXgboost(root)) {
    context.budget.spendSteps();
    if (++count > MAX_FAULTS) return;
    reportTreeFault(fault, context);
  }
}

export function reportTreeFault({ kind, message }: TreeFault, context: Pick<ConfigContext, "report">): void {
  context.report({ rule: TREE_RULES[kind], message, subject: message });
}
