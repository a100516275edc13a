import type { Policy } from "../../config/policy.js";
import type { Inspector } from "../../formats/pickle/inspector.js";
import { KIND, type Value } from "../../formats/pickle/value.js";
import type { GlobalNames } from "../code/judge-embedded.js";
import type { Observation } from "../scanner.js";
import { findEvidence } from "./arguments.js";
import { type CarriedCode, isCarriedFunction } from "./carried-code.js";
import { type CallableIndex, isKnownClass } from "./classify.js";
import { isTypeLookup, judgeCodeCall } from "./code-calls.js";
import { express, expressInvocation } from "./express.js";
import { qualified } from "./qualified.js";
import type { Invocation } from "./uses.js";

const BATCH_MAKER = "torch_geometric.data.batch.DynamicInheritanceGetter";

export interface Judging {
  readonly inspect: Inspector;
  readonly index: CallableIndex;
  readonly policy: Policy;
  readonly carried: CarriedCode;
}

/** A call of something that no name stands for: the result of a call, an instance or a constant. */
export function judgeResultCall(judging: Judging, { offset, callee, args }: Invocation): Observation | undefined {
  const { inspect, policy, carried } = judging;
  if (callee.kind === KIND.EXTENSION) return undefined; // told where it is fetched
  if (callee.kind !== KIND.CALL && callee.kind !== KIND.INSTANCE) {
    const message = `${express(inspect, callee)} is called`;
    return { rule: "pickle/irregular", message, subject: "call-constant", offset };
  }
  const maker = inspect.origin(callee);
  const entry = maker && inspect.global(maker.callee);
  const name = entry === undefined ? "" : qualified(entry.resolvedModule, entry.resolvedName);
  const judgeCode = (names?: GlobalNames) => {
    const told = judgeCodeCall(`${name}()`, inspect, args, policy, maker?.args, names);
    return told && { ...told, offset };
  };
  const code = judgeCode();
  if (code !== undefined) return carried.hold(args, code, judgeCode) ? undefined : code;
  if (isTypeLookup(name) && (bindsMethod(judging, maker?.args, args) || makesFunction(judging, maker?.args, args)))
    return undefined;
  if (maker && makesMember(judging, name, maker.args, args)) return undefined;
  if (name === "functools.partial" && maker && makesObject(judging, maker)) return undefined;
  if (name === BATCH_MAKER && makesBatch(judging, args)) return undefined;
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
  if (bound !== undefined && isCarriedFunction(inspect, bound)) return true;
  return isKnown({ inspect, index }, bound);
}

/**
 * An object of a class that the file makes, or a member of an enum: what runs is code of the file, which is judged where it is made, and
 * what builtins and other harmless classes do.
 */
function makesMember(judging: Judging, name: string, made: Value, args: Value): boolean {
  const { inspect, index } = judging;
  const parts = inspect.items(made) ?? [];
  if (name === "cloudpickle.cloudpickle._make_skeleton_enum") return inspect.count(args) === 1;
  if (name !== "cloudpickle.cloudpickle._make_skeleton_class" && name !== "dill._dill._create_type") return false;
  const [metaclass, , bases] = parts;
  const meta = metaclass && inspect.global(metaclass);
  if (!meta || !PLAIN_METACLASSES.has(qualified(meta.resolvedModule, meta.resolvedName))) return false;
  const classes = (bases && inspect.items(bases)) ?? [];
  return classes.length > 0 && classes.every((base) => isHarmlessClass({ inspect, index }, base));
}

const PLAIN_METACLASSES = new Set(["builtins.type", "abc.ABCMeta"]);

function isHarmlessClass({ inspect, index }: Pick<Judging, "inspect" | "index">, base: Value): boolean {
  const entry = inspect.global(base);
  if (entry === undefined) return false;
  const { resolvedModule, resolvedName } = entry;
  const isCalledFreely = index.calledSeverity(resolvedModule, resolvedName) === undefined;
  return isCalledFreely && index.classify(resolvedModule, resolvedName).kind === "harmless";
}

/** Older cloudpickle fetches `LambdaType` by name to make a function out of code, which is judged where it is made. */
function makesFunction({ inspect, policy }: Judging, lookup: Value | undefined, args: Value): boolean {
  const [wanted] = (lookup && inspect.items(lookup)) ?? [];
  if (wanted === undefined || !/^(?:Lambda|Function)Type$/.test(inspect.text(wanted, 64) ?? "")) return false;
  const [code] = inspect.items(args) ?? [];
  const made = code && inspect.origin(code);
  if (made === undefined) return false;
  const maker = inspect.origin(made.callee);
  const entry = inspect.global(maker?.callee ?? made.callee);
  const name = entry ? qualified(entry.resolvedModule, entry.resolvedName) : "";
  return judgeCodeCall(maker ? `${name}()` : name, inspect, made.args, policy, maker?.args) !== undefined;
}

/**
 * `partial(cls.__new__, cls, ...)` of a known class, which is how protocol 2 writes an object with keyword arguments. The partial itself is
 * written as `partial(function)` with the state `(function, arguments, keywords, attributes)`, which replaces what it was made with.
 */
function makesObject({ inspect, index }: Judging, { args, state }: { args: Value; state: Value }): boolean {
  const [given, ...givenArgs] = inspect.items(args) ?? [];
  const [stated, statedArgs] = state.kind === KIND.NONE ? [given] : (inspect.items(state) ?? []);
  const maker = stated;
  const [cls] = statedArgs === undefined ? givenArgs : (inspect.items(statedArgs) ?? []);
  const method = maker && inspect.global(maker);
  const entry = cls && inspect.global(cls);
  if (!method || !entry || method.resolvedModule !== entry.resolvedModule) return false;
  return method.resolvedName === `${entry.resolvedName}.__new__` && isKnown({ inspect, index }, cls);
}

/** PyTorch Geometric makes the class of a batch when it loads one: out of `Batch` and the class of what was batched. */
function makesBatch({ inspect, index }: Judging, args: Value): boolean {
  const [batch, base, ...rest] = inspect.items(args) ?? [];
  const entry = batch && inspect.global(batch);
  const isBatch = entry && qualified(entry.resolvedModule, entry.resolvedName) === "torch_geometric.data.batch.Batch";
  return isBatch === true && rest.length === 0 && isKnown({ inspect, index }, base);
}

function isKnown({ inspect, index }: Pick<Judging, "inspect" | "index">, value: Value | undefined): boolean {
  const entry = value && inspect.global(value);
  return isKnownClass(entry && index.classify(entry.resolvedModule, entry.resolvedName));
}
