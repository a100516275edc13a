import { LimitError, ParseError } from "../errors.js";
import { parseUbjson } from "../formats/ubjson/parse.js";
import { readXgboostBinary } from "../formats/xgboost/binary.js";
import { isXgboostModel } from "../formats/xgboost/model.js";
import { type ByteSource, readExactly } from "../io/byte-source.js";
import { judgeConfig } from "./config/judge.js";
import { configContext } from "./config/scan-config.js";
import { EncodedTexts } from "./encoded-text.js";
import type { ScanContext, Scanner } from "./scanner.js";
import { reportTreeFault } from "./xgboost-json.js";

const BINARY_MAGIC = "binf";
/** Models of 10,000 deep trees have some 100 MB; the tree of values takes several times that. */
const MAX_BYTES = 256 << 20;

/** XGBoost in UBJSON and in the old binary form. Its JSON is read as JSON, and comes to `judgeXgboost` from there. */
export class XgboostScanner implements Scanner {
  async scan(source: ByteSource, context: ScanContext): Promise<void> {
    const head = await source.read(0, BINARY_MAGIC.length);
    if (Buffer.from(head).toString("latin1") === BINARY_MAGIC) await this.scanBinary(source, context);
    else await this.scanUbjson(source, context);
  }

  private async scanBinary(source: ByteSource, context: ScanContext): Promise<void> {
    const model = await readXgboostBinary(source);
    context.examined(model.bytes);
    context.describe("objective", model.objective);
    context.describe("booster", model.booster);
    for (const fault of model.faults) reportTreeFault(fault, context);
  }

  private async scanUbjson(source: ByteSource, context: ScanContext): Promise<void> {
    if (source.size > MAX_BYTES)
      throw new LimitError("max_steps", `UBJSON of ${source.size} bytes, limit ${MAX_BYTES}`);
    const bytes = await readExactly(source, 0, source.size);
    const value = parseUbjson(bytes, { onNodes: (count) => context.budget.spendSteps(count) });
    context.examined(bytes.length);
    if (!isXgboostModel(value)) throw new ParseError("UBJSON without a learner is no XGBoost model", 0);
    const encoded = new EncodedTexts();
    judgeConfig({ value, offsetOf: () => undefined }, { ...configContext(context), encoded });
    await encoded.scan(context);
  }
}
