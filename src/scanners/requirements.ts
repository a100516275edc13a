import { decodeText } from "../formats/text/decode.js";
import type { ByteSource } from "../io/byte-source.js";
import { judgeRequirement } from "./config/requirements.js";
import { configContext } from "./config/scan-config.js";
import { textLines } from "./lines.js";
import type { ScanContext, Scanner } from "./scanner.js";
import { judgeText } from "./text-content.js";

/** pip requirements: where packages come from (https://pip.pypa.io/en/stable/reference/requirements-file-format/). */
export class RequirementsScanner implements Scanner {
  async scan(source: ByteSource, context: ScanContext): Promise<void> {
    const decoded = decodeText(await textWindow(source, context));
    const config = configContext(context);
    for (const { text, number, index } of textLines(decoded.text)) {
      context.budget.spendSteps();
      const offset = decoded.offsetAt(index);
      judgeRequirement(text, `line ${number}`, offset, config);
      // Addresses were judged above, as what they are here: sources of packages.
      for (const observation of judgeText(text, { place: `line ${number}`, offset }, context.policy)) {
        if (!observation.rule.startsWith("network/")) context.report(observation);
      }
    }
  }
}

/** Text that people write by hand does not reach this size. */
export const MAX_TEXT_BYTES = 8 << 20;

/** The text of a file up to a size; a longer one is partial. */
export async function textWindow(source: ByteSource, context: ScanContext): Promise<Uint8Array> {
  if (source.size > MAX_TEXT_BYTES) context.incomplete(`text of ${source.size} bytes, read up to ${MAX_TEXT_BYTES}`);
  const bytes = await source.read(0, MAX_TEXT_BYTES);
  context.examined(bytes.length);
  return bytes;
}
