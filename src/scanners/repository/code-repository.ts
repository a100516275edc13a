// A repository as transformers, diffusers and PEFT lay it out (https://huggingface.co/docs/transformers/custom_models): which Python files
// its configurations have run, and what is in them.

import { isAtLeast } from "../../rules/severity.js";
import { type CodeReference, codeReferences, fileOf } from "../config/remote-code.js";
import type { Layout, ScanContext, Tree } from "../scanner.js";
import { baseName, entriesOf, judgeEntryCode, readEntryJson } from "../tree-entries.js";

/** Files that may hold an auto_map. */
export const CONFIG_FILES = [
  "config.json",
  "tokenizer_config.json",
  "processor_config.json",
  "preprocessor_config.json",
  "image_processor_config.json",
  "video_preprocessor_config.json",
  "feature_extractor_config.json",
  "generation_config.json",
  "adapter_config.json",
  "modules.json",
  "model_index.json",
];

/** Files that a loader runs with trust_remote_code because of their name. */
const NAMED_CODE = ["custom_generate/generate.py", "pipeline.py"];

export class CodeRepositoryLayout implements Layout {
  async inspect(tree: Tree, root: string, context: ScanContext): Promise<void> {
    const judged = new Set<string>();
    for (const name of CONFIG_FILES) {
      const config = await readEntryJson(tree, root + name);
      for (const reference of codeReferences(config?.get("auto_map"))) {
        await this.inspectReference(reference, { tree, root, context, judged, config: name });
      }
    }
    for (const file of NAMED_CODE) {
      if (tree.find(root + file)?.kind === "file")
        await this.inspectFile(root + file, "its name", { tree, context, judged });
    }
    this.compareWeights(tree, root, context);
  }

  private async inspectReference({ repository, module, name }: CodeReference, where: Where): Promise<void> {
    if (repository !== undefined) return;
    const file = where.root + fileOf(module);
    if (where.tree.find(file)?.kind === "file") {
      await this.inspectFile(file, `auto_map of ${where.config}`, where);
    } else if (!where.judged.has(file)) {
      where.judged.add(file);
      where.context.report({
        rule: "repository/missing-code",
        message: `auto_map of ${where.config} names ${module}.${name}, and there is no ${fileOf(module)}`,
        subject: file,
        member: where.root + where.config,
      });
    }
  }

  private async inspectFile(
    file: string,
    why: string,
    { tree, context, judged }: Pick<Where, "tree" | "context" | "judged">,
  ): Promise<void> {
    if (judged.has(file)) return;
    judged.add(file);
    const verdict = await judgeEntryCode(tree, file, context);
    if (verdict === undefined || !isAtLeast(verdict.severity, "high")) return;
    context.report({
      rule: "repository/unsafe-code",
      severity: verdict.severity,
      message: `${file}, run because of ${why}: ${verdict.reason}`,
      subject: file,
      member: file,
      evidence: { calls: verdict.calls, reason: verdict.reason },
    });
  }

  /** transformers takes safetensors first, older versions and explicit calls the pickle. */
  private compareWeights(tree: Tree, root: string, context: ScanContext): void {
    const names = entriesOf(tree, root).map(({ name }) => baseName(name));
    const pickle = names.find((name) => /^(?:pytorch_model|adapter_model|diffusion_pytorch_model).*\.bin$/.test(name));
    const safe = names.find((name) => name.endsWith(".safetensors"));
    if (pickle === undefined || safe === undefined) return;
    context.report({
      rule: "repository/pickle-beside-safetensors",
      message: `${pickle} lies beside ${safe}`,
      subject: root + pickle,
      member: root + pickle,
    });
  }
}

interface Where {
  readonly tree: Tree;
  readonly root: string;
  readonly context: ScanContext;
  readonly judged: Set<string>;
  readonly config: string;
}
