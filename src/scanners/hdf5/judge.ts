import { ParseError } from "../../errors.js";
import type { ExternalSegment } from "../../formats/hdf5/dataset.js";
import type { Filter } from "../../formats/hdf5/filters.js";
import type { Link } from "../../formats/hdf5/links.js";
import { HEAD_BYTES, type OpenPiece, openBytes } from "../../formats/hdf5/pieces.js";
import type { VirtualSource } from "../../formats/hdf5/virtual.js";
import { type ByteSource, readExactly } from "../../io/byte-source.js";
import { inspectKerasText } from "../keras/inspect.js";
import type { ScanContext } from "../scanner.js";
import { judgeExternalFile, judgeFilter, judgeLink, judgeVirtualSource } from "./references.js";
import { isBinaryPickle, isSerialised } from "./serialised.js";

/** Where a value stands: an object, or an attribute of one. */
export interface ValuePlace {
  readonly path: string;
  readonly attribute?: string;
}

interface Config {
  readonly path: string;
  readonly attribute: string;
  readonly bytes: Uint8Array;
}

/** The largest architectures are a few megabytes of JSON. */
const MAX_CONFIG_BYTES = 128 << 20;
/** Configs that wait for their version: a thousand attributes may share one long text. */
const MAX_WAITING_BYTES = 32 << 20;
const MAX_FACT_BYTES = 200;
/** Facts that Keras states in attributes of the model's own group. */
const FACTS: ReadonlyMap<string, string> = new Map([
  ["keras_version", "keras_version"],
  ["backend", "keras_backend"],
]);

/** Judges what either reader of HDF5 finds. */
export class Judge {
  private configs: Config[] = [];
  private waiting = 0;
  private problem: ParseError | undefined;
  /** `keras_version` of the groups that state one. */
  private readonly versions = new Map<string, string>();

  /** Values that turned out to be pickles. */
  private readonly pickles: string[] = [];

  constructor(private readonly context: ScanContext) {}

  async link(path: string, link: Link): Promise<void> {
    const observation = judgeLink(path, link, link.kind === "external" ? await this.context.tree() : undefined);
    if (observation) this.context.report(observation);
  }

  async externalFile(path: string, segment: ExternalSegment): Promise<void> {
    this.context.report(judgeExternalFile(path, segment, await this.context.tree()));
  }

  async virtualSource(path: string, source: VirtualSource): Promise<void> {
    const observation = judgeVirtualSource(path, source, await this.context.tree());
    if (observation) this.context.report(observation);
  }

  filter(path: string, filter: Filter): void {
    const observation = judgeFilter(path, filter);
    if (observation) this.context.report(observation);
  }

  /** A text or block of bytes: a pickle or an archive is scanned as such, the text of an attribute may be a Keras config. */
  async bytes(place: ValuePlace, value: OpenPiece): Promise<void> {
    if (isSerialised(value.head, value.source.size)) await this.descend(place, value);
    else if (place.attribute !== undefined) await this.text(place.path, place.attribute, value);
  }

  /** An element of a dataset: passed over unless it is something else than text or numbers. */
  async element(path: string, bytes: Uint8Array): Promise<void> {
    if (!isSerialised(bytes.subarray(0, HEAD_BYTES), bytes.length)) return;
    await this.bytes({ path }, openBytes(bytes));
  }

  private async descend({ path, attribute }: ValuePlace, { source, head }: OpenPiece): Promise<void> {
    const name = attribute === undefined ? path : `${path}@${attribute}`;
    const isPickle = isBinaryPickle(head);
    const { formats } = await this.context.descend({ name, source, ...(isPickle ? { formats: ["pickle"] } : {}) });
    if (formats.includes("pickle")) this.pickles.push(name);
  }

  private async text(path: string, attribute: string, { source, head }: OpenPiece): Promise<void> {
    const { size } = source;
    const fact = FACTS.get(attribute);
    if (fact !== undefined && size <= MAX_FACT_BYTES) await this.fact(path, fact, source);
    if (!mayBeJson(head)) return;
    if (size > MAX_CONFIG_BYTES) {
      this.context.incomplete(`the text of ${path}@${attribute} has ${size} bytes, limit ${MAX_CONFIG_BYTES}`);
      return;
    }
    this.configs.push({ path, attribute, bytes: await readExactly(source, 0, size) });
    this.waiting += size;
    if (this.waiting > MAX_WAITING_BYTES) await this.judgeConfigs();
  }

  private async fact(path: string, fact: string, source: ByteSource): Promise<void> {
    const value = new TextDecoder().decode(await readExactly(source, 0, source.size));
    if (fact === "keras_version") this.versions.set(path, value);
    this.context.describe(fact, value);
  }

  /** Tells what needs the whole. Returns what is wrong with one of the configs. */
  async finish(): Promise<ParseError | undefined> {
    this.tellPickles();
    await this.judgeConfigs();
    return this.problem;
  }

  /** Judges the configs so far, with the version that their group states. */
  async judgeConfigs(): Promise<void> {
    const configs = this.configs;
    this.configs = [];
    this.waiting = 0;
    for (const config of configs) {
      const failure = await this.inspect(config);
      this.problem ??= failure;
    }
  }

  /** Returns what is wrong with one config, so that the others are judged as well. */
  private async inspect({ path, attribute, bytes }: Config): Promise<ParseError | undefined> {
    const version = this.versions.get(path) ?? this.versions.get("/");
    const at = path === "/" ? attribute : `${path}@${attribute}`;
    const stated = version === undefined ? {} : { kerasVersion: version };
    try {
      await inspectKerasText(bytes, this.context, { at, container: "hdf5", ...stated });
    } catch (error) {
      if (error instanceof ParseError) return error;
      throw error;
    }
    return undefined;
  }

  private tellPickles(): void {
    const [first] = this.pickles;
    if (first === undefined) return;
    const { size } = new Set(this.pickles);
    this.context.report({
      rule: "hdf5/embedded-object",
      message: size === 1 ? `${first} holds a pickle` : `${size} values hold pickles, ${first} the first`,
      subject: "pickles",
      evidence: { values: size, first },
    });
  }
}

/** JSON may begin with white space. */
function mayBeJson(head: Uint8Array): boolean {
  return /^[ \t\r\n]{0,512}(?:[{[]|$)/.test(new TextDecoder("latin1").decode(head));
}
