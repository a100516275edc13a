// YAML through js-yaml's event stream (https://yaml.org/spec/1.2.2/): structure and tags with their offsets, nothing constructed, no
// alias expanded. This is js-yaml's only home.

import { EVENT_ID, type Event, getScalarValue, parseEvents, SCALAR_STYLE, YAMLException } from "js-yaml";
import { LimitError, ParseError } from "../../errors.js";
import type { JsonArray, JsonObject, JsonScalar, JsonValue } from "../json/value.js";
import { plainScalar } from "./scalars.js";
import { resolveTag, type TagDirective } from "./tags.js";

/** An explicit tag and the node it stands on. */
export interface YamlTag {
  /** In full: `tag:yaml.org,2002:python/name:os.system`, `!new:os.system`. */
  readonly tag: string;
  /** Index of the tag inside the text. */
  readonly index: number;
  readonly node: JsonValue;
  /** Where the node stands: `model.layers[2]`; "" for the document itself. */
  readonly path: string;
}

export interface YamlDocument {
  /** Aliases are shared containers: walk each container once. */
  readonly value: JsonValue;
  readonly tags: readonly YamlTag[];
  /** Nodes that a reader would build if it copied every alias; `Infinity` when an anchor contains itself. */
  readonly expandedNodes: number;
  readonly nodes: number;
  /** Index of a key's value, or of an element, inside the text. */
  indexOf(container: JsonArray | JsonObject, key: string | number): number | undefined;
}

/** Deeper than any configuration, and no danger to the parser's recursion. */
const MAX_DEPTH = 200;
/** Characters of a path that are kept. */
const MAX_PATH = 200;
/** js-yaml reads the whole text at once and cannot be stopped, so a text must not be larger than it reads in seconds. */
export const MAX_YAML_CHARACTERS = 8 << 20;

export interface YamlStream {
  /** None when the stream has a fault: js-yaml gives no events then. */
  readonly documents: readonly YamlDocument[];
  /** Its offset is an index into the text. */
  readonly fault?: ParseError;
}

/** Reads all documents of a stream. */
export function parseYaml(text: string, onNodes?: (count: number) => void): YamlStream {
  if (text.length > MAX_YAML_CHARACTERS) {
    throw new LimitError("max_steps", `YAML of ${text.length} characters, limit ${MAX_YAML_CHARACTERS}`);
  }
  const events = readEvents(text);
  if (events instanceof ParseError) return { documents: [], fault: events };
  onNodes?.(events.length);
  return { documents: new Composer(text).compose(events) };
}

function readEvents(text: string): Event[] | ParseError {
  try {
    return parseEvents(text, { maxDepth: MAX_DEPTH });
  } catch (error) {
    if (!(error instanceof YAMLException)) throw error;
    return new ParseError(`not YAML: ${error.reason}`, error.mark?.position, { cause: error });
  }
}

interface Anchored {
  readonly value: JsonValue;
  weight: number;
}

/** A container that is being filled. */
interface Frame {
  readonly container: JsonValue[] | Map<string, JsonValue>;
  readonly anchor: string | undefined;
  /** Its place inside the container around it: `.key`, `[2]`. */
  readonly step: string;
  /** The key that waits for its value, in a mapping. */
  key: string | undefined;
  weight: number;
}

type OpenEvent = Extract<Event, { tagStart: number }>;
type Events = Event["type"];

/** Turns events into values without recursion. */
class Composer {
  private stack: Frame[] = [];
  private directives: readonly TagDirective[] = [];
  private anchors = new Map<string, Anchored>();
  private tags: YamlTag[] = [];
  private indices = new WeakMap<object, Map<string | number, number>>();
  private root: JsonValue = null;
  private weight = 0;
  private nodes = 0;
  private readonly documents: YamlDocument[] = [];

  constructor(private readonly text: string) {}

  compose(events: readonly Event[]): YamlDocument[] {
    for (const event of events) this.take(event);
    return this.documents;
  }

  private take(event: Event): void {
    switch (event.type) {
      case EVENT_ID.DOCUMENT:
        this.begin(event.directives.filter(isTagDirective));
        break;
      case EVENT_ID.SEQUENCE:
      case EVENT_ID.MAPPING:
        this.open(event, event.type);
        break;
      case EVENT_ID.SCALAR:
        this.scalar(event);
        break;
      case EVENT_ID.ALIAS:
        this.alias(this.text.slice(event.anchorStart, event.anchorEnd), event.anchorStart);
        break;
      default:
        this.close();
    }
  }

  private begin(directives: readonly TagDirective[]): void {
    this.stack = [];
    this.directives = directives;
    this.anchors = new Map();
    this.tags = [];
    this.indices = new WeakMap();
    this.root = null;
    this.weight = 0;
    this.nodes = 0;
  }

  private open(event: Extract<OpenEvent, { start: number }>, type: Events): void {
    const container = type === EVENT_ID.MAPPING ? new Map<string, JsonValue>() : [];
    const anchor = this.slice(event.anchorStart, event.anchorEnd);
    const step = this.nextStep();
    this.noteTag(event, container);
    this.add(container, event.start);
    // An alias to a container that is still open is a cycle: no finite expansion.
    if (anchor !== undefined) this.anchors.set(anchor, { value: container, weight: Number.POSITIVE_INFINITY });
    this.stack.push({ container, anchor, step, key: undefined, weight: 1 });
  }

  private scalar(event: Extract<Event, { valueStart: number }>): void {
    const value = this.scalarValue(event);
    const anchor = this.slice(event.anchorStart, event.anchorEnd);
    if (anchor !== undefined) this.anchors.set(anchor, { value, weight: 1 });
    this.noteTag(event, value);
    this.add(value, event.valueStart);
    this.addWeight(1);
  }

  private scalarValue(event: Extract<Event, { valueStart: number }>): JsonScalar {
    const text = getScalarValue(this.text, event);
    return event.style === SCALAR_STYLE.PLAIN && event.tagStart < 0 ? plainScalar(text) : text;
  }

  private alias(name: string, index: number): void {
    const target = this.anchors.get(name);
    this.add(target?.value ?? null, index);
    this.addWeight(target?.weight ?? 1);
  }

  /** Ends the innermost container, or the document when none is open. */
  private close(): void {
    const frame = this.stack.pop();
    if (frame === undefined) {
      this.end();
      return;
    }
    const anchored = frame.anchor === undefined ? undefined : this.anchors.get(frame.anchor);
    if (anchored?.value === frame.container) anchored.weight = frame.weight;
    this.addWeight(frame.weight);
  }

  private end(): void {
    const { root: value, tags, weight: expandedNodes, nodes, indices } = this;
    const indexOf: YamlDocument["indexOf"] = (container, key) => indices.get(container)?.get(key);
    this.documents.push({ value, tags, expandedNodes, nodes, indexOf });
  }

  private addWeight(weight: number): void {
    const frame = this.stack.at(-1);
    if (frame) frame.weight += weight;
    else this.weight += weight;
  }

  private add(value: JsonValue, index: number): void {
    this.nodes++;
    const frame = this.stack.at(-1);
    if (frame === undefined) this.root = value;
    else if (Array.isArray(frame.container)) {
      this.noteIndex(frame.container, frame.container.length, index);
      frame.container.push(value);
    } else this.addToMapping(frame, frame.container, { value, index });
  }

  private addToMapping(frame: Frame, mapping: Map<string, JsonValue>, at: { value: JsonValue; index: number }): void {
    if (frame.key === undefined) {
      frame.key = keyName(at.value, mapping.size);
      // A key that is itself a collection is kept as a value of its own, so that what it holds is seen.
      if (typeof at.value === "object" && at.value !== null) mapping.set(`${frame.key} key`, at.value);
      return;
    }
    const name = mapping.has(frame.key) ? `${frame.key}#${mapping.size}` : frame.key;
    this.noteIndex(mapping, name, at.index);
    mapping.set(name, at.value);
    frame.key = undefined;
  }

  private noteIndex(container: object, key: string | number, index: number): void {
    const known = this.indices.get(container);
    if (known) known.set(key, index);
    else this.indices.set(container, new Map([[key, index]]));
  }

  private noteTag(event: OpenEvent, node: JsonValue): void {
    const raw = this.slice(event.tagStart, event.tagEnd);
    if (raw === undefined) return;
    this.tags.push({ tag: resolveTag(raw, this.directives), index: event.tagStart, node, path: this.path() });
  }

  private path(): string {
    const path = [...this.stack.map(({ step }) => step), this.nextStep()].join("").replace(/^\./, "");
    return path.length > MAX_PATH ? `…${path.slice(-MAX_PATH)}` : path;
  }

  /** Where the next node goes inside the innermost container. */
  private nextStep(): string {
    const frame = this.stack.at(-1);
    if (frame === undefined) return "";
    return Array.isArray(frame.container) ? `[${frame.container.length}]` : `.${frame.key ?? "?"}`;
  }

  private slice(start: number, end: number): string | undefined {
    return start < 0 ? undefined : this.text.slice(start, end);
  }
}

function keyName(value: JsonValue, position: number): string {
  return typeof value === "object" && value !== null ? `?${position}` : String(value);
}

function isTagDirective(directive: { readonly kind: string }): directive is TagDirective & { readonly kind: "tag" } {
  return directive.kind === "tag" && "handle" in directive && "prefix" in directive;
}
