import { type JsonDocument, parseJson } from "../../formats/json/parse.js";
import { isJsonObject, type JsonValue } from "../../formats/json/value.js";
import type { ScanContext } from "../scanner.js";
import { readEntryJson } from "../tree-entries.js";
import { CONFIG, METADATA } from "./archive-roots.js";
import { judgeCode } from "./code.js";
import { KerasContext, type KerasOptions } from "./context.js";
import { judgeFlags } from "./flags.js";
import { judgeLoader } from "./loaders.js";
import { kerasNodes, stringAt } from "./node.js";
import { isTensorFlowJs } from "./recognise.js";
import { judgeReference } from "./references.js";
import { judgeTensorFlowOp } from "./tf-ops.js";
import { judgeTensorFlowJs } from "./tfjs.js";

/**
 * Judges everything that a Keras loader would import, build, call or open for this config. The value may be a whole model, a single layer,
 * a training configuration or a TensorFlow.js model. `looksLikeKerasConfig` tells whether it is any of these.
 */
export async function inspectKerasConfig(
  value: JsonValue,
  context: ScanContext,
  options: KerasOptions = {},
): Promise<void> {
  const keras = new KerasContext(context, { ...statedVersion(value), ...options });
  if (WHOLE_MODELS.has(options.at)) describe(value, context);
  for (const node of kerasNodes(value, context.budget)) {
    judgeReference(node, keras);
    judgeCode(node, keras);
    judgeTensorFlowOp(node, keras);
    await judgeLoader(node, keras);
  }
  judgeFlags(value, keras);
  if (isTensorFlowJs(value)) judgeTensorFlowJs(value, context);
}

/** The same for a whole JSON document, with what its duplicate keys hide: which of the two a loader takes is its own business. */
export async function inspectKerasDocument(
  { value, duplicates }: Pick<JsonDocument, "value" | "duplicates">,
  context: ScanContext,
  options: KerasOptions = {},
): Promise<void> {
  const known = { ...(await neighbouringVersion(context)), ...options };
  if (value !== undefined) await inspectKerasConfig(value, context, known);
  for (const { shadowed } of duplicates) await inspectKerasConfig(shadowed, context, known);
}

/** In a .keras archive the version stands in another member. */
async function neighbouringVersion(context: ScanContext): Promise<KerasOptions> {
  if (!context.name.endsWith(CONFIG)) return {};
  const tree = await context.tree();
  const folder = context.depth === 0 ? "" : context.name.slice(0, -CONFIG.length);
  const metadata = tree === undefined ? undefined : await readEntryJson(tree, folder + METADATA);
  const version = stringAt(metadata, "keras_version");
  return version === undefined ? {} : { kerasVersion: version };
}

/** Python's reader goes as deep as its stack, about a thousand levels. */
const MAX_CONFIG_DEPTH = 4000;

/** The same for the text of an attribute or of a protobuf field, when it describes Python objects at all. */
export async function inspectKerasText(bytes: Uint8Array, context: ScanContext, options: KerasOptions): Promise<void> {
  const document = parseJson(bytes, {
    tolerant: true,
    maxDepth: MAX_CONFIG_DEPTH,
    onNodes: (count) => context.budget.spendSteps(count),
  });
  const { value, duplicates, error } = document;
  if (value === undefined || !holdsDescriptions(value, context)) return;
  await inspectKerasDocument(document, context, options);
  for (const { key } of duplicates) {
    context.report({
      rule: "config/duplicate-key",
      message: `the key ${JSON.stringify(key.slice(0, 100))} stands twice in one object of ${options.at ?? "the config"}`,
      subject: `${options.at ?? ""}: ${key.slice(0, 300)}`,
    });
  }
  if (error !== undefined) throw error;
}

function holdsDescriptions(value: JsonValue, context: ScanContext): boolean {
  for (const _ of kerasNodes(value, context.budget)) return true;
  return false;
}

function statedVersion(value: JsonValue): KerasOptions {
  const topology = isJsonObject(value) ? value.get("modelTopology") : undefined;
  const version = stringAt(value, "keras_version") ?? stringAt(topology, "keras_version");
  return version === undefined ? {} : { kerasVersion: version };
}

/** Where the config of a whole model stands: in a file of its own, in HDF5, in a SavedModel's metadata. */
const WHOLE_MODELS: ReadonlySet<string | undefined> = new Set([undefined, "model_config", "root"]);

function describe(value: JsonValue, context: ScanContext): void {
  const className = stringAt(value, "class_name");
  if (className !== undefined) context.describe("keras_class", className.slice(0, 200));
  const { kerasVersion } = statedVersion(value);
  if (kerasVersion !== undefined) context.describe("keras_version", kerasVersion.slice(0, 40));
}
