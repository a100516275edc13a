// MLflow model folders (https://mlflow.org/docs/latest/ml/model/): MLmodel names the module that loads the model, the folders that go on
// sys.path, and the files that are unpickled.

import { isJsonArray, isJsonObject, type JsonObject, type JsonValue } from "../../formats/json/value.js";
import { parseYaml } from "../../formats/yaml/parse.js";
import { judgeTarget } from "../config/targets.js";
import { reachOf } from "../file-reference.js";
import { reportShadow, shadowingFiles } from "../repository/import-path.js";
import type { Layout, ScanContext, Tree } from "../scanner.js";
import { entriesOf, readEntryText } from "../tree-entries.js";
import { reportMissingFile, reportServerCode } from "./server-code.js";

const PICKLE_KEYS = ["python_model", "pickled_model", "model_path"];
const PICKLE_NAME = /\.(?:pkl|pickle|joblib|cloudpickle|dill)(?:\.(?:gz|bz2|xz|lzma|zst|lz4))?$/;

export class MlflowLayout implements Layout {
  async inspect(tree: Tree, root: string, context: ScanContext): Promise<void> {
    const text = await readEntryText(tree, `${root}MLmodel`);
    const value = text === undefined ? undefined : parseYaml(text).documents[0]?.value;
    const flavors = isJsonObject(value) ? value.get("flavors") : undefined;
    if (!isJsonObject(flavors)) return;
    for (const [name, flavor] of flavors) {
      if (!isJsonObject(flavor)) continue;
      await this.inspectLoader(name, flavor, { tree, root, context });
      await this.inspectCode(name, flavor, { tree, root, context });
      this.inspectPickles(name, flavor, { tree, root, context });
    }
  }

  private async inspectLoader(name: string, flavor: JsonObject, { tree, root, context }: Where): Promise<void> {
    const module = flavor.get("loader_module");
    if (typeof module !== "string" || /^mlflow(?:\.|$)/.test(module)) return;
    if (judgeTarget(module, context.policy).kind === "trusted") return;
    const place = `MLmodel flavors.${name}.loader_module`;
    const path = module.replaceAll(".", "/");
    for (const folder of codeFolders(flavor.get("code"))) {
      for (const file of [`${root}${folder}${path}.py`, `${root}${folder}${path}/__init__.py`]) {
        if (await reportServerCode({ file, place }, tree, context)) return;
      }
    }
    reportMissingFile(module, place, context);
  }

  /** A model written as code is run when it is loaded; the code folders come first on sys.path. */
  private async inspectCode(name: string, flavor: JsonObject, { tree, root, context }: Where): Promise<void> {
    const script = flavor.get("model_code_path");
    // The path is of the machine that made the model: the file of that name in the model's own folder is run.
    const names = typeof script === "string" ? new Set([script.split("/").at(-1), script.split(/[/\\]/).at(-1)]) : [];
    for (const file of names)
      await reportServerCode(
        { file: `${root}${file}`, place: `MLmodel flavors.${name}.model_code_path` },
        tree,
        context,
      );
    for (const folder of codeFolders(flavor.get("code"))) {
      for (const shadow of folder === "" ? [] : shadowingFiles(tree, root + folder))
        await reportShadow(shadow, tree, context);
    }
  }

  private inspectPickles(name: string, flavor: JsonObject, { tree, root, context }: Where): void {
    for (const key of PICKLE_KEYS) {
      const file = flavor.get(key);
      if (typeof file !== "string" || reachOf(file) !== "relative") continue;
      const place = `MLmodel flavors.${name}.${key}`;
      if (tree.find(root + file) === undefined && entriesOf(tree, `${root}${file}/`).length === 0) {
        reportMissingFile(file, place, context);
      } else if (PICKLE_NAME.test(file)) {
        context.report({
          rule: "serving/pickled-model",
          message: `${place} is the pickle ${file}`,
          subject: file,
          member: root + file,
        });
      }
    }
  }
}

interface Where {
  readonly tree: Tree;
  readonly root: string;
  readonly context: ScanContext;
}

/** `code` is a folder or a list of folders; a module may stand beside the model as well. */
function codeFolders(code: JsonValue | undefined): string[] {
  const folders =
    typeof code === "string" ? [code] : isJsonArray(code) ? code.filter((folder) => typeof folder === "string") : [];
  return [
    ...folders.filter((folder) => reachOf(folder) === "relative").map((folder) => `${folder.replace(/\/$/, "")}/`),
    "",
  ];
}
