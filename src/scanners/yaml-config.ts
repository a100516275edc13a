import { LimitError, ParseError } from "../errors.js";
import { type DecodedText, decodeText } from "../formats/text/decode.js";
import { parseYaml, type YamlDocument } from "../formats/yaml/parse.js";
import { type ByteSource, readExactly } from "../io/byte-source.js";
import type { ConfigContext } from "./config/document.js";
import { judgeConfig } from "./config/judge.js";
import { configContext } from "./config/scan-config.js";
import { judgeUnreadYaml } from "./config/unread-yaml.js";
import { judgeYamlTags } from "./config/yaml-tags.js";
import { EncodedTexts, scanEncodedBlocks } from "./encoded-text.js";
import type { ScanContext, Scanner } from "./scanner.js";

/** js-yaml takes seconds and a gigabyte for this much, if it is made for that; no configuration comes near it. */
const MAX_YAML_BYTES = 8 << 20;
/** A document that would grow to this many nodes, and this many times its own, is made to grow. */
const MAX_EXPANDED_NODES = 1_000_000;
const MAX_EXPANSION = 100;
const YAML_NAME = /\.ya?ml$|^mlmodel$/i;

/** YAML of any kind: tags that build objects, and all that is told of a configuration. */
export class YamlConfigScanner implements Scanner {
  async scan(source: ByteSource, context: ScanContext): Promise<void> {
    if (source.size > MAX_YAML_BYTES) {
      throw new LimitError("max_steps", `YAML of ${source.size} bytes, limit ${MAX_YAML_BYTES}`);
    }
    const decoded = decodeText(await readExactly(source, 0, source.size));
    const encoded = new EncodedTexts();
    const config = { ...configContext(context), encoded };
    const { documents, fault } = parseYaml(decoded.text, (count) => config.budget.spendSteps(count));
    context.examined(source.size);
    if (fault !== undefined) {
      await scanEncodedBlocks(decoded.text, context);
      this.judgeUnread(fault, decoded, config);
      return;
    }
    for (const document of documents) this.judge(document, decoded, config);
    await encoded.scan(context);
    context.passed("yaml", `${documents.length} documents read to their end`);
  }

  /** What js-yaml refuses another reader may take, so tags and targets are looked for in the bare text before the fault is told. */
  private judgeUnread(fault: ParseError, decoded: DecodedText, config: ConfigContext): void {
    const told = judgeUnreadYaml(decoded, config);
    if (!told && !YAML_NAME.test(config.name)) return;
    throw fault.offset === undefined
      ? fault
      : new ParseError(fault.message, decoded.offsetAt(fault.offset), { cause: fault });
  }

  private judge(document: YamlDocument, decoded: DecodedText, config: ConfigContext): void {
    judgeYamlTags(document.tags, (index) => decoded.offsetAt(index), config);
    const { value, expandedNodes, nodes } = document;
    if (expandedNodes > MAX_EXPANDED_NODES && expandedNodes > nodes * MAX_EXPANSION) {
      const size = Number.isFinite(expandedNodes) ? `${expandedNodes} nodes` : "a structure without end";
      config.report({
        rule: "config/expansion-bomb",
        message: `${nodes} nodes expand to ${size} through aliases`,
        subject: "aliases",
        evidence: { nodes, expanded: String(expandedNodes) },
      });
    }
    const offsetOf = (container: Parameters<YamlDocument["indexOf"]>[0], key: string | number) => {
      const index = document.indexOf(container, key);
      return index === undefined ? undefined : decoded.offsetAt(index);
    };
    judgeConfig({ value, offsetOf }, config);
  }
}
