import { isProgram, SNIFF_BYTES, sniffEmbedded } from "../formats/embedded/sniff.js";
import { type ExecutorchProgram, type ProgramRange, readExecutorch } from "../formats/executorch/program.js";
import { Pages } from "../formats/flatbuffers/pages.js";
import type { ByteSource, SyncByteSource } from "../io/byte-source.js";
import { toSync } from "../io/spool.js";
import type { ScanContext, Scanner } from "./scanner.js";

/** Namespaces of operators that come with PyTorch and ExecuTorch. */
const OWN_NAMESPACES = new Set([
  "aten",
  "prims",
  "quantized_decomposed",
  "quantized",
  "executorch_prim",
  "dim_order_ops",
  "llama",
  "torchao",
  "et_vk",
]);
/** Where a program hides when the file is nothing but a wrapper: the first pages. */
const SEARCHED_BYTES = 1 << 20;
const ELF_MAGIC = Buffer.from("\x7fELF", "latin1");
const MAX_LISTED = 20;

/** ExecuTorch: bounds of what lies behind the program, delegates, operators, and native programs where weights should be. */
export class ExecutorchScanner implements Scanner {
  async scan(source: ByteSource, context: ScanContext): Promise<void> {
    const sync = await toSync(source);
    this.searchProgram(sync, context);
    const pages = new Pages(sync);
    try {
      const program = readExecutorch(pages, context.budget);
      describe(program, context);
      for (const range of [...program.inlineBlobs, ...program.segments]) judgeRange(range, sync, context);
      judgeOperators(program, context);
    } finally {
      context.examined(pages.loaded);
    }
  }

  /** Before anything is parsed: a broken flatbuffer must not hide what stands behind it. */
  private searchProgram(source: SyncByteSource, context: ScanContext): void {
    const bytes = Buffer.from(source.readSync(0, SEARCHED_BYTES));
    context.examined(bytes.length);
    for (let at = bytes.indexOf(ELF_MAGIC); at >= 0; at = bytes.indexOf(ELF_MAGIC, at + 1)) {
      context.budget.spendSteps();
      if (sniffEmbedded(bytes.subarray(at, at + SNIFF_BYTES)) === undefined) continue;
      reportProgram(`an ELF program at ${at}`, at, context);
      return;
    }
  }
}

function describe({ version, operators, delegates }: ExecutorchProgram, context: ScanContext): void {
  context.describe("format_version", version);
  context.describe("operators", operators.length);
  const backends = [...new Set(delegates.map(({ id }) => id.slice(0, 100)))];
  if (backends.length === 0) return;
  context.describe("backends", backends);
  context.report({
    rule: "executorch/delegate",
    message: `runs on ${backends.slice(0, MAX_LISTED).join(", ")}`,
    subject: "delegates",
  });
}

function judgeRange({ what, start, size }: ProgramRange, source: SyncByteSource, context: ScanContext): void {
  context.budget.spendSteps();
  if (start + size > BigInt(source.size)) {
    const message = `${what} spans ${start} to ${start + size}, the file ends at ${source.size}`;
    context.report({ rule: "executorch/bad-range", message, subject: what });
    return;
  }
  const head = source.readSync(Number(start), Math.min(Number(size), SNIFF_BYTES));
  const kind = sniffEmbedded(head);
  if (kind === undefined) return;
  if (isProgram(kind)) reportProgram(`${what} begins with a ${kind}`, Number(start), context);
  else
    context.report({
      rule: "weights/embedded-content",
      message: `${what} begins with a ${kind}`,
      subject: what,
      offset: Number(start),
    });
}

function reportProgram(message: string, offset: number, context: ScanContext): void {
  context.report({ rule: "executorch/embedded-program", message, subject: `program at ${offset}`, offset });
}

function judgeOperators({ operators }: ExecutorchProgram, context: ScanContext): void {
  const foreign = [...new Set(operators)].filter((name) => !OWN_NAMESPACES.has(name.split("::")[0] ?? ""));
  if (foreign.length === 0) return;
  const shown = foreign.slice(0, MAX_LISTED).map((name) => name.slice(0, 100));
  context.report({ rule: "executorch/custom-operator", message: `calls ${shown.join(", ")}`, subject: "operators" });
}
