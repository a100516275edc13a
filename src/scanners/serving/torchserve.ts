// TorchServe's model archive (https://github.com/pytorch/serve, model-archiver): MAR-INF/MANIFEST.json says what the server imports,
// installs and unpickles.

import { isJsonArray, isJsonObject, type JsonObject, type JsonValue } from "../../formats/json/value.js";
import { MANIFEST } from "../layout-roots.js";
import type { Layout, ScanContext, Tree } from "../scanner.js";
import { readEntryJson } from "../tree-entries.js";
import { reportForeignPath, reportMissingFile, reportServerCode } from "./server-code.js";

/** Handlers that TorchServe brings (ts/torch_handler). */
const BUILT_IN = new Set([
  "base_handler",
  "image_classifier",
  "image_segmenter",
  "object_detector",
  "text_classifier",
  "text_handler",
  "vision_handler",
  "request_envelope",
]);

/** Keys of `model` that name a file of the archive. */
const FILE_KEYS = ["serializedFile", "modelFile", "requirementsFile", "configFile", "optionsFile", "sourceVocab"];

export class TorchserveLayout implements Layout {
  async inspect(tree: Tree, root: string, context: ScanContext): Promise<void> {
    const manifest = await readEntryJson(tree, root + MANIFEST);
    const model = manifest?.get("model");
    if (!isJsonObject(model)) {
      reportMissingFile("model", `${MANIFEST} without a model`, context);
      return;
    }
    await this.inspectHandler(model, { tree, root, context });
    for (const key of FILE_KEYS) this.inspectFile(model.get(key), key, { tree, root, context });
    for (const file of extraFiles(model.get("extraFiles")))
      this.inspectFile(file, "extraFiles", { tree, root, context });
    const modelFile = model.get("modelFile");
    if (typeof modelFile === "string") {
      await reportServerCode({ file: root + modelFile, place: `${MANIFEST} modelFile` }, tree, context);
    }
  }

  private async inspectHandler(model: JsonObject, at: Where): Promise<void> {
    const handler = model.get("handler");
    if (typeof handler !== "string" || BUILT_IN.has(handler)) return;
    const place = `${MANIFEST} handler`;
    // `handler.py:function` names the entry point as well; a drive letter is no module.
    const path = handler.replace(/:[A-Za-z_]\w{0,200}$/, "");
    if (reportForeignPath(path, place, at.context)) return;
    for (const file of handlerFiles(path)) {
      if (await reportServerCode({ file: at.root + file, place }, at.tree, at.context)) return;
    }
    reportMissingFile(handler, place, at.context);
  }

  private inspectFile(value: JsonValue | undefined, key: string, { tree, root, context }: Where): void {
    if (typeof value !== "string" || value === "") return;
    const place = `${MANIFEST} ${key}`;
    if (reportForeignPath(value, place, context)) return;
    if (tree.find(root + value) === undefined) reportMissingFile(value, place, context);
  }
}

interface Where {
  readonly tree: Tree;
  readonly root: string;
  readonly context: ScanContext;
}

/** A handler is named as a file, or as a module with dots. */
function handlerFiles(path: string): string[] {
  if (path.endsWith(".py")) return [path];
  const asModule = path.replaceAll(".", "/");
  return [`${path}.py`, `${asModule}.py`, `${asModule}/__init__.py`];
}

/** One text with commas, or a list. */
function extraFiles(value: JsonValue | undefined): string[] {
  const files = typeof value === "string" ? value.split(",") : isJsonArray(value) ? value : [];
  return files.flatMap((file) => (typeof file === "string" && file.trim() !== "" ? [file.trim()] : []));
}
