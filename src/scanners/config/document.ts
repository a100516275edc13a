import type { Policy } from "../../config/policy.js";
import {
  isJsonArray,
  isJsonObject,
  type JsonArray,
  type JsonObject,
  type JsonValue,
} from "../../formats/json/value.js";
import type { Budget } from "../../io/budget.js";
import type { EncodedTexts } from "../encoded-text.js";
import type { Json, Observation } from "../scanner.js";

/** A configuration as JSON and YAML both describe it. Aliases may make two places share one container. */
export interface ConfigDocument {
  readonly value: JsonValue;
  /** Offset of a key's value, or of an element, inside the artifact. */
  offsetOf(container: JsonArray | JsonObject, key: string | number): number | undefined;
}

/** What every judgement of a configuration is given. */
export interface ConfigContext {
  readonly policy: Policy;
  readonly budget: Budget;
  /** The artifact's own name, without folders. */
  readonly name: string;
  report(observation: Observation): void;
  /** Takes the texts that spell pickles and programs, where somebody looks into them afterwards. */
  readonly encoded?: EncodedTexts;
  /** A fact that the configuration states about its model. */
  describe?(key: string, value: Json): void;
}

/** One value inside a document; good until the visit returns. */
export interface ConfigPlace {
  readonly container: JsonArray | JsonObject;
  readonly key: string | number;
  /** `model.layers[2]._target_`; "" for the document itself. */
  path(): string;
  offset(): number | undefined;
}

export interface ConfigVisitor {
  object?(object: JsonObject, place: ConfigPlace | undefined): void;
  string?(text: string, place: ConfigPlace): void;
}

interface Frame {
  readonly container: JsonArray | JsonObject;
  readonly entries: Iterator<readonly [string | number, JsonValue]>;
  key: string | number;
}

/** Keys of a path that a message shows. */
const MAX_PATH = 200;

/** Visits every container once and every string at its place, in document order, without recursion. */
export function walkConfig(document: ConfigDocument, visitor: ConfigVisitor, budget: Budget): void {
  new Walk(document, visitor, budget).run();
}

/** Is itself the place it stands at, for a vocabulary has a million of them and nearly none is told. */
class Walk implements ConfigPlace {
  container: JsonArray | JsonObject = [];
  key: string | number = "";
  private readonly frames: Frame[] = [];
  private readonly seen = new Set<object>();

  constructor(
    private readonly document: ConfigDocument,
    private readonly visitor: ConfigVisitor,
    private readonly budget: Budget,
  ) {}

  run(): void {
    this.enter(this.document.value);
    for (let frame = this.frames.at(-1); frame !== undefined; frame = this.frames.at(-1)) {
      const next = frame.entries.next();
      if (next.done) {
        this.frames.pop();
        continue;
      }
      this.budget.spendSteps();
      const [key, value] = next.value;
      frame.key = key;
      this.container = frame.container;
      this.key = key;
      if (typeof value === "string") this.visitor.string?.(value, this);
      else if (typeof value === "object" && value !== null) this.enter(value);
    }
  }

  path(): string {
    return pathOf(this.frames);
  }

  offset(): number | undefined {
    return this.document.offsetOf(this.container, this.key);
  }

  private enter(value: JsonValue): void {
    if (!isJsonArray(value) && !isJsonObject(value)) return;
    if (this.seen.has(value)) return;
    this.seen.add(value);
    if (isJsonObject(value)) this.visitor.object?.(value, this.frames.length === 0 ? undefined : this);
    this.frames.push({ container: value, entries: value.entries(), key: "" });
  }
}

function pathOf(frames: readonly Frame[]): string {
  let path = "";
  for (const { key } of frames) path += typeof key === "number" ? `[${key}]` : path === "" ? key : `.${key}`;
  return path.length > MAX_PATH ? `…${path.slice(-MAX_PATH)}` : path;
}

/** An observation's `offset`, left out where it is not known. */
export function at(offset: number | undefined): { readonly offset: number } | Record<string, never> {
  return offset === undefined ? {} : { offset };
}

export function stringAt(object: JsonObject, key: string): string | undefined {
  const value = object.get(key);
  return typeof value === "string" ? value : undefined;
}

export function objectAt(object: JsonObject, key: string): JsonObject | undefined {
  const value = object.get(key);
  return isJsonObject(value) ? value : undefined;
}

export function arrayAt(object: JsonObject, key: string): JsonArray | undefined {
  const value = object.get(key);
  return isJsonArray(value) ? value : undefined;
}
