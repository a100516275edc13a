import type { ImportedName } from "./event.js";
import type { Heap } from "./heap.js";
import { exactText, isWhole, literalBytes, literalRange, literalText } from "./literal.js";
import { isText, KIND, type Value } from "./value.js";
import type { Window } from "./window.js";

/** An imported name as the machine keeps it: as written, and as the loader resolves it. */
export interface GlobalEntry extends ImportedName {
  /** After the renames of old protocols. */
  readonly resolvedModule: string;
  readonly resolvedName: string;
}

/** Characters that are read to fold calls of one stream, and computed: lists of lists of one list are without end. */
const MAX_FOLDED = 128 << 20;
/** Computed texts and bytes kept for one stream; beyond, results of folding are unknown. */
const MAX_COMPUTED_BYTES = 64 << 20;

/** Reads values: what their kind says, their text, items, callee. Judging and display see the machine only through this. */
export class Inspector {
  readonly globals: GlobalEntry[] = [];
  private readonly computed: (string | Uint8Array)[] = [];
  private computedBytes = 0;
  private folded = 0;

  constructor(
    readonly window: Window,
    readonly heap: Heap,
  ) {}

  /** Constant text of at most `limit` bytes; undefined when the value is none. */
  text(value: Value, limit = 1 << 16): string | undefined {
    if (value.kind === KIND.STR || value.kind === KIND.HOOK) return literalText(this.window, value.data, limit);
    if (value.kind !== KIND.COMPUTED_STR) return undefined;
    const text = this.computed[value.data];
    return typeof text === "string" ? text.slice(0, limit) : undefined;
  }

  /** Constant bytes of at most `limit`; undefined when the value is none. */
  bytes(value: Value, limit = 1 << 20): Uint8Array | undefined {
    if (value.kind === KIND.BYTES || value.kind === KIND.BYTEARRAY) return literalBytes(this.window, value.data, limit);
    if (value.kind !== KIND.COMPUTED_BYTES) return undefined;
    const bytes = this.computed[value.data];
    return bytes instanceof Uint8Array ? bytes.subarray(0, limit) : undefined;
  }

  /** The text or bytes that a value is, to the last character; undefined where it is longer, or where not all loaders agree. */
  exact(value: Value, limit: number): string | Uint8Array | undefined {
    const range = this.range(value);
    if (range === undefined) {
      const content = this.computed[value.data];
      return content !== undefined && this.affords(content.length) ? content : undefined;
    }
    if (!isWhole(range, limit) || !this.affords(range.length)) return undefined;
    return isText(value.kind)
      ? exactText(this.window, value.data, limit)
      : literalBytes(this.window, value.data, limit);
  }

  /** Pays for looking at values; false when that went on for too long. */
  affords(cost: number): boolean {
    this.folded += cost;
    return this.folded <= MAX_FOLDED;
  }

  /** Where a literal's content lies in the source; undefined for computed values. */
  range(value: Value): { start: number; length: number } | undefined {
    const literal =
      value.kind === KIND.STR || value.kind === KIND.HOOK || value.kind === KIND.BYTES || value.kind === KIND.BYTEARRAY;
    return literal ? literalRange(this.window, value.data) : undefined;
  }

  global(value: Value): GlobalEntry | undefined {
    return value.kind === KIND.GLOBAL ? this.globals[value.data] : undefined;
  }

  /** The remembered items of a tuple, list, dict or set; undefined when there are none to be had. */
  items(value: Value): Value[] | undefined {
    if (value.kind === KIND.TUPLE) return this.heap.tupleItems(value.data);
    if (value.kind === KIND.LIST || value.kind === KIND.DICT || value.kind === KIND.SET)
      return this.heap.containerItems(value.data);
    return undefined;
  }

  /** Number of items, remembered or not (for a dict: keys and values together). */
  count(value: Value): number {
    if (value.kind === KIND.TUPLE) return this.heap.tupleLength(value.data);
    return this.heap.containerInfo(value.data)?.count ?? Number.NaN;
  }

  /** Entries of a dict whose keys are constant texts. */
  entries(value: Value): Map<string, Value> {
    const entries = new Map<string, Value>();
    if (value.kind !== KIND.DICT) return entries;
    const items = this.items(value) ?? [];
    for (let i = 0; i + 1 < items.length; i += 2) {
      const key = items[i];
      const item = items[i + 1];
      const name = key === undefined ? undefined : this.text(key, 256);
      if (name !== undefined && item !== undefined) entries.set(name, item);
    }
    return entries;
  }

  /** Callee and arguments of a call result, class and arguments of an instance. */
  origin(value: Value): { callee: Value; args: Value; state: Value } | undefined {
    if (value.kind !== KIND.CALL && value.kind !== KIND.INSTANCE) return undefined;
    const { heap } = this;
    return { callee: heap.field(value.data, 0), args: heap.field(value.data, 1), state: heap.field(value.data, 2) };
  }

  /** Keeps a computed text or bytes; undefined when too much was computed already. */
  keep(content: string | Uint8Array): Value | undefined {
    this.affords(content.length);
    this.computedBytes += content.length;
    if (this.computedBytes > MAX_COMPUTED_BYTES || this.computed.length > 1 << 16) return undefined;
    this.computed.push(content);
    return {
      kind: typeof content === "string" ? KIND.COMPUTED_STR : KIND.COMPUTED_BYTES,
      data: this.computed.length - 1,
    };
  }
}
