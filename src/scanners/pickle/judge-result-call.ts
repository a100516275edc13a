import type { Policy } from "../../config/policy.js";
import type { Inspector } from "../../formats/pickle/inspector.js";
import { KIND, type Value } from "../../formats/pickle/value.js";
import type { Observation } from "../scanner.js";
import { findEvidence } from "./arguments.js";
import type { CallableIndex } from "./classify.js";
import { isTypeLookup, judgeCodeCall } from "./code-calls.js";
import { express, expressInvocation } from "./express.js";
import { qualified } from "./qualified.js";
import type { Invocation } from "./uses.js";

export interface Judging {
  readonly inspect: Inspector;
  readonly index: CallableIndex;
  readonly policy: Policy;
}

/** A call of something that no name stands for: the result of a call, an instance or a constant. */
export function judgeResultCall(judging: Judging, { offset, callee, args }: Invocation): Observation | undefined {
  const { inspect, policy } = judging;
  if (callee.kind === KIND.EXTENSION) return undefined; // told where it is fetched
  if (callee.kind !== KIND.CALL && callee.kind !== KIND.INSTANCE) {
    const message = `${express(inspect, callee)} is called`;
    return { rule: "pickle/irregular", message, subject: "call-constant", offset };
  }
  const maker = inspect.origin(callee);
  const entry = maker && inspect.global(maker.callee);
  const name = entry === undefined ? "" : qualified(entry.resolvedModule, entry.resolvedName);
  const code = judgeCodeCall(`${name}()`, inspect, args, policy, maker?.args);
  if (code !== undefined) return { ...code, offset };
  if (isTypeLookup(name) && bindsMethod(judging, maker?.args, args)) return undefined;
  const evidence = findEvidence(inspect, args);
  return {
    rule: "pickle/result-called",
    message: `loading calls ${expressInvocation(inspect, callee, args)}`,
    subject: name,
    offset,
    ...(evidence === undefined ? {} : { evidence: { argument: evidence.text } }),
  };
}

/** dill and cloudpickle fetch `MethodType` by name to bind a function of a known package to an object. */
function bindsMethod({ inspect, index }: Judging, lookup: Value | undefined, args: Value): boolean {
  const [wanted] = (lookup && inspect.items(lookup)) ?? [];
  if (wanted === undefined || inspect.text(wanted, 64) !== "MethodType") return false;
  const [bound] = inspect.items(args) ?? [];
  const entry = bound && inspect.global(bound);
  const verdict = entry && index.classify(entry.resolvedModule, entry.resolvedName);
  return verdict?.kind === "harmless" || (verdict?.kind === "unknown" && verdict.origin === "trusted");
}
