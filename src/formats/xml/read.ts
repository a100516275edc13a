// XML 1.0 (https://www.w3.org/TR/xml/) through saxes, which expands no entity of the document and opens nothing. This is its only home.

import { SaxesParser } from "saxes";
import { LimitError, ParseError } from "../../errors.js";
import type { ByteSource } from "../../io/byte-source.js";
import { type Doctype, readDoctype } from "./doctype.js";

export interface XmlElement {
  /** Without its prefix. */
  readonly local: string;
  /** "" when it has none. */
  readonly prefix: string;
  /** By their full names. */
  readonly attributes: ReadonlyMap<string, string>;
  /** Elements around this one, outermost first, without prefixes. */
  readonly ancestors: readonly string[];
}

export interface XmlVisitor {
  doctype?(doctype: Doctype, offset: number | undefined): void;
  element?(element: XmlElement, offset: number | undefined): void;
  /** Text or CDATA between two tags, blanks at its ends removed. */
  text?(text: string, ancestors: readonly string[], offset: number | undefined): void;
  instruction?(target: string, body: string, offset: number | undefined): void;
}

const WINDOW = 1 << 20;
/** PMML of deep trees nests a few hundred elements. */
const MAX_DEPTH = 10_000;
/** Text that breaks the rules everywhere is not XML, and every fault costs an error object. */
const MAX_FAULTS = 1000;
/** Text between two tags is held in memory. */
const MAX_TOKEN_WINDOWS = 32;

/**
 * Reads a document in windows. Faults of form do not end the reading (readers differ in what they forgive); the first one is returned
 * with what was read.
 */
export async function readXml(
  source: ByteSource,
  visitor: XmlVisitor,
  onEvent: (bytes: number) => void = () => {},
): Promise<ParseError | undefined> {
  const reading = new Reading(visitor);
  for (let at = 0; at < source.size; ) {
    const bytes = await source.read(at, WINDOW);
    if (bytes.length === 0) break;
    reading.write(bytes);
    at += bytes.length;
    onEvent(bytes.length);
  }
  return reading.end();
}

class Reading {
  private readonly parser = new SaxesParser();
  private readonly open: string[] = [];
  private decoder: InstanceType<typeof TextDecoder> | undefined;
  private fault: ParseError | undefined;
  private faults = 0;
  private bytes = 0;
  private characters = 0;
  private windowsSinceEvent = 0;

  constructor(private readonly visitor: XmlVisitor) {
    this.parser.on("error", (error) => this.noteFault(error));
    this.parser.on("doctype", (text) => this.seen(() => visitor.doctype?.(readDoctype(text), this.offset())));
    this.parser.on("opentag", ({ name, attributes }) => this.seen(() => this.openTag(name, valuesOf(attributes))));
    this.parser.on("closetag", () => this.seen(() => this.open.pop()));
    this.parser.on("text", (text) => this.seen(() => this.text(text)));
    this.parser.on("cdata", (text) => this.seen(() => this.text(text)));
    this.parser.on("processinginstruction", ({ target, body }) =>
      this.seen(() => visitor.instruction?.(target, body, this.offset())),
    );
  }

  write(bytes: Uint8Array): void {
    this.decoder ??= new TextDecoder(encodingOf(bytes));
    const text = this.decoder.decode(bytes, { stream: true });
    this.bytes += bytes.length;
    this.characters += text.length;
    if (++this.windowsSinceEvent > MAX_TOKEN_WINDOWS) {
      throw new LimitError("max_steps", `XML text without a tag over ${MAX_TOKEN_WINDOWS * WINDOW} bytes`, this.bytes);
    }
    this.parser.write(text);
  }

  end(): ParseError | undefined {
    this.parser.close();
    return this.fault;
  }

  private noteFault(error: Error): void {
    const reason = error.message.replace(/^\d+:\d+: /, "");
    this.fault ??= new ParseError(`not well-formed XML: ${reason}`, this.offset(), { cause: error });
    if (++this.faults > MAX_FAULTS) throw this.fault;
  }

  private seen(act: () => void): void {
    this.windowsSinceEvent = 0;
    act();
  }

  private openTag(name: string, attributes: ReadonlyMap<string, string>): void {
    if (this.open.length >= MAX_DEPTH)
      throw new ParseError(`XML nested deeper than ${MAX_DEPTH} elements`, this.offset());
    const cut = name.indexOf(":");
    const local = name.slice(cut + 1);
    this.visitor.element?.(
      {
        local,
        prefix: cut < 0 ? "" : name.slice(0, cut),
        attributes,
        ancestors: this.open,
      },
      this.offset(),
    );
    this.open.push(local);
  }

  private text(text: string): void {
    const trimmed = text.trim();
    if (trimmed !== "") this.visitor.text?.(trimmed, this.open, this.offset());
  }

  /** The parser counts characters: they are bytes as long as nothing beyond ASCII was read. */
  private offset(): number | undefined {
    return this.bytes === this.characters ? this.parser.position : undefined;
  }
}

function valuesOf(
  attributes: Readonly<Record<string, string | { readonly value: string }>>,
): ReadonlyMap<string, string> {
  return new Map(
    Object.entries(attributes).map(([name, value]) => [name, typeof value === "string" ? value : value.value]),
  );
}

function encodingOf(bytes: Uint8Array): string {
  const [a, b] = bytes;
  if ((a === 0xff && b === 0xfe) || (a === 0x3c && b === 0)) return "utf-16le";
  if ((a === 0xfe && b === 0xff) || (a === 0 && b === 0x3c)) return "utf-16be";
  return "utf-8";
}
