import { isJsonArray } from "../formats/json/value.js";
import { type DecodedText, decodeText } from "../formats/text/decode.js";
import type { ByteSource } from "../io/byte-source.js";
import { judgeExternalText } from "./config/file-references.js";
import { configContext } from "./config/scan-config.js";
import { judgeUnreadYaml } from "./config/unread-yaml.js";
import { scanEncodedBlocks } from "./encoded-text.js";
import { judgeForeignTemplate } from "./jinja-judge.js";
import { isLicenseName } from "./layout-roots.js";
import { judgeLicense } from "./licenses/judge.js";
import { cardFacts, cardLicenses, frontMatter, readModelCard } from "./licenses/model-card.js";
import { licenseOfText } from "./licenses/texts.js";
import { judgeName } from "./name-policy.js";
import type { ScanContext, Scanner } from "./scanner.js";
import { judgeCustomPatterns, judgeSecrets } from "./text-content.js";

/** A credential deeper inside a text than this is inside data: vocabularies, logs and tables run to gigabytes. */
const MAX_TEXT = 8 << 20;

/** Documents are full of braces, and of examples of what not to do. */
const DOCUMENT = /\.(?:md|markdown|rst|html?|css|tex|bib|csv|tsv|log)$/i;

/** Prose, tables, vocabularies: nothing runs them. Credentials are told, and the names that a model card's front matter states. */
export class TextScanner implements Scanner {
  async scan(source: ByteSource, context: ScanContext): Promise<void> {
    const decoded = decodeText(await source.read(0, MAX_TEXT));
    const where = { place: "the text", offset: decoded.offsetAt(0), isProse: true };
    const observations = [
      ...judgeSecrets(decoded.text, where, context.policy),
      ...judgeCustomPatterns(decoded.text, where, context.policy),
    ];
    for (const observation of observations) context.report(observation);
    judgeModelCard(decoded, context);
    const yaml = frontMatter(decoded.text);
    if (yaml !== undefined)
      judgeUnreadYaml({ text: yaml, offsetAt: (index) => decoded.offsetAt(index + 4) }, configContext(context));
    judgeLicenseText(decoded, context);
    judgeExternalText(decoded.text, configContext(context));
    if (!DOCUMENT.test(context.name)) for (const found of judgeForeignTemplate(decoded.text)) context.report(found);
    context.examined(source.size);
    await scanEncodedBlocks(decoded.text, context);
  }
}

/** What a model card states: facts, names held against the policy, licences. */
function judgeModelCard({ text }: DecodedText, context: ScanContext): void {
  const card = readModelCard(text);
  if (card === undefined) return;
  for (const [key, value] of cardFacts(card)) context.describe(key, value);
  for (const license of cardLicenses(card)) tellLicense(license, "model card license", context);
  for (const key of ["base_model", "model_name", "name"]) {
    const value = card.get(key);
    for (const name of isJsonArray(value) ? value : [value]) {
      const observation = typeof name === "string" ? judgeName(context.policy, `model card ${key}`, name) : undefined;
      if (observation) context.report(observation);
    }
  }
}

/** The text of a licence, told by its words. */
function judgeLicenseText({ text }: DecodedText, context: ScanContext): void {
  const license = isLicenseName(context.name) ? licenseOfText(text) : undefined;
  if (license === undefined) return;
  context.describe("license_text", license);
  tellLicense(license, "the licence", context);
}

function tellLicense(license: string, place: string, context: ScanContext): void {
  for (const observation of judgeLicense(license, place, context.policy)) context.report(observation);
}
