import type { GgufArray, GgufEntry, GgufText, GgufValue } from "../../formats/gguf/value.js";
import { isGgufArray, isGgufText } from "../../formats/gguf/value.js";
import { judgeTemplate } from "../jinja-judge.js";
import { judgeLicense } from "../licenses/judge.js";
import { isPathLike, judgeMetadata, judgeMetadataText } from "../metadata-text.js";
import { judgeName } from "../name-policy.js";
import type { Json, ScanContext } from "../scanner.js";

const TEMPLATE_KEY = /^tokenizer\.chat_template(?:s|\..{0,200})?$/;
/** Tokens, merges and scores: content of the vocabulary, not words of the publisher. */
const VOCABULARY_KEY = /^tokenizer\.ggml\./;
/** Where a model states its name or those it is made of. */
const NAME_KEY =
  /^general\.(?:name|basename|finetune|(?:base_model|source)\.(?:\d{1,4}\.)?(?:name|repo_url|huggingface\.repository))$/;
/** Enough for any list of tags, languages, authors or base models. */
const MAX_JUDGED_TEXTS = 512;
const MAX_KEY = 65_535;
/** C0 and C1 control characters, and those that turn the direction of text round. */
const CONTROL = /[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/;

/** Judges metadata entries one by one, as they are read. */
export class MetadataJudge {
  /** The first value of every key. */
  readonly values = new Map<string, GgufValue>();
  readonly types = new Map<string, number>();
  templates = 0;

  constructor(private readonly context: ScanContext) {}

  judge({ key, type, value }: GgufEntry): void {
    this.judgeKey(key);
    if (this.values.has(key.text)) this.reportDuplicate(key);
    else {
      this.values.set(key.text, value);
      this.types.set(key.text, type);
    }
    const texts = textsOf(value);
    if (TEMPLATE_KEY.test(key.text)) this.judgeTemplates(key.text, type, texts, value);
    else if (!VOCABULARY_KEY.test(key.text)) {
      for (const text of texts.slice(0, MAX_JUDGED_TEXTS)) this.judgeDescription(key.text, text);
    }
  }

  private judgeKey(key: GgufText): void {
    const { text, offset, length } = key;
    const place = { offset, subject: text.slice(0, 200) };
    if (isPathLike(text)) {
      this.context.report({
        rule: "weights/path-like-name",
        message: `metadata key ${shown(text)} is a path`,
        ...place,
      });
    }
    if (length === 0 || length > MAX_KEY || !key.isUtf8 || CONTROL.test(text)) {
      const what = length === 0 ? "is empty" : length > MAX_KEY ? `is ${length} bytes long` : "is not plain text";
      this.context.report({ rule: "gguf/odd-name", message: `metadata key ${shown(text)} ${what}`, ...place });
    }
  }

  private reportDuplicate({ text, offset }: GgufText): void {
    this.context.report({
      rule: "gguf/duplicate-key",
      message: `metadata key ${shown(text)} stands twice`,
      subject: text,
      offset,
    });
  }

  private judgeTemplates(key: string, type: number, texts: readonly GgufText[], value: GgufValue): void {
    if (texts.length === 0 && !isEmptyArray(value)) {
      this.context.report({
        rule: "gguf/template-type",
        message: `${key} is of type ${type}, not a text`,
        subject: key,
      });
    }
    for (const { text, offset, length } of texts) {
      this.templates++;
      for (const finding of judgeTemplate(text)) {
        this.context.report({ ...finding, message: `${key}: ${finding.message}`, offset });
      }
      // a template is a text all the same: an address or a credential in it is told like anywhere else
      judgeMetadataText(text, { key, offset }, this.context);
      if (length > Buffer.byteLength(text))
        this.context.incomplete(`${key}: template of ${length} bytes, its beginning was examined`);
    }
  }

  private judgeDescription(key: string, { text, offset }: GgufText): void {
    if (NAME_KEY.test(key)) {
      const forbidden = judgeName(this.context.policy, `GGUF ${key}`, text);
      if (forbidden) this.context.report({ ...forbidden, offset });
    }
    judgeMetadata(text, { key, offset }, this.context);
  }

  /** A value of the metadata when it is a number, as a bigint. */
  integer(key: string): bigint | undefined {
    const value = this.values.get(key);
    if (typeof value === "bigint") return value;
    return typeof value === "number" && Number.isInteger(value) ? BigInt(value) : undefined;
  }

  text(key: string): string | undefined {
    const value = this.values.get(key);
    return value !== undefined && isGgufText(value) ? value.text : undefined;
  }

  /** Tells the facts that people ask for. */
  describe(): void {
    for (const [fact, key] of FACTS) {
      const value = this.text(key);
      if (value !== undefined) this.context.describe(fact, value.slice(0, MAX_FACT));
    }
    for (const observation of judgeLicense(
      this.text("general.license") ?? "",
      "GGUF general.license",
      this.context.policy,
    ))
      this.context.report(observation);
    const context = this.integer(`${this.text("general.architecture") ?? ""}.context_length`);
    if (context !== undefined) this.context.describe("context_length", jsonOf(context));
    this.context.describe("chat_templates", this.templates);
  }
}

const MAX_FACT = 300;
const FACTS: readonly (readonly [fact: string, key: string])[] = [
  ["architecture", "general.architecture"],
  ["name", "general.name"],
  ["base_model", "general.base_model.0.name"],
  ["author", "general.author"],
  ["license", "general.license"],
  ["quantized_by", "general.quantized_by"],
  ["size_label", "general.size_label"],
  ["dataset", "general.dataset.0.name"],
  ["license_link", "general.license.link"],
];

function textsOf(value: GgufValue): readonly GgufText[] {
  if (isGgufText(value)) return [value];
  return isGgufArray(value) ? value.texts : [];
}

function isEmptyArray(value: GgufValue): value is GgufArray {
  return isGgufArray(value) && value.count === 0n;
}

/** Names from files can be megabytes long. */
export function shown(text: string): string {
  return text.length > 120 ? `${text.slice(0, 120)}…` : text;
}

export function jsonOf(value: bigint): Json {
  return value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : value.toString();
}
