import type { ByteSource } from "../io/byte-source.js";
import type { ScanContext, Scanner } from "./scanner.js";

/** `key value` lines; keys after the first are sorted, extensions are `ext-0-name sha256:...`. */
const LINE = /^(?:version \S{1,200}|oid sha256:[0-9a-f]{64}|size \d{1,18}|ext-\d-\w{1,60} sha256:[0-9a-f]{64})$/;

/** A Git LFS pointer stands in place of a model: it is told, so that nobody takes it for the model. */
export class LfsPointerScanner implements Scanner {
  async scan(source: ByteSource, context: ScanContext): Promise<void> {
    const text = Buffer.from(await source.read(0, source.size)).toString("utf8");
    const lines = text.split("\n").filter((line) => line !== "");
    const oid = field(lines, "oid sha256:");
    const size = field(lines, "size ");
    context.examined(source.size);
    context.report({
      rule: "lfs/pointer",
      message: `this is a pointer to ${size ?? "an unknown number of"} bytes (sha256 ${oid ?? "not given"}); the model itself was not scanned`,
      subject: "pointer",
    });
    const odd = lines.find((line) => !LINE.test(line));
    if (odd !== undefined || oid === undefined || size === undefined) {
      const fact =
        odd === undefined ? "the oid or the size is missing" : `the line ${JSON.stringify(odd.slice(0, 80))}`;
      context.report({ rule: "lfs/malformed-pointer", message: `not a valid pointer: ${fact}`, subject: "pointer" });
    }
    context.skip("a Git LFS pointer: the model itself was not scanned");
  }
}

function field(lines: readonly string[], start: string): string | undefined {
  return lines.find((line) => line.startsWith(start))?.slice(start.length);
}
