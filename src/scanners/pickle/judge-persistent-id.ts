import type { Policy } from "../../config/policy.js";
import type { Inspector } from "../../formats/pickle/inspector.js";
import { KIND, type Value } from "../../formats/pickle/value.js";
import type { Observation } from "../scanner.js";
import { judgeClassSource } from "./code-calls.js";
import { express } from "./express.js";

const MAX_SOURCE = 1 << 20;

/** Where the persistent ids of a stream lead. */
export interface PersistentIds {
  readonly inspect: Inspector;
  readonly policy: Policy;
  /** The file holds the storages that ids of `("storage", ...)` name. */
  readonly storages: boolean;
}

/** A reference to something outside the pickle, which the loader of the file resolves. */
export function judgePersistentId(
  { inspect, policy, storages }: PersistentIds,
  offset: number,
  id: Value,
): Observation | undefined {
  const items = id.kind === KIND.TUPLE ? inspect.items(id) : undefined;
  const tag = items?.[0] && inspect.text(items[0], 64);
  // torch before 0.4 saved the source of a module's class: ("module", class, file, source).
  const source = tag === "module" && items?.[3] ? inspect.text(items[3], MAX_SOURCE) : undefined;
  if (source !== undefined) {
    const cls = items?.[1] ? express(inspect, items[1]) : "a class";
    return { ...judgeClassSource(source, cls, policy), offset };
  }
  if (storages) return undefined;
  if (tag === "storage") {
    const message = "refers to tensor storages outside this file";
    return { rule: "pickle/persistent-id", severity: "info", message, subject: "storage", offset };
  }
  const message = `refers to an object outside the file by ${express(inspect, id)}`;
  return { rule: "pickle/persistent-id", message, subject: "persistent", offset };
}
