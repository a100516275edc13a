import type { Inspector } from "../../formats/pickle/inspector.js";
import { KIND, type Value } from "../../formats/pickle/value.js";

const MAX_SOURCE = 1 << 20;

/**
 * The source text that `torch.fx.graph_module.reduce_graph_module(body, imports)` runs: the imports, and the method that the
 * attributes hold as `_code`, in older files as `code`. Undefined when part of it is no constant.
 */
export function graphSourceOf(inspect: Inspector, [body, imports]: readonly Value[]): string | undefined {
  const head = imports && inspect.text(imports, MAX_SOURCE);
  const attributes = body && constantKeys(inspect, body);
  const method = attributes?.get("_code") ?? attributes?.get("code");
  const code = method && inspect.text(method, MAX_SOURCE);
  return head === undefined || !code || code.length >= MAX_SOURCE || head.length >= MAX_SOURCE
    ? undefined
    : head + code;
}

/** The entries of a dict all of whose keys are known, so that none can replace another unseen. */
function constantKeys(inspect: Inspector, body: Value): Map<string, Value> | undefined {
  const items = body.kind === KIND.DICT ? inspect.items(body) : undefined;
  if (items === undefined || items.length !== inspect.count(body)) return undefined;
  const keys = items.filter((_, index) => index % 2 === 0);
  return keys.every((key) => inspect.text(key, 256) !== undefined) ? inspect.entries(body) : undefined;
}
