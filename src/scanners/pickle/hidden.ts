import { type ByteSource, isSync, slice } from "../../io/byte-source.js";
import type { ScanContext, Scanner } from "../scanner.js";
import { findPickle } from "./carve.js";

/** Content of no known format: searched for a pickle that a loader with the right offset would run. */
export class HiddenPickleScanner implements Scanner {
  async scan(source: ByteSource, context: ScanContext): Promise<void> {
    const found = isSync(source) ? findPickle(source, 0, source.size, context) : undefined;
    if (found === undefined) {
      context.skip("unknown format");
      return;
    }
    context.report({
      rule: "pickle/hidden-stream",
      message: `a pickle begins at byte ${found}, behind other data`,
      subject: "hidden",
      offset: found,
    });
    await context.descend({
      name: `bytes at ${found}`,
      source: slice(source, found),
      formats: ["pickle"],
      offset: found,
    });
  }
}
