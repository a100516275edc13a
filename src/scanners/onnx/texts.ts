import { sniffEmbedded } from "../../formats/embedded/sniff.js";
import type { OnnxText } from "../../formats/onnx/model.js";
import { judgeMetadata } from "../metadata-text.js";
import type { ScanContext } from "../scanner.js";
import { judgeText } from "../text-content.js";

/** Long enough for the header of a program, short enough to be found in one pass. */
const ENCODED = /[A-Za-z0-9+/]{128,2048}/;
const MAX_SEARCHED = 1 << 20;
/** Base64 decodes in groups of four characters. */
const GROUP = 4;

/** Judges descriptions and metadata. A text that stands in a thousand nodes is judged once. */
export class Texts {
  private readonly seen = new Set<string>();

  constructor(private readonly context: ScanContext) {}

  /** `isDescription` where no source code belongs. */
  judge({ key, text }: OnnxText, place: string, isDescription: boolean): void {
    if (this.seen.has(text)) return;
    this.seen.add(text);
    const where = `${key.slice(0, 100)}${place}`;
    if (isDescription) judgeMetadata(text, { key: where }, this.context);
    else for (const found of judgeText(text, { place: where }, this.context.policy)) this.context.report(found);
    this.judgeEncoded(text, where);
  }

  private judgeEncoded(text: string, where: string): void {
    const [run] = ENCODED.exec(text.slice(0, MAX_SEARCHED)) ?? [];
    if (run === undefined) return;
    const kind = sniffEmbedded(Buffer.from(run.slice(0, run.length - (run.length % GROUP)), "base64"));
    if (kind === undefined) return;
    this.context.report({
      rule: "onnx/encoded-program",
      message: `${where} is the encoded form of a ${kind}`,
      subject: where,
      evidence: { kind },
    });
  }
}
