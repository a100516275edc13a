import { renderCall } from "../formats/code/render.js";
import type { CodeSummary, Use } from "../formats/code/summary.js";
import { MAX_SOURCE, readPython } from "../formats/python/read-python.js";
import type { Layout, Observation, ScanContext, Tree, TreeEntry } from "./scanner.js";

/** Operators that reach files, by the name under which TorchScript code writes them (torch/csrc/jit/serialization/python_print.cpp). */
const FILE_OPERATORS: ReadonlyMap<string, "torchscript/file-write" | "torchscript/file-read"> = new Map([
  ["torch.save", "torchscript/file-write"],
  ["ops.aten.save", "torchscript/file-write"],
  ["ops.image.write_file", "torchscript/file-write"],
  ["ops.torchaudio.sox_io_save_audio_file", "torchscript/file-write"],
  ["torch.from_file", "torchscript/file-read"],
  ["ops.aten.from_file", "torchscript/file-read"],
  ["ops.image.read_file", "torchscript/file-read"],
  ["ops.torchaudio.sox_io_load_audio_file", "torchscript/file-read"],
  ["ops.torchaudio.sox_io_get_info", "torchscript/file-read"],
]);
const REMOTE_CALLS = new Set([
  "rpc_sync",
  "rpc_async",
  "rpc_remote",
  "ops.prim.rpc_sync",
  "ops.prim.rpc_async",
  "ops.prim.rpc_remote",
]);
/** `^Name(attributes)(inputs)`: a call of a Python function; `^` stands nowhere else, XOR is written as a function. */
const PYTHON_OPERATOR = /\^([A-Za-z_][\w.]{0,100})\(/g;
const CUSTOM_CLASS = /__torch__\.torch\.classes\.([A-Za-z_]\w{0,80})\.([A-Za-z_]\w{0,80})/g;

/** TorchScript programs: which of their operators reach beyond tensors. */
export class TorchscriptLayout implements Layout {
  async inspect(tree: Tree, root: string, context: ScanContext): Promise<void> {
    const files = tree.entries.filter(
      ({ name, kind }) => kind === "file" && name.startsWith(`${root}code/`) && name.endsWith(".py"),
    );
    for (const file of files) await this.inspectFile(tree, file, context);
  }

  private async inspectFile(tree: Tree, entry: TreeEntry, context: ScanContext): Promise<void> {
    const source = await tree.open(entry);
    if (!source) return;
    const bytes = await source.read(0, Math.min(source.size, MAX_SOURCE));
    if (source.size > MAX_SOURCE)
      context.incomplete(`${entry.name}: only ${MAX_SOURCE} of ${source.size} bytes were read`);
    const text = new TextDecoder().decode(bytes);
    for (const observation of judgeTorchscript(text, context)) context.report({ ...observation, member: entry.name });
  }
}

function judgeTorchscript(text: string, context: ScanContext): Observation[] {
  const plain = text.replaceAll(PYTHON_OPERATOR, " $1(");
  const summary = readPython(plain, { spend: (steps) => context.budget.spendSteps(steps) });
  return [
    ...judgeUses(summary, context),
    ...[...text.matchAll(PYTHON_OPERATOR)].map(([, name = ""]): Observation => {
      return { rule: "torchscript/python-op", message: `calls the Python function ${name}`, subject: name };
    }),
    ...judgeClasses(text, context),
    ...summary.gaps.map((gap): Observation => ({ rule: "torchscript/unreadable", message: gap, subject: "code" })),
  ];
}

function judgeUses({ uses }: CodeSummary, context: ScanContext): Observation[] {
  const known = new Set(context.policy.torchscript_rules.known_namespaces);
  return uses.flatMap((use): Observation[] => {
    if (use.use === "import") return [];
    const rule =
      FILE_OPERATORS.get(use.path) ?? (REMOTE_CALLS.has(use.path) ? ("torchscript/remote-call" as const) : undefined);
    if (rule) return [{ rule, message: `calls ${callOf(use)}`, subject: use.path, evidence: { line: use.place } }];
    const [, namespace, name] = /^ops\.([^.]+)\.(.+)$/.exec(use.path) ?? [];
    if (namespace === undefined || known.has(namespace)) return [];
    const message = `uses ${namespace}::${name}, an operator of no known library`;
    return [
      { rule: "torchscript/custom-op", message, subject: `${namespace}::${name}`, evidence: { line: use.place } },
    ];
  });
}

function callOf(use: Use): string {
  return use.use === "call" ? renderCall(use.path, use) : use.path;
}

function judgeClasses(text: string, context: ScanContext): Observation[] {
  const known = new Set(context.policy.torchscript_rules.known_namespaces);
  const found = new Set(
    [...text.matchAll(CUSTOM_CLASS)].filter(([, namespace = ""]) => !known.has(namespace)).map(([name]) => name),
  );
  return [...found].map((name) => {
    const subject = name.replace("__torch__.torch.classes.", "");
    return { rule: "torchscript/custom-class", message: `uses the native class ${subject}`, subject };
  });
}
