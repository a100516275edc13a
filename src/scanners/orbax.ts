import { isJsonArray, isJsonObject, type JsonObject, type JsonValue } from "../formats/json/value.js";
import { at, type ConfigContext, type ConfigDocument, stringAt, walkConfig } from "./config/document.js";
import { judgeTarget } from "./config/targets.js";
import { describeReach, type Reach, reachOf } from "./file-reference.js";

/** What `_METADATA`, `_CHECKPOINT_METADATA` and `array_metadatas/process_*` begin with. */
const ROOT_KEYS = ["tree_metadata", "item_handlers", "array_metadatas"];
const HANDLER_KEYS = new Set(["item_handlers", "handler", "handlers", "handler_typestr"]);
const OWN_PREFIX = "orbax.";
/** A name in a package: one word alone is the name of a parameter or of an item. */
const DOTTED_NAME = /^[A-Za-z_]\w{0,100}(?:\.[A-Za-z_]\w{0,100}){1,20}$/;
/** TensorStore's key-value stores (its "Key-Value Storage" reference), by what the location is called. */
const STORE_LOCATIONS: ReadonlyMap<string, readonly string[]> = new Map([
  ["http", ["base_url", "path"]],
  ["s3", ["endpoint", "bucket", "path"]],
  ["gcs", ["bucket", "path"]],
  ["gcs_grpc", ["endpoint", "bucket", "path"]],
  ["tsgrpc_kvstore", ["address", "path"]],
  ["file", ["path"]],
]);

/** Judges an Orbax checkpoint's metadata; other JSON is left alone. */
export function judgeOrbax(root: JsonObject, document: ConfigDocument, context: ConfigContext): void {
  if (!ROOT_KEYS.some((key) => root.has(key))) return;
  const visitor = {
    object: (object: JsonObject) => {
      judgeStore(object, document, context);
      judgeHandlers(object, document, context);
    },
    string: (text: string, place: { path(): string; offset(): number | undefined }) => {
      if (DOTTED_NAME.test(text)) judgeName(text, place, context);
    },
  };
  walkConfig(document, visitor, context.budget);
}

function judgeStore(object: JsonObject, document: ConfigDocument, context: ConfigContext): void {
  const driver = stringAt(object, "driver");
  for (const key of STORE_LOCATIONS.get(driver ?? "") ?? []) {
    const location = stringAt(object, key);
    if (driver === undefined || location === undefined) continue;
    const reach = driver === "file" ? reachOf(location) : "url";
    reportStore({ driver, location, reach, offset: document.offsetOf(object, key) }, context);
    return;
  }
  // a store may also be written as one URL
  for (const key of ["kvstore", "base", "checkpoint_path"]) {
    const location = stringAt(object, key);
    if (location === undefined) continue;
    const reach = reachOf(location.replace(/^file:\/\//, ""));
    reportStore({ driver: driver ?? key, location, reach, offset: document.offsetOf(object, key) }, context);
  }
}

interface Store {
  readonly driver: string;
  readonly location: string;
  readonly reach: Reach;
  readonly offset: number | undefined;
}

function reportStore({ driver, location, reach, offset }: Store, context: ConfigContext): void {
  if (reach === "relative") return;
  const shown = location.slice(0, 200);
  const isRemote = reach === "url" || reach === "network";
  context.report({
    rule: isRemote ? "orbax/remote-store" : "orbax/store-outside",
    message: `store ${driver.slice(0, 50)} is at ${shown}${isRemote ? "" : `, ${describeReach(reach)}`}`,
    subject: shown,
    ...at(offset),
    evidence: { driver: driver.slice(0, 50), location: shown },
  });
}

/** A handler is named by its class, alone or for each item. */
function judgeHandlers(object: JsonObject, document: ConfigDocument, context: ConfigContext): void {
  for (const [key, value] of object) {
    if (!HANDLER_KEYS.has(key)) continue;
    for (const name of namesIn(value)) {
      if (name.startsWith(OWN_PREFIX) || !DOTTED_NAME.test(name)) continue;
      const message = `${key} is ${name.slice(0, 200)}`;
      context.report({
        rule: "orbax/foreign-handler",
        message,
        subject: name.slice(0, 200),
        ...at(document.offsetOf(object, key)),
      });
    }
  }
}

function namesIn(value: JsonValue): string[] {
  if (typeof value === "string") return [value];
  const values = isJsonObject(value) ? [...value.values()] : isJsonArray(value) ? value : [];
  return values.filter((one) => typeof one === "string");
}

function judgeName(
  name: string,
  place: { path(): string; offset(): number | undefined },
  context: ConfigContext,
): void {
  const verdict = judgeTarget(name, context.policy);
  if (verdict.kind !== "dangerous") return;
  context.report({
    rule: "orbax/callable-name",
    message: `${place.path()} is ${name.slice(0, 200)}`,
    subject: name.slice(0, 200),
    ...at(place.offset()),
    evidence: { name: name.slice(0, 200), matched: verdict.matched },
  });
}
