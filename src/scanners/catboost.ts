import { readCatboost } from "../formats/catboost/model.js";
import type { ByteSource } from "../io/byte-source.js";
import { toSync } from "../io/spool.js";
import { judgeMetadata } from "./metadata-text.js";
import type { ScanContext, Scanner } from "./scanner.js";

/** CatBoost's binary model: data, with texts about its training. */
export class CatboostScanner implements Scanner {
  async scan(source: ByteSource, context: ScanContext): Promise<void> {
    const { version, facts, loaded } = readCatboost(await toSync(source), context.budget);
    context.examined(loaded);
    context.describe("format_version", version);
    for (const { key, value } of facts) judgeMetadata(value, { key }, context);
  }
}
