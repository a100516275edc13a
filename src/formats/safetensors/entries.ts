import type { JsonScalar } from "../json/value.js";
import type { JsonVisitor } from "../json/walk.js";
import { DTYPE_BITS } from "./dtypes.js";
import type { SafetensorsFaultKind, SafetensorsVisitor } from "./header.js";

const METADATA_KEY = "__metadata__";
/** A name that a later version of the format may well give to a type. */
const PLAUSIBLE_DTYPE = /^[A-Z]{1,4}\d{1,3}(?:_[A-Z0-9]{1,12})?$/;
/** Dimensions are usize, so they fit 64 bits. */
const MAX_DIMENSION = (1n << 64n) - 1n;

const FIELDS = ["dtype", "shape", "data_offsets"] as const;
type Field = (typeof FIELDS)[number];

/** What has been read of the entry at hand. */
interface Entry {
  readonly name: string;
  readonly offset: number;
  dtype: string | undefined;
  shape: bigint[] | undefined;
  offsets: bigint[] | undefined;
  /** The field whose value comes next or whose list is open. */
  field: Field | undefined;
  isBad: boolean;
}

/** Takes the header's JSON event by event and checks each entry when it closes: nothing of an entry is kept beyond that. */
export class EntryReader implements JsonVisitor {
  private depth = 0;
  private entry: Entry | undefined;
  private readonly names = new Set<string>();
  private metadataKeys: Set<string> | undefined;
  private metadataKey = "";

  constructor(
    private readonly dataSize: number,
    private readonly visitor: SafetensorsVisitor,
  ) {}

  open(isObject: boolean, offset: number): void {
    this.depth++;
    const { entry, depth } = this;
    if (depth === 2 && !isObject) this.spoil(offset, "is a list, not an object");
    if (depth === 4 && entry?.field !== undefined) this.spoil(offset, `${entry.field} holds a list or an object`);
    if (depth !== 3 || entry === undefined) return;
    if (this.isMetadata()) this.spoil(offset, `${this.metadataKey} is no text`);
    else if (isObject && entry.field !== undefined) this.spoil(offset, `${entry.field} is an object`);
    else if (entry.field === "shape") entry.shape = [];
    else if (entry.field === "data_offsets") entry.offsets = [];
    else if (entry.field === "dtype") this.spoil(offset, "dtype is a list");
  }

  close(end: number): void {
    if (this.depth === 2) this.finish(end);
    if (this.depth === 3 && this.entry) this.entry.field = undefined;
    this.depth--;
  }

  key(text: string, offset: number): void {
    if (this.depth === 1) this.begin(text, offset);
    else if (this.depth === 2 && this.isMetadata()) this.beginMetadata(text, offset);
    else if (this.depth === 2) this.beginField(text, offset);
  }

  scalar(value: JsonScalar, offset: number): void {
    const { entry, depth } = this;
    if (entry === undefined) return;
    if (depth === 1) this.scalarEntry(value, offset);
    else if (depth === 2 && this.isMetadata()) this.metadataValue(value, offset);
    else if (depth === 2) this.fieldValue(value, offset);
    else if (depth === 3) this.listValue(value, offset);
  }

  private begin(name: string, offset: number): void {
    if (this.names.has(name)) this.fault("duplicate-key", name, `${name} stands twice`, offset);
    this.names.add(name);
    this.entry = {
      name,
      offset,
      dtype: undefined,
      shape: undefined,
      offsets: undefined,
      field: undefined,
      isBad: false,
    };
    if (name === METADATA_KEY) this.metadataKeys = new Set();
  }

  private isMetadata(): boolean {
    return this.entry?.name === METADATA_KEY;
  }

  private beginMetadata(key: string, offset: number): void {
    if (this.metadataKeys?.has(key)) this.fault("duplicate-key", key, `metadata key ${key} stands twice`, offset);
    this.metadataKeys?.add(key);
    this.metadataKey = key;
  }

  private beginField(key: string, offset: number): void {
    const { entry } = this;
    if (entry === undefined) return;
    entry.field = FIELDS.find((field) => field === key);
    if (entry.field === undefined) {
      this.fault("unknown-field", entry.name, `${entry.name} has the unknown field ${key}`, offset);
    } else if (isSet(entry, entry.field)) {
      this.fault("duplicate-key", entry.name, `${entry.name} has ${key} twice`, offset);
    }
  }

  private scalarEntry(value: JsonScalar, offset: number): void {
    if (!(this.isMetadata() && value === null)) this.spoil(offset, "is no object");
    this.entry = undefined;
  }

  private metadataValue(value: JsonScalar, offset: number): void {
    if (typeof value === "string") this.visitor.metadata(this.metadataKey, value, offset);
    else this.spoil(offset, `${this.metadataKey} is no text`);
  }

  private fieldValue(value: JsonScalar, offset: number): void {
    const { entry } = this;
    if (entry?.field === undefined) return;
    if (entry.field === "dtype" && typeof value === "string") entry.dtype = value;
    else this.spoil(offset, `${entry.field} is ${value === null ? "null" : `a ${typeof value}`}`);
    entry.field = undefined;
  }

  private listValue(value: JsonScalar, offset: number): void {
    const { entry } = this;
    const list = entry?.field === "shape" ? entry.shape : entry?.field === "data_offsets" ? entry.offsets : undefined;
    if (list === undefined) return;
    const count = toCount(value);
    if (count === undefined) this.spoil(offset, `${entry?.field ?? ""} holds ${String(value)}`);
    else list.push(count);
  }

  private finish(end: number): void {
    const { entry } = this;
    this.entry = undefined;
    if (entry === undefined || entry.isBad || entry.name === METADATA_KEY) return;
    const { name, offset, dtype, shape, offsets } = entry;
    const [begin, stop] = offsets ?? [];
    if (
      dtype === undefined ||
      shape === undefined ||
      begin === undefined ||
      stop === undefined ||
      offsets?.length !== 2
    ) {
      this.fault("bad-entry", name, `${name} lacks dtype, shape or its two data_offsets`, end);
      return;
    }
    this.checkSize({ name, offset, dtype, shape, begin, stop });
  }

  private checkSize(tensor: RawTensor): void {
    const { name, offset, dtype, shape, begin, stop } = tensor;
    const elements = shape.reduce((all, one) => all * one, 1n);
    const bits = DTYPE_BITS.get(dtype);
    if (bits === undefined) {
      const kind = PLAUSIBLE_DTYPE.test(dtype) ? "unknown-dtype" : "bad-entry";
      this.fault(kind, name, `${name} is of the unknown dtype ${dtype.slice(0, 100)}`, offset);
    } else this.checkBits(tensor, elements, elements * bits);
    if (begin > stop) this.fault("bad-entry", name, `${name} begins at ${begin} and ends before it at ${stop}`, offset);
    else if (stop > BigInt(this.dataSize)) {
      this.fault("tensor-outside", name, `${name} ends at ${stop}, the data at ${this.dataSize}`, offset);
    } else this.visitor.tensor({ name, dtype, begin: Number(begin), end: Number(stop), offset }, elements);
  }

  private checkBits({ name, offset, dtype, shape, begin, stop }: RawTensor, elements: bigint, bits: bigint): void {
    const of = `${name} (${dtype} ${shape.join(" x ") || "scalar"})`;
    if (elements > MAX_DIMENSION || bits > MAX_DIMENSION) {
      this.fault("tensor-size", name, `${of} has more elements than 64 bits can count`, offset);
    } else if (bits % 8n !== 0n) this.fault("tensor-size", name, `${of} does not end at a whole byte`, offset);
    else if (bits / 8n !== stop - begin) {
      this.fault("tensor-size", name, `${of} takes ${bits / 8n} bytes, its offsets span ${stop - begin}`, offset);
    }
  }

  private spoil(offset: number, what: string): void {
    const { entry } = this;
    if (entry === undefined || entry.isBad) return;
    entry.isBad = true;
    this.fault("bad-entry", entry.name, `${entry.name}: ${what}`, offset);
  }

  private fault(kind: SafetensorsFaultKind, subject: string, message: string, offset: number): void {
    this.visitor.fault({ kind, subject, message, offset });
  }
}

interface RawTensor {
  readonly name: string;
  readonly offset: number;
  readonly dtype: string;
  readonly shape: readonly bigint[];
  readonly begin: bigint;
  readonly stop: bigint;
}

function isSet(entry: Entry, field: Field): boolean {
  if (field === "dtype") return entry.dtype !== undefined;
  return (field === "shape" ? entry.shape : entry.offsets) !== undefined;
}

/** A non-negative integer of 64 bits, as the crate's usize takes it. */
function toCount(value: JsonScalar): bigint | undefined {
  if (typeof value === "bigint") return value >= 0n && value <= MAX_DIMENSION ? value : undefined;
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0 ? BigInt(value) : undefined;
}
