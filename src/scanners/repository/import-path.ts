// What Python finds first when it runs in the model's folder: files there come before installed packages on sys.path, and before most of
// the standard library.

import { isAtLeast } from "../../rules/severity.js";
import { isStartupFile, isStartupPackage, isWeightFile } from "../layout-roots.js";
import type { Layout, ScanContext, Tree, TreeEntry } from "../scanner.js";
import { baseName, entriesOf, judgeEntryCode, readEntryText, treeIndex } from "../tree-entries.js";

/** Modules that loading a model imports: unpickling, torch, numpy and transformers take these names from sys.path. */
const LOADED_MODULES = new Set([
  ...[
    "collections",
    "copyreg",
    "codecs",
    "functools",
    "io",
    "os",
    "pickle",
    "re",
    "struct",
    "typing",
    "types",
    "enum",
    "json",
    "abc",
  ],
  ...[
    "importlib",
    "inspect",
    "logging",
    "operator",
    "pathlib",
    "platform",
    "queue",
    "random",
    "shutil",
    "signal",
    "socket",
    "ssl",
  ],
  ...[
    "string",
    "subprocess",
    "tempfile",
    "threading",
    "traceback",
    "uuid",
    "warnings",
    "weakref",
    "zipfile",
    "contextlib",
    "copy",
  ],
  ...[
    "dataclasses",
    "datetime",
    "decimal",
    "hashlib",
    "heapq",
    "itertools",
    "math",
    "numbers",
    "tokenize",
    "token",
    "textwrap",
    "base64",
  ],
  ...[
    "torch",
    "numpy",
    "scipy",
    "sklearn",
    "joblib",
    "pandas",
    "transformers",
    "tokenizers",
    "safetensors",
    "tensorflow",
    "keras",
  ],
  ...[
    "jax",
    "flax",
    "onnx",
    "onnxruntime",
    "diffusers",
    "accelerate",
    "peft",
    "huggingface_hub",
    "yaml",
    "requests",
    "cloudpickle",
    "dill",
  ],
  ...[
    "six",
    "packaging",
    "filelock",
    "fsspec",
    "regex",
    "tqdm",
    "urllib3",
    "certifi",
    "PIL",
    "cv2",
    "torchvision",
    "timm",
  ],
]);

/** Lines of a `.pth` file that site.py executes; the other lines of such a file are paths. */
const PTH_IMPORT = /^import[ \t]/m;
/** Weights have this ending as well; they are no text. Longer lists of paths are not read, as no other text of a folder is. */
const MAX_PTH_BYTES = 4 << 20;

export class ImportPathLayout implements Layout {
  async inspect(tree: Tree, root: string, context: ScanContext): Promise<void> {
    const entries = entriesOf(tree, root);
    context.budget.spendSteps(entries.length);
    for (const { name, kind, size } of entries) {
      if (kind !== "file") continue;
      if (isStartupFile(baseName(name)))
        await this.tellStartup(name, "Python imports it at every start", { tree, context });
      if (name.endsWith(".pth") && size <= MAX_PTH_BYTES) await this.inspectPth(name, { tree, context });
    }
    if (isStartupPackage(root))
      await this.tellStartup(root, "Python imports this package at every start", { tree, context });
    // Inside a package the same names are the package's own modules.
    if (tree.find(`${root}__init__.py`) !== undefined || !entries.some(holdsWeights)) return;
    for (const shadow of shadowingFiles(tree, root)) await reportShadow(shadow, tree, context);
  }

  private async inspectPth(name: string, { tree, context }: Where): Promise<void> {
    const text = await readEntryText(tree, name);
    if (text === undefined || text.includes("\0") || !PTH_IMPORT.test(text)) return;
    const [line = ""] = /^import[ \t][^\r\n]{0,120}/m.exec(text) ?? [];
    await this.tellStartup(name, `its line "${line}" is run at every start`, { tree, context });
  }

  private async tellStartup(name: string, why: string, { context }: Where): Promise<void> {
    context.report({
      rule: "repository/startup-hook",
      message: `${name}: ${why} once the folder is on Python's path`,
      subject: name,
      member: name,
    });
  }
}

/** A short `.pth` is a list of paths for Python, not weights. */
function holdsWeights({ name, kind, size }: TreeEntry): boolean {
  return kind === "file" && isWeightFile(name) && !(name.endsWith(".pth") && size <= MAX_PTH_BYTES);
}

interface Where {
  readonly tree: Tree;
  readonly context: ScanContext;
}

export interface Shadow {
  readonly file: string;
  readonly module: string;
}

/** `collections.py` and `torch/__init__.py` in a folder. */
export function shadowingFiles(tree: Tree, root: string): Shadow[] {
  const files = entriesOf(tree, root).flatMap(({ name, kind }) => {
    const [, module = ""] =
      /^([A-Za-z_]\w{0,60})\.(?:py|pyc|so|pyd|cpython-[\w-]{1,40}\.so)$/.exec(baseName(name)) ?? [];
    return kind === "file" && LOADED_MODULES.has(module) ? [{ file: name, module }] : [];
  });
  const packages = [...(treeIndex(tree).folders.get(root) ?? [])].flatMap((folder) => {
    const module = baseName(folder);
    const file = `${folder}__init__.py`;
    return LOADED_MODULES.has(module) && tree.find(file)?.kind === "file" ? [{ file, module }] : [];
  });
  return [...files, ...packages];
}

export async function reportShadow({ file, module }: Shadow, tree: Tree, context: ScanContext): Promise<void> {
  const verdict = await judgeEntryCode(tree, file, context);
  const isDangerous = verdict !== undefined && isAtLeast(verdict.severity, "high");
  context.report({
    rule: "repository/shadowing-module",
    ...(isDangerous ? { severity: "high" as const } : {}),
    message: `${file} is imported in place of ${module}${isDangerous ? `: ${verdict.reason}` : ""}`,
    subject: file,
    member: file,
    evidence: { module },
  });
}
