import { analysisRules } from "./analysis.js";
import { archiveRules } from "./archive.js";
import { codeRules } from "./code.js";
import { configRules } from "./config.js";
import { coremlRules } from "./coreml.js";
import { engineRules } from "./engine.js";
import { executableRules } from "./executable.js";
import { executorchRules } from "./executorch.js";
import { ggufRules } from "./gguf.js";
import { hdf5Rules } from "./hdf5.js";
import { javaRules } from "./java.js";
import { templateRules } from "./jinja.js";
import { kerasRules } from "./keras.js";
import { lfsRules } from "./lfs.js";
import { licenseRules } from "./license.js";
import { llamafileRules } from "./llamafile.js";
import { msgpackRules } from "./msgpack.js";
import { networkRules } from "./network.js";
import { numpyRules } from "./numpy.js";
import { ociRules } from "./oci.js";
import { onnxRules } from "./onnx.js";
import { orbaxRules } from "./orbax.js";
import { paddleRules } from "./paddle.js";
import { pickleRules } from "./pickle.js";
import { policyRules } from "./policy.js";
import { rRules } from "./r.js";
import { repositoryRules } from "./repository.js";
import type { Rule } from "./rule.js";
import { safetensorsRules } from "./safetensors.js";
import { secretsRules } from "./secrets.js";
import { servingRules } from "./serving.js";
import { skopsRules } from "./skops.js";
import { tensorflowRules } from "./tensorflow.js";
import { tfliteRules } from "./tflite.js";
import { torchRules } from "./torch.js";
import { torch7Rules } from "./torch7.js";
import { torchPackageRules, torchscriptRules } from "./torchscript.js";
import { treesRules } from "./trees.js";
import { weightsRules } from "./weights.js";
import { xmlRules } from "./xml.js";
import { zarrRules } from "./zarr.js";

/** Every rule of the scanner, by id. A family is added by one line here. */
export const rules = {
  ...analysisRules,
  ...archiveRules,
  ...codeRules,
  ...configRules,
  ...coremlRules,
  ...engineRules,
  ...executableRules,
  ...executorchRules,
  ...ggufRules,
  ...hdf5Rules,
  ...javaRules,
  ...kerasRules,
  ...templateRules,
  ...lfsRules,
  ...licenseRules,
  ...llamafileRules,
  ...msgpackRules,
  ...networkRules,
  ...numpyRules,
  ...ociRules,
  ...onnxRules,
  ...paddleRules,
  ...pickleRules,
  ...policyRules,
  ...rRules,
  ...repositoryRules,
  ...safetensorsRules,
  ...secretsRules,
  ...servingRules,
  ...skopsRules,
  ...orbaxRules,
  ...treesRules,
  ...tfliteRules,
  ...tensorflowRules,
  ...weightsRules,
  ...torchRules,
  ...torchPackageRules,
  ...torchscriptRules,
  ...torch7Rules,
  ...xmlRules,
  ...zarrRules,
} as const;

export type RuleId = keyof typeof rules;

const byId = new Map<string, Rule>(Object.entries(rules));

/** The rule of an id, also of one that a plugin added. */
export function findRule(id: string): Rule | undefined {
  return byId.get(id);
}

/** All ids, sorted: the order of `rules`, `docs/rules.md` and SARIF. */
export function ruleIds(): string[] {
  return [...byId.keys()].sort();
}

/** Adds the rules of a plugin. Ids that exist already are refused. */
export function addRules(added: Readonly<Record<string, Rule>>): string[] {
  const refused: string[] = [];
  for (const [id, rule] of Object.entries(added)) {
    if (byId.has(id)) refused.push(id);
    else byId.set(id, rule);
  }
  return refused;
}
