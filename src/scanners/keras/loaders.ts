import { BufferSource } from "../../io/byte-source.js";
import { describeReach, reachOf } from "../file-reference.js";
import type { Tree } from "../scanner.js";
import type { KerasContext } from "./context.js";
import { type KerasNode, nameOf, stringAt } from "./node.js";

const BASE64 = /^[A-Za-z0-9+/=\s_-]+$/;
const MIN_MODULE_TEXT = 16;

/** Layers that load something else when they are built: a SavedModel, a pickled module, a vocabulary file. */
export async function judgeLoader(node: KerasNode, context: KerasContext): Promise<void> {
  const name = node.className.split(">").pop();
  if (name === "TFSMLayer") judgeSavedModel(node, context);
  else if (name === "KerasLayer") judgeHubLayer(node, context);
  else if (name === "TorchModuleWrapper") await judgeTorchModule(node, context);
  for (const key of VOCABULARY_KEYS) {
    const path = stringAt(node.config, key);
    if (path !== undefined && path !== "") await judgeVocabulary(node, { key, path }, context);
  }
}

function judgeSavedModel(node: KerasNode, context: KerasContext): void {
  const path = stringAt(node.config, "filepath");
  context.report(
    node,
    {
      rule: "keras/saved-model-layer",
      message: `${nameOf(node)} loads the SavedModel at ${path ?? "a path it does not state"}`,
      subject: path ?? node.at,
      evidence: { filepath: path ?? null },
    },
    "CVE-2026-1462",
  );
}

/** tensorflow_hub's layer must be passed as a custom object, which everybody who uses it does. */
function judgeHubLayer(node: KerasNode, context: KerasContext): void {
  const handle = stringAt(node.config, "handle");
  if (handle === undefined) return;
  context.report(node, {
    rule: "keras/saved-model-layer",
    severity: "low",
    message: `${nameOf(node)} of TensorFlow Hub loads the SavedModel at ${handle.slice(0, 300)}`,
    subject: handle.slice(0, 300),
    why: "Where the layer is passed as a custom object, the SavedModel at this address is fetched and loaded when the config is read.",
  });
}

async function judgeTorchModule(node: KerasNode, context: KerasContext): Promise<void> {
  const text = stringAt(node.config, "module");
  const bytes =
    text !== undefined && text.length >= MIN_MODULE_TEXT && BASE64.test(text) ? Buffer.from(text, "base64") : undefined;
  context.report(
    node,
    {
      rule: "keras/torch-module",
      message:
        bytes === undefined
          ? `${nameOf(node)} wraps a PyTorch module`
          : `${nameOf(node)} carries ${bytes.length} bytes for torch.load`,
      subject: node.at,
    },
    "CVE-2025-49655",
  );
  if (bytes !== undefined) {
    await context.scan.descend({ name: `${node.at}.config.module`, source: new BufferSource(bytes) });
  }
}

/** `vocabulary` and `idf_weights` of lookup layers; `merges` and `proto` of tokenizers hold content as well as paths. */
const VOCABULARY_KEYS = ["vocabulary", "idf_weights", "merges", "proto"] as const;
const LOOKUP_KEYS: ReadonlySet<string> = new Set(["vocabulary", "idf_weights"]);
/** PATH_MAX: what is longer is content. */
const MAX_PATH = 4096;

interface Vocabulary {
  readonly key: string;
  readonly path: string;
}

async function judgeVocabulary(node: KerasNode, { key, path }: Vocabulary, context: KerasContext): Promise<void> {
  const reach = reachOf(path);
  const isPlain = reach === "relative";
  if (path.length > MAX_PATH || (isPlain && !LOOKUP_KEYS.has(key))) return;
  if (isPlain && isAsset(path, await context.scan.tree())) return;
  context.report(
    node,
    {
      rule: "keras/vocabulary-path",
      severity: isPlain ? "medium" : "high",
      message: `${nameOf(node)} reads its ${key} from ${path}, ${isPlain ? "a file that is not in the model" : describeReach(reach)}`,
      subject: path.slice(0, 300),
      evidence: { key, path: path.slice(0, 300) },
    },
    "CVE-2025-12058",
  );
}

function isAsset(path: string, tree: Tree | undefined): boolean {
  if (tree === undefined) return false;
  const name = path.replace(/^(?:\.\/){1,8}/, "");
  return tree.entries.some(
    (entry) => entry.kind === "file" && (entry.name === name || entry.name.endsWith(`/${name}`)),
  );
}
