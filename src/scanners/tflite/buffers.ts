import { isProgram, SNIFF_BYTES, sniffEmbedded } from "../../formats/embedded/sniff.js";
import type { Pages } from "../../formats/flatbuffers/pages.js";
import { type FlatTable, fileIdentifier, rootTable } from "../../formats/flatbuffers/table.js";
import type { Extent, TfliteModel } from "../../formats/tflite/model.js";
import { type ByteSource, slice } from "../../io/byte-source.js";
import { judgeMetadata } from "../metadata-text.js";
import type { ScanContext } from "../scanner.js";

const METADATA_NAME = "TFLITE_METADATA";
/** metadata_schema.fbs of tflite-support. */
const METADATA_IDENTIFIER = "M001";
/** ModelMetadata: name = 0, description = 1, version = 2, author = 4, license = 5. */
const METADATA_TEXTS: readonly (readonly [id: number, key: string])[] = [
  [0, "name"],
  [1, "description"],
  [2, "version"],
  [4, "author"],
  [5, "license"],
];
const MAX_LOOKS = 4096;
const MAX_FACT = 300;

/** Looks at the first bytes of every buffer: an archive is followed, a program or pickle told. */
export async function judgeBuffers(model: TfliteModel, source: ByteSource, context: ScanContext): Promise<void> {
  for (const [index, { start, size }] of model.buffers.slice(0, MAX_LOOKS).entries()) {
    if (size < 4n || start + size > BigInt(source.size)) continue;
    context.budget.spendSteps();
    const offset = Number(start);
    const head = await source.read(offset, Math.min(Number(size), SNIFF_BYTES));
    context.examined(head.length);
    const kind = sniffEmbedded(head);
    if (kind === undefined) continue;
    context.report({
      rule: "weights/embedded-content",
      severity: kind === "zip archive" ? "low" : isProgram(kind) ? "high" : "medium",
      message: `buffer ${index} begins with a ${kind}`,
      subject: `buffer ${index}`,
      offset,
      evidence: { kind },
    });
    if (kind === "zip archive") {
      await context.descend({ name: `buffer ${index}`, source: slice(source, offset, Number(size)), offset });
    }
  }
}

/** What the model says about itself in words. */
export function judgeDescriptions(model: TfliteModel, pages: Pages, context: ScanContext): void {
  judge("description", model.description, context);
  for (const { name, buffer } of model.metadata) {
    const extent = model.buffers[buffer];
    if (name === METADATA_NAME && extent && extent.size > 8n) judgeModelMetadata(extent, pages, context);
  }
}

function judgeModelMetadata({ start, size }: Extent, pages: Pages, context: ScanContext): void {
  const at = Number(start);
  if (start + size > BigInt(pages.size) || fileIdentifier(pages, at) !== METADATA_IDENTIFIER) return;
  const metadata: FlatTable = rootTable(pages, at);
  for (const [id, key] of METADATA_TEXTS) {
    const text = metadata.string(id);
    if (text === undefined) continue;
    context.describe(key, text.slice(0, MAX_FACT));
    judge(key, text, context);
  }
}

function judge(key: string, text: string, context: ScanContext): void {
  judgeMetadata(text, { key }, context);
}
