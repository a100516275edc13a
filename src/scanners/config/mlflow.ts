import { isJsonObject, type JsonObject } from "../../formats/json/value.js";
import { at, type ConfigContext, type ConfigDocument, objectAt, stringAt } from "./document.js";
import { judgeFilePath } from "./file-references.js";
import { judgeTarget } from "./targets.js";

/**
 * Keys of a flavour whose value is a path inside the model's folder. Of `model_code_path`, which MLflow writes as it was on the machine that
 * made the model, the loader takes the last part (mlflow/pyfunc/model.py, _load_context_model_and_signature).
 */
const PATH_KEYS = ["code", "data", "model_path", "pickled_model", "python_model", "env", "artifact_path", "model_data"];

/** MLflow's MLmodel: per flavour, what is imported and what is read (`flavors.python_function.loader_module` is imported). */
export function judgeMlmodel(root: JsonObject, document: ConfigDocument, context: ConfigContext): void {
  const flavors = objectAt(root, "flavors");
  if (flavors === undefined) return;
  for (const [flavor, settings] of flavors) {
    if (!isJsonObject(settings)) continue;
    judgeLoaderModule(flavor, settings, document, context);
    for (const key of PATH_KEYS) {
      const path = stringAt(settings, key);
      if (path !== undefined)
        judgeFilePath(path, `flavors.${flavor}.${key}`, document.offsetOf(settings, key), context);
    }
  }
}

function judgeLoaderModule(
  flavor: string,
  settings: JsonObject,
  document: ConfigDocument,
  context: ConfigContext,
): void {
  const module = stringAt(settings, "loader_module");
  if (module === undefined) return;
  // MLflow's own loaders unpickle, and are listed as dangerous to call; here they are what every model of a flavour names.
  if (module === "mlflow" || module.startsWith("mlflow.")) return;
  const verdict = judgeTarget(module, context.policy);
  if (verdict.kind === "trusted") return;
  const code = stringAt(settings, "code");
  context.report({
    rule: "serving/loader-module",
    ...(verdict.kind === "dangerous" ? { severity: verdict.severity } : {}),
    message: `flavors.${flavor}.loader_module is ${module}${code === undefined ? "" : `, taken from the folder ${code}`}`,
    subject: module,
    ...at(document.offsetOf(settings, "loader_module")),
    evidence: { module, ...(code === undefined ? {} : { code }) },
  });
}
