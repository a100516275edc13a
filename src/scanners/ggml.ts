import { readGgml } from "../formats/ggml/header.js";
import type { ByteSource } from "../io/byte-source.js";
import type { ScanContext, Scanner } from "./scanner.js";

/** GGML before GGUF: numbers without names, no templates, nothing that a loader runs. */
export class GgmlScanner implements Scanner {
  async scan(source: ByteSource, context: ScanContext): Promise<void> {
    const { id, version } = await readGgml(source);
    context.examined(12);
    context.describe("format_variant", id);
    if (version !== undefined) context.describe("format_version", version);
    context.passed("ggml-header", "the first numbers of the header are sensible");
    context.report({
      rule: "gguf/unsupported-version",
      message: `${id} file, from before GGUF`,
      subject: "version",
    });
  }
}
