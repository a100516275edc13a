// Triton model repository (https://docs.nvidia.com/deeplearning/triton-inference-server, "Model Configuration"): config.pbtxt beside
// numbered version folders. Only the few fields that decide what is run are read; the file is protobuf text.

import type { Layout, ScanContext, Tree } from "../scanner.js";
import { readEntryText, treeIndex } from "../tree-entries.js";
import { reportForeignPath, reportServerCode } from "./server-code.js";

const FIELD = /\b(backend|platform|default_model_filename)\s{0,8}:\s{0,8}["']([^"'\n]{0,300})["']/g;
const ENVIRONMENT = /EXECUTION_ENV_PATH["']?[\s\S]{0,80}?string_value\s{0,8}:\s{0,8}["']([^"'\n]{0,300})["']/;
const VERSION = /^\d{1,20}\/$/;

export class TritonLayout implements Layout {
  async inspect(tree: Tree, root: string, context: ScanContext): Promise<void> {
    const text = (await readEntryText(tree, `${root}config.pbtxt`)) ?? "";
    const fields = new Map([...text.matchAll(FIELD)].map(([, key = "", value = ""]) => [key, value]));
    const file = fields.get("default_model_filename");
    if (file !== undefined) reportForeignPath(file, "config.pbtxt default_model_filename", context);
    const [, environment] = ENVIRONMENT.exec(text) ?? [];
    // The path may begin with the folder of the model, which the server fills in.
    if (environment !== undefined) {
      reportForeignPath(
        environment.replace(/^\$\$TRITON_MODEL_DIRECTORY\//, ""),
        "config.pbtxt EXECUTION_ENV_PATH",
        context,
      );
    }
    this.inspectLibrary(tree, root, { backend: fields.get("backend") ?? "", context });
    if (fields.get("backend") === "python") await this.inspectPython(tree, root, { file: file ?? "model.py", context });
  }

  /** A backend's library beside the model goes before the one that is installed (docs of backends, "Backend Shared Library"). */
  private inspectLibrary(
    tree: Tree,
    root: string,
    { backend, context }: { readonly backend: string; readonly context: ScanContext },
  ): void {
    if (!/^[\w.-]{1,100}$/.test(backend)) return;
    for (const folder of [root, ...versionsOf(tree, root)]) {
      const file = `${folder}libtriton_${backend}.so`;
      if (tree.find(file) === undefined) continue;
      const message = `config.pbtxt backend ${backend} has the library ${file} loaded by the server`;
      context.report({ rule: "serving/handler-code", message, subject: file, member: file, evidence: { file } });
    }
  }

  private async inspectPython(
    tree: Tree,
    root: string,
    { file, context }: { readonly file: string; readonly context: ScanContext },
  ): Promise<void> {
    for (const folder of versionsOf(tree, root)) {
      await reportServerCode({ file: folder + file, place: "config.pbtxt backend python" }, tree, context);
    }
  }
}

function versionsOf(tree: Tree, root: string): string[] {
  return [...(treeIndex(tree).folders.get(root) ?? [])].filter((folder) => VERSION.test(folder.slice(root.length)));
}
