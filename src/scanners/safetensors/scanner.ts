import {
  readSafetensors,
  type SafetensorsFault,
  type SafetensorsTensor,
  type SafetensorsVisitor,
} from "../../formats/safetensors/header.js";
import { checkLayout } from "../../formats/safetensors/layout.js";
import { type ByteSource, slice } from "../../io/byte-source.js";
import { inspectTensorStarts, type TensorStart } from "../embedded.js";
import { judgeLicense } from "../licenses/judge.js";
import { isPathLike, judgeMetadata } from "../metadata-text.js";
import { judgeName } from "../name-policy.js";
import type { ScanContext, Scanner } from "../scanner.js";
import { inspectTail } from "../trailing.js";
import { FaultReport } from "./faults.js";

/** Types whose tensors can hold any bytes without looking odd. */
const BYTE_DTYPES = new Set(["U8", "I8", "BOOL"]);

/** safetensors: the header checked as the official loader does it, its metadata read. Of the data only the beginnings of byte tensors. */
export class SafetensorsScanner implements Scanner {
  private readonly tensors: SafetensorsTensor[] = [];
  private readonly dtypes = new Map<string, number>();
  private elements = 0n;

  async scan(source: ByteSource, context: ScanContext): Promise<void> {
    const faults = new FaultReport(context);
    try {
      const visitor = this.visitor(context, faults);
      const header = await readSafetensors(source, visitor, { onNodes: (count) => context.budget.spendSteps(count) });
      context.examined(header.dataStart);
      const end = checkLayout(this.tensors, visitor.fault);
      this.describe(context);
      const data = slice(source, header.dataStart);
      await inspectTensorStarts(data, this.starts(), { context, base: header.dataStart });
      const { hasOutside } = faults;
      if (!hasOutside) await inspectTail(source, { start: header.dataStart + end, after: "the last tensor" }, context);
      if (faults.count === 0) {
        context.passed("safetensors-layout", `${this.tensors.length} tensors fill the data without gap or overlap`);
      }
    } finally {
      faults.report();
    }
  }

  private visitor(context: ScanContext, faults: FaultReport): SafetensorsVisitor {
    return {
      tensor: (tensor, elements) => {
        this.tensors.push(tensor);
        this.elements += elements;
        this.dtypes.set(tensor.dtype, (this.dtypes.get(tensor.dtype) ?? 0) + 1);
        if (isPathLike(tensor.name)) reportPath(tensor, context);
      },
      metadata: (key, value, offset) => {
        if (key === "format" || FACTS.has(key)) context.describe(FACTS.get(key) ?? key, value.slice(0, MAX_FACT));
        if (NAME_KEYS.has(key)) {
          const forbidden = judgeName(context.policy, `safetensors ${key}`, value);
          if (forbidden) context.report({ ...forbidden, offset });
        }
        if (key === "modelspec.license") {
          for (const seen of judgeLicense(value, `safetensors ${key}`, context.policy))
            context.report({ ...seen, offset });
        }
        judgeMetadata(value, { key, offset }, context);
      },
      fault: (fault: SafetensorsFault) => faults.add(fault),
    };
  }

  private describe(context: ScanContext): void {
    context.describe("tensors", this.tensors.length);
    context.describe(
      "parameters",
      this.elements <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(this.elements) : this.elements.toString(),
    );
    context.describe("dtypes", [...this.dtypes].map(([dtype, count]) => `${dtype}: ${count}`).join(", "));
  }

  /** The first tensor, whatever it is of, and all that hold bytes. */
  private *starts(): Generator<TensorStart> {
    for (const [i, { name, dtype, begin, end }] of this.tensors.entries()) {
      if (i === 0 || BYTE_DTYPES.has(dtype)) yield { name, start: begin, size: end - begin };
    }
  }
}

const MAX_FACT = 300;
/** Where training tools state the model's name or that of its base. */
const NAME_KEYS = new Set([
  "modelspec.title",
  "modelspec.architecture",
  "ss_sd_model_name",
  "ss_base_model_version",
  "ss_output_name",
]);
/** Keys of the model specification that image and language model tools write. */
const FACTS = new Map([
  ["modelspec.architecture", "architecture"],
  ["modelspec.title", "name"],
  ["modelspec.license", "license"],
  ["modelspec.author", "author"],
]);

function reportPath({ name, offset }: SafetensorsTensor, context: ScanContext): void {
  const shown = name.slice(0, 200);
  context.report({ rule: "weights/path-like-name", message: `tensor name ${shown} is a path`, subject: shown, offset });
}
