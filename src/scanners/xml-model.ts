import { type Doctype, nestedEntities } from "../formats/xml/doctype.js";
import { readXml, type XmlElement, type XmlVisitor } from "../formats/xml/read.js";
import type { ByteSource } from "../io/byte-source.js";
import { at } from "./config/document.js";
import { classifyHost } from "./endpoints.js";
import { reachOf } from "./file-reference.js";
import { isGadget } from "./java-serialized.js";
import type { ScanContext, Scanner } from "./scanner.js";
import { judgeText, mayTell } from "./text-content.js";
import { OpenvinoJudge } from "./xml/openvino.js";
import { PmmlJudge } from "./xml/pmml.js";

/** Homes of document types that ordinary files begin with, and that readers keep a copy of. */
const KNOWN_HOME =
  /^https?:\/\/(?:www\.)?(?:w3\.org|apple\.com|dmg\.org|oasis-open\.org|docbook\.org|freedesktop\.org|gnome\.org|java\.sun\.com|xmlns\.jcp\.org)\//i;
/** Root elements of models, which have no document type. */
const MODEL_ROOT = /^(?:PMML|net)$/;
const XML_NAME = /\.(?:xml|pmml)$/i;
const XINCLUDE = "http://www.w3.org/2001/XInclude";

/** XML that a scoring engine or a runtime reads: what it fetches, expands, loads or runs. */
export class XmlModelScanner implements Scanner {
  async scan(source: ByteSource, context: ScanContext): Promise<void> {
    const judge = new XmlJudge(context);
    const fault = await readXml(source, judge, (bytes) => {
      context.budget.checkTime();
      context.examined(bytes);
    });
    judge.finish();
    // An undefined entity is a fault of form as well; the entity itself is then the finding.
    // Text that only began like XML is nobody's model.
    const isExpected = XML_NAME.test(context.name) || judge.isModel;
    if (fault !== undefined && !judge.hasEntities && isExpected) throw fault;
  }
}

class XmlJudge implements XmlVisitor {
  hasEntities = false;
  private readonly pmml: PmmlJudge;
  private readonly openvino: OpenvinoJudge;
  private root: string | undefined;

  constructor(private readonly context: ScanContext) {
    this.pmml = new PmmlJudge(context);
    this.openvino = new OpenvinoJudge(context);
  }

  get isModel(): boolean {
    return MODEL_ROOT.test(this.root ?? "");
  }

  doctype(doctype: Doctype, offset: number | undefined): void {
    const { entities, system } = doctype;
    this.hasEntities ||= entities.length > 0;
    for (const entity of entities) {
      if (entity.system !== undefined) this.tellExternal(`entity ${entity.name}`, entity.system, offset);
    }
    if (system !== undefined && !KNOWN_HOME.test(system)) this.tellDocumentType(doctype.name, system, offset);
    const nested = nestedEntities(doctype);
    const [first] = nested;
    if (first !== undefined) {
      this.context.report({
        rule: "xml/entity-expansion",
        message: `${nested.length} entities stand for further entities, the first of them ${first.name}`,
        subject: "entities",
        ...at(offset),
        evidence: { entities: nested.slice(0, 20).map(({ name }) => name) },
      });
    } else if (entities.some(({ value }) => value !== undefined)) {
      const names = [...new Set(entities.map(({ name }) => name))].slice(0, 5);
      this.context.report({
        rule: "xml/document-type",
        message: `the document defines entities of its own: ${names.join(", ")}`,
        subject: "entities",
        ...at(offset),
      });
    }
  }

  /** Books and catalogues of other kinds begin with one; a reader of models has no reason to fetch it. */
  private tellDocumentType(name: string, system: string, offset: number | undefined): void {
    if (MODEL_ROOT.test(name) || this.isOddHost(system)) {
      this.tellExternal("document type", system, offset);
      return;
    }
    this.context.report({
      rule: "xml/document-type",
      severity: "info",
      message: `document type ${name} is fetched from ${JSON.stringify(system.slice(0, 200))}`,
      subject: system.slice(0, 300),
      ...at(offset),
    });
  }

  private isOddHost(system: string): boolean {
    const [, host, path = ""] = /^\w{2,10}:\/\/([^/:\s]{1,253})(?::\d{1,5})?(\S{0,300})/.exec(system) ?? [];
    return host !== undefined && classifyHost(host.toLowerCase(), path, this.context.policy.network) !== undefined;
  }

  private tellExternal(what: string, system: string, offset: number | undefined): void {
    const isBeside = reachOf(system) === "relative";
    this.context.report({
      rule: "xml/external-entity",
      ...(isBeside || KNOWN_HOME.test(system) ? { severity: "low" as const } : {}),
      message: `${what} is fetched from ${JSON.stringify(system.slice(0, 200))}`,
      subject: system.slice(0, 300),
      ...at(offset),
      evidence: { system: system.slice(0, 300) },
    });
  }

  element(element: XmlElement, offset: number | undefined): void {
    this.context.budget.spendSteps();
    this.root ??= element.local;
    this.judgeInclude(element, offset);
    for (const [name, value] of element.attributes) if (!name.startsWith("xmlns")) this.tellText(value, name, offset);
    if (this.root === "PMML") this.pmml.element(element, offset);
    if (this.root === "net") this.openvino.element(element, offset);
    if (this.root === "ie") this.judgePlugin(element, offset);
    this.judgeJavaClass(element, offset);
  }

  /** OpenVINO's plugins.xml: the runtime loads the library of every plugin that is asked for. */
  private judgePlugin({ local, attributes }: XmlElement, offset: number | undefined): void {
    const location = local === "plugin" ? attributes.get("location") : undefined;
    if (location === undefined || !/[/\\]/.test(location)) return;
    this.context.report({
      rule: "xml/library-path",
      message: `plugin ${attributes.get("name") ?? ""} is the library ${location.slice(0, 200)}`,
      subject: location.slice(0, 300),
      ...at(offset),
    });
  }

  /** Readers that build objects from XML (XMLDecoder, XStream, Spring) take the class of an attribute, or of the element's own name. */
  private judgeJavaClass({ local, attributes }: XmlElement, offset: number | undefined): void {
    for (const name of [local, attributes.get("class")]) {
      if (name === undefined || !name.includes(".") || !isGadget(name, this.context.policy)) continue;
      this.context.report({
        rule: "xml/function-class",
        message: `the document has an object of ${name.slice(0, 200)} built`,
        subject: name.slice(0, 200),
        ...at(offset),
        evidence: { class: name.slice(0, 200) },
        why: "Readers that rebuild Java objects from XML (XMLDecoder, XStream, Spring) make an object of this class and call it.",
      });
    }
  }

  private judgeInclude({ local, prefix, attributes, ancestors }: XmlElement, offset: number | undefined): void {
    if (local !== "include" || (prefix === "" && attributes.get("xmlns") !== XINCLUDE)) return;
    const href = attributes.get("href");
    if (href === undefined) return;
    this.tellExternal(`${ancestors.at(-1) ?? "the document"} includes what`, href, offset);
  }

  text(text: string, ancestors: readonly string[], offset: number | undefined): void {
    this.context.budget.spendSteps();
    this.tellText(text, ancestors.at(-1) ?? "text", offset);
    if (this.root === "PMML") this.pmml.text(text, ancestors, offset);
  }

  private tellText(text: string, place: string, offset: number | undefined): void {
    if (!mayTell(text, undefined, this.context.policy)) return;
    for (const observation of judgeText(text, { place, ...at(offset) }, this.context.policy))
      this.context.report(observation);
  }

  finish(): void {
    this.pmml.finish();
  }
}
