import type { ByteSource } from "../io/byte-source.js";
import type { ScanContext, Scanner } from "./scanner.js";

/** Schemas stand at either end: Parquet and Arrow files keep them behind their data, streams in front. */
const END_BYTES = 1 << 20;
/** pyarrow before 14.0.1 unpickles the metadata of such a column while it reads the schema. */
const EXTENSION = "arrow.py_extension_type";
/** What Parquet calls the Arrow schema that it keeps in base64. */
const SCHEMA_KEY = "ARROW:schema";
const ENCODED = /[A-Za-z0-9+/]{64,}={0,2}/g;

/** Tables of Arrow, Parquet and Feather: columns of a type that is a pickle (CVE-2023-47248). */
export class ArrowScanner implements Scanner {
  async scan(source: ByteSource, context: ScanContext): Promise<void> {
    const starts = source.size <= 2 * END_BYTES ? [0] : [0, source.size - END_BYTES];
    const length = starts.length === 1 ? source.size : END_BYTES;
    for (const start of starts) {
      const bytes = Buffer.from(await source.read(start, length));
      context.examined(bytes.length);
      if (bytes.includes(EXTENSION)) this.tell(start, context);
      else if (bytes.includes(SCHEMA_KEY)) this.inspectEncoded(bytes, start, context);
    }
  }

  private inspectEncoded(bytes: Buffer, start: number, context: ScanContext): void {
    for (const [text] of bytes.toString("latin1").matchAll(ENCODED)) {
      context.budget.spendSteps();
      // The length in front of the text may itself look like a character of base64.
      for (let skipped = 0; skipped < 4; skipped++) {
        const schema = Buffer.from(text.slice(skipped), "base64");
        if (!schema.includes(EXTENSION)) continue;
        this.tell(start, context);
        return;
      }
    }
  }

  private tell(offset: number, context: ScanContext): void {
    context.report({
      rule: "pickle/nested-pickle",
      severity: "high",
      message: "a column is of a type that pyarrow before 14.0.1 unpickles while it reads the schema",
      subject: EXTENSION,
      offset,
      references: ["CVE-2023-47248"],
    });
  }
}
