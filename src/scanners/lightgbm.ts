import { readLightgbm } from "../formats/lightgbm/model.js";
import type { ByteSource } from "../io/byte-source.js";
import { judgeMetadata } from "./metadata-text.js";
import type { ScanContext, Scanner } from "./scanner.js";
import { inspectTail } from "./trailing.js";
import { TREE_RULES } from "./xgboost-json.js";

const MAX_FACT = 300;
/** Faults told one by one. */
const MAX_FAULTS = 5;
const FACTS = new Set(["version", "objective", "num_class"]);

/** LightGBM's text model: data, with names and training parameters that people write. */
export class LightgbmScanner implements Scanner {
  async scan(source: ByteSource, context: ScanContext): Promise<void> {
    let faults = 0;
    let tail: number | undefined;
    const visitor = {
      tail: (offset: number) => {
        tail = offset;
      },
      header: (key: string, value: string, offset: number) => {
        if (FACTS.has(key)) context.describe(key, value.slice(0, MAX_FACT));
        judgeMetadata(value, { key, offset: offset + key.length + 1 }, context);
      },
      parameter: (key: string, value: string, offset: number) => {
        if (key === "machines" && value.trim() !== "") reportMachines(value, offset, context);
        judgeMetadata(value, { key, offset: offset + key.length + 3 }, context);
      },
      fault: ({ kind, message, offset }: { kind: "bad-count" | "bad-structure"; message: string; offset: number }) => {
        if (++faults <= MAX_FAULTS) context.report({ rule: TREE_RULES[kind], message, subject: message, offset });
      },
    };
    const trees = await readLightgbm(source, visitor, () => context.budget.spendSteps());
    context.examined(source.size);
    context.describe("trees", trees);
    if (tail !== undefined) await inspectTail(source, { start: tail, after: "the model" }, context);
  }
}

function reportMachines(value: string, offset: number, context: ScanContext): void {
  const shown = value.slice(0, MAX_FACT);
  context.report({ rule: "trees/training-machines", message: `trained on ${shown}`, subject: shown, offset });
}
