import type { Policy } from "../../config/policy.js";
import type { Inspector } from "../../formats/pickle/inspector.js";
import { KIND, type Value } from "../../formats/pickle/value.js";
import type { Observation } from "../scanner.js";
import { type CallableIndex, isKnownClass } from "./classify.js";
import { judgeClassSource } from "./code-calls.js";
import { express } from "./express.js";

const MAX_SOURCE = 1 << 20;

/** Where the persistent ids of a stream lead. */
export interface PersistentIds {
  readonly inspect: Inspector;
  readonly index: CallableIndex;
  readonly policy: Policy;
  /** The file holds the storages that ids of `("storage", ...)` name. */
  readonly storages: boolean;
}

/** A reference to something outside the pickle, which the loader of the file resolves. */
export function judgePersistentId(
  { inspect, index, policy, storages }: PersistentIds,
  offset: number,
  id: Value,
): Observation | undefined {
  const items = id.kind === KIND.TUPLE ? inspect.items(id) : undefined;
  const tag = items?.[0] && inspect.text(items[0], 64);
  // torch before 0.4 saved the source of a module's class: ("module", class, file, source).
  const source = tag === "module" && items?.[3] ? inspect.text(items[3], MAX_SOURCE) : undefined;
  if (source !== undefined) {
    const named = items?.[1];
    const entry = named && inspect.global(named);
    const isKnown = isKnownClass(entry && index.classify(entry.resolvedModule, entry.resolvedName));
    const cls = named ? express(inspect, named) : "a class";
    return { ...judgeClassSource({ cls, source, isKnown }, policy), offset };
  }
  if (storages) return undefined;
  if (tag === "storage") {
    const message = "refers to tensor storages outside this file";
    return { rule: "pickle/persistent-id", severity: "info", message, subject: "storage", offset };
  }
  const message = `refers to an object outside the file by ${express(inspect, id)}`;
  return { rule: "pickle/persistent-id", message, subject: "persistent", offset };
}
