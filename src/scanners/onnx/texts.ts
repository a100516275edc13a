import { sniffEmbedded } from "../../formats/embedded/sniff.js";
import type { OnnxText } from "../../formats/onnx/model.js";
import { judgeMetadata } from "../metadata-text.js";
import type { ScanContext } from "../scanner.js";
import { judgeText } from "../text-content.js";

const NOT_ENCODED = /[^A-Za-z0-9+/]+/;
/** As many characters as hold the header of a program, and as many as are decoded. */
const MIN_ENCODED = 96;
const MAX_DECODED = 2048;
const MAX_SEARCHED = 1 << 20;
/** Base64 decodes in groups of four characters. */
const GROUP = 4;
/** Searching this much costs about as much as reading a field. */
const CHARACTERS_PER_STEP = 64;

/** Judges descriptions and metadata. A text that stands in a thousand nodes is judged once. */
export class Texts {
  private readonly seen = new Set<string>();

  constructor(private readonly context: ScanContext) {}

  /** `isDescription` where no source code belongs. */
  judge({ key, text }: OnnxText, place: string, isDescription: boolean): void {
    if (this.seen.has(text)) return;
    this.seen.add(text);
    const where = `${key.slice(0, 100)}${place}`;
    const isDecoded = this.judgeEncoded(text, where);
    if (isDescription) judgeMetadata(text, { key: where, isDecoded }, this.context);
    else for (const found of judgeText(text, { place: where }, this.context.policy)) this.context.report(found);
  }

  /** True when it told something. */
  private judgeEncoded(text: string, where: string): boolean {
    let isTold = false;
    this.context.budget.spendSteps(1 + Math.floor(text.length / CHARACTERS_PER_STEP));
    for (const run of text.slice(0, MAX_SEARCHED).split(NOT_ENCODED)) {
      if (run.length < MIN_ENCODED) continue;
      const length = Math.min(run.length - (run.length % GROUP), MAX_DECODED);
      const kind = sniffEmbedded(Buffer.from(run.slice(0, length), "base64"));
      if (kind === undefined) continue;
      isTold = true;
      this.context.report({
        rule: "onnx/encoded-program",
        message: `${where} holds the encoded form of a ${kind}`,
        subject: where,
        evidence: { kind },
      });
    }
    return isTold;
  }
}
