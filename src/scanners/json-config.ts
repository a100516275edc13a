import { LimitError, ParseError } from "../errors.js";
import { withoutComments } from "../formats/json/comments.js";
import { toUtf8 } from "../formats/json/encoding.js";
import { type JsonDocument, parseJson } from "../formats/json/parse.js";
import { isJsonObject, type JsonValue } from "../formats/json/value.js";
import { skipJsonSpace } from "../formats/json/walk.js";
import { decodeText } from "../formats/text/decode.js";
import { type ByteSource, readExactly } from "../io/byte-source.js";
import { type ConfigContext, walkConfig } from "./config/document.js";
import { judgeConfig, judgeObjects, judgeShadowed } from "./config/judge.js";
import { configContext } from "./config/scan-config.js";
import { judgeUnreadYaml } from "./config/unread-yaml.js";
import { EncodedTexts } from "./encoded-text.js";
import { holdsKerasObject } from "./keras/recognise.js";
import { isNotebook, judgeNotebook, judgeNotebookSecrets } from "./notebook.js";
import type { ScanContext, Scanner } from "./scanner.js";
import { judgeSecrets } from "./text-content.js";

/** A value tree takes several times the memory of its text; no configuration or tokenizer comes near this. */
const MAX_JSON_BYTES = 128 << 20;
/** Values and keys of one document, containers weighted: the largest tokenizers have four million. */
const MAX_JSON_NODES = 6_000_000;
/** Beyond this a document is a vocabulary or data: its places are not remembered, findings then carry their path alone. */
const MAX_LOCATED_BYTES = 4 << 20;
/** Keys that stand twice and are told; the rest is counted. */
const MAX_DUPLICATES_TOLD = 5;

/** JSON of any kind: what it has imported, run, fetched or rendered, told by its content and not by its name. */
export class JsonConfigScanner implements Scanner {
  async scan(source: ByteSource, context: ScanContext): Promise<void> {
    if (source.size > MAX_JSON_BYTES) {
      throw new LimitError("max_steps", `JSON of ${source.size} bytes, limit ${MAX_JSON_BYTES}`);
    }
    const { bytes, document } = readFile(toUtf8(await readExactly(source, 0, source.size)), context);
    context.examined(source.size);
    if (document.value === undefined) throw document.error ?? new ParseError("no JSON value", 0);
    if (isJsonLines(bytes, document)) this.judgeLines(bytes, document, context);
    else {
      const encoded = new EncodedTexts();
      this.judgeDocument(document, { ...configContext(context), encoded });
      await inspectKeras(document, context);
      await encoded.scan(context);
    }
    this.checkEnd(bytes, document, context);
    context.passed("json", "read to its end");
  }

  private judgeDocument(document: JsonDocument, config: ConfigContext): void {
    const { value, duplicates, duplicateCount } = document;
    if (value === undefined) return;
    const located = { value, offsetOf: document.offsetOf };
    if (isNotebook(value)) {
      walkConfig(located, { string: (text) => judgeNotebookSecrets(text, config) }, config.budget);
      judgeNotebook(value, config);
      return;
    }
    judgeConfig(located, config);
    judgeShadowed(duplicates, config);
    for (const { key, offset } of duplicates.slice(0, MAX_DUPLICATES_TOLD)) {
      config.report({
        rule: "config/duplicate-key",
        message: `the key ${JSON.stringify(key.slice(0, 100))} stands twice in one object${duplicateCount > 1 ? ` (${duplicateCount} such keys)` : ""}`,
        subject: key.slice(0, 300),
        offset,
      });
    }
  }

  /** JSON lines are rows of data; only what a loader could build or run out of a row is looked at. */
  private judgeLines(bytes: Uint8Array, first: JsonDocument, context: ScanContext): void {
    const config = configContext(context);
    for (let row = first; row.value !== undefined; row = readDocument(bytes, row.end, context)) {
      if (isJsonObject(row.value)) judgeObjects({ value: row.value, offsetOf: row.offsetOf }, config);
      if (row.error && JSON_NAME.test(context.name)) throw row.error;
      if (row.error || skipJsonSpace(bytes, row.end) >= bytes.length) return;
    }
  }

  private checkEnd(bytes: Uint8Array, { error, value, end }: JsonDocument, context: ScanContext): void {
    if (error) {
      // Text that begins like JSON and goes on as YAML: a YAML reader takes it, tags and all.
      if (bytes.length <= MAX_LOCATED_BYTES) judgeUnreadYaml(decodeText(bytes), configContext(context));
      throw error;
    }
    const next = skipJsonSpace(bytes, end);
    if (next >= bytes.length || isJsonLines(bytes, { end, value })) return;
    if (JSON_NAME.test(context.name))
      throw new ParseError(`${bytes.length - next} bytes follow the JSON value at ${next}`, next);
    const rest = { place: "the text", offset: next, isProse: true };
    for (const seen of judgeSecrets(decodeText(bytes.subarray(next)).text, rest, context.policy)) context.report(seen);
  }
}

/** A text under another name that begins with a JSON value is a text. */
const JSON_NAME = /\.(?:json|jsonl|ipynb)$/i;

interface JsonFile {
  readonly bytes: Uint8Array;
  readonly document: JsonDocument;
}

/** Reads a document as it stands, and where that fails without the comments that editors allow. */
function readFile(bytes: Uint8Array, context: ScanContext): JsonFile {
  const document = readDocument(bytes, 0, context);
  const plain = document.error && bytes.length <= MAX_LOCATED_BYTES ? withoutComments(bytes) : undefined;
  if (plain === undefined) return { bytes, document };
  const relaxed = readDocument(plain, 0, context);
  return relaxed.error ? { bytes, document } : { bytes: plain, document: relaxed };
}

/** Model descriptions of Keras and TensorFlow.js have a judge of their own, loaded when one is met. */
async function inspectKeras(document: JsonDocument, context: ScanContext): Promise<void> {
  const values = [document.value, ...document.duplicates.map(({ shadowed }) => shadowed)];
  const isKeras = values.some((value) => holdsKerasObject(value, context.budget));
  if (!isKeras) return;
  const { inspectKerasDocument } = await import("./keras/inspect.js");
  await inspectKerasDocument(document, context);
}

function readDocument(bytes: Uint8Array, start: number, context: ScanContext): JsonDocument {
  return parseJson(bytes.subarray(start), {
    base: start,
    tolerant: true,
    allowTrailing: true,
    offsets: bytes.length <= MAX_LOCATED_BYTES,
    maxNodes: MAX_JSON_NODES,
    onNodes: (count) => context.budget.spendSteps(count),
  });
}

const NEWLINE = 0x0a;
const BRACE = 0x7b;
const BRACKET = 0x5b;

/** A second object or array on a line of its own. */
function isJsonLines(
  bytes: Uint8Array,
  { end, value }: { readonly end: number; readonly value: JsonValue | undefined },
): boolean {
  const next = skipJsonSpace(bytes, end);
  const isContainer = typeof value === "object" && value !== null;
  return (
    isContainer && (bytes[next] === BRACE || bytes[next] === BRACKET) && bytes.subarray(end, next).includes(NEWLINE)
  );
}
