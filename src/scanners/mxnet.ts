import { readMxnetParams } from "../formats/mxnet/params.js";
import type { ByteSource } from "../io/byte-source.js";
import { toSync } from "../io/spool.js";
import { inspectTensorStarts } from "./embedded.js";
import { isPathLike } from "./metadata-text.js";
import type { ScanContext, Scanner } from "./scanner.js";
import { inspectTail } from "./trailing.js";

/** MXNet parameters: numbers with names. Looked at is what stands where only numbers belong. */
export class MxnetScanner implements Scanner {
  async scan(source: ByteSource, context: ScanContext): Promise<void> {
    const sync = await toSync(source);
    const { arrays, loaded, end } = readMxnetParams(sync, context.budget);
    context.examined(loaded);
    context.describe("arrays", arrays.length);
    for (const { name, start } of arrays) {
      if (!isPathLike(name)) continue;
      const shown = name.slice(0, 200);
      context.report({ rule: "weights/path-like-name", message: `array ${shown}`, subject: shown, offset: start });
    }
    await inspectTensorStarts(sync, arrays, { context, base: 0 });
    await inspectTail(sync, { start: end, after: "the last name" }, context);
  }
}
