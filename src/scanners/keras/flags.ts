import { isJsonArray, isJsonObject, type JsonValue } from "../../formats/json/value.js";
import type { KerasContext } from "./context.js";

/** Keys that no model has: arguments of load_model, and the global attribute behind safe mode. */
const SWITCHES: ReadonlyMap<string, JsonValue> = new Map([["safe_mode", false]]);
const GLOBAL_SWITCH = "safe_mode_saving";
const CVE = ["CVE-2025-9906"] as const;

/** Finds safe mode switched off anywhere, as an argument of whatever function. */
export function judgeFlags(root: JsonValue, context: KerasContext): void {
  const open: JsonValue[] = [root];
  for (let value = open.pop(); value !== undefined; value = open.pop()) {
    context.scan.budget.spendSteps();
    if (value === GLOBAL_SWITCH) report(GLOBAL_SWITCH, context);
    else if (isJsonArray(value)) open.push(...value.filter(matters));
    else if (isJsonObject(value)) {
      for (const [key, child] of value) {
        if (SWITCHES.has(key) && SWITCHES.get(key) === child) report(`${key}=${String(child)}`, context);
        else if (key === GLOBAL_SWITCH) report(GLOBAL_SWITCH, context);
        if (matters(child)) open.push(child);
      }
    }
  }
}

/** Numbers by the million (weights written into a config) are not worth a place on the stack. */
function matters(value: JsonValue): boolean {
  return typeof value === "string" || (typeof value === "object" && value !== null);
}

function report(flag: string, context: KerasContext): void {
  context.scan.report({
    rule: "keras/unsafe-flag",
    message: `the config sets ${flag}`,
    subject: flag,
    references: CVE,
  });
}
