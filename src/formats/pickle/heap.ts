import { KIND, UNKNOWN, type Value } from "./value.js";

/** Slots of the ring: 19 MB. A power of two. */
const SLOTS = 1 << 21;
const FIRST_SLOTS = 128;
const NO_KINDS = new Uint8Array(0);
const NO_DATA = new Float64Array(0);
/** Items remembered of one list, dict or set: enough for the state of any real object, cheap for a list of millions. */
const REMEMBERED_ITEMS = 250;
/** A chunk's first slot says how many items it has and, times this, where the next chunk is. */
const CHUNK = 256;
const CONTAINER_SLOTS = 3;
/** Containers whose flags outlive the ring. */
const MAX_FLAGGED = 4096;

/**
 * The contents of tuples, containers and call results, in a ring of fixed size: the oldest are forgotten. A handle is a position that
 * only grows, so a forgotten node is recognised and reads as unknown, which is never mistaken for harmless.
 */
export class Heap {
  // The arrays grow to the ring's full size only when a pickle needs it: a small one should not pay for 19 MB, a trial for nothing.
  private kinds = NO_KINDS;
  private data = NO_DATA;
  private mask = 0;
  /** Flags of containers, which are not forgotten with the rest. */
  private readonly flagged = new Map<number, number>();
  /** An imported name was put where it is not remembered. */
  private hasLostName = false;
  /** Next free position. 0 is never a handle. */
  private head = 1;

  constructor(private readonly slots = SLOTS) {}

  private reserve(slots: number): number {
    while (this.head + slots > this.kinds.length && this.kinds.length < this.slots) this.grow();
    const at = this.head;
    this.head += slots;
    return at;
  }

  private grow(): void {
    const size = Math.max(FIRST_SLOTS, Math.min(this.slots, this.kinds.length * 4));
    const kinds = new Uint8Array(size);
    const data = new Float64Array(size);
    kinds.set(this.kinds);
    data.set(this.data);
    this.kinds = kinds;
    this.data = data;
    this.mask = size - 1;
  }

  private alive(handle: number): boolean {
    return handle > 0 && handle > this.head - this.slots;
  }

  private put(at: number, kind: number, data: number): void {
    this.kinds[at & this.mask] = kind;
    this.data[at & this.mask] = data;
  }

  /** Copies `count` stack values from `from` on to the slots from `at` on. */
  private keep(at: number, stackKinds: Uint8Array, stackData: Float64Array, from: number, count: number): void {
    const { kinds, data, mask } = this;
    for (let i = 0; i < count; i++) {
      kinds[(at + i) & mask] = stackKinds[from + i] as number;
      data[(at + i) & mask] = stackData[from + i] as number;
    }
  }

  private slot(at: number): Value {
    return { kind: this.kinds[at & this.mask] ?? 0, data: this.data[at & this.mask] ?? 0 };
  }

  /** A tuple of `count` values that lie at `from` on the stack; of long ones the first are remembered. */
  tuple(stackKinds: Uint8Array, stackData: Float64Array, from: number, count: number): number {
    const kept = Math.min(count, REMEMBERED_ITEMS);
    const at = this.reserve(kept + 1);
    this.lose(stackKinds, from + kept, from + count);
    this.put(at, KIND.UNKNOWN, count);
    this.keep(at + 1, stackKinds, stackData, from, kept);
    return at;
  }

  /** An empty list, dict or set. */
  container(): number {
    const at = this.reserve(CONTAINER_SLOTS);
    this.put(at, 0, 0); // flags, number of items
    this.put(at + 1, KIND.UNKNOWN, 0); // first chunk
    this.put(at + 2, KIND.UNKNOWN, 0); // last chunk
    return at;
  }

  /** Adds `count` stack values to a container. `flags` are or-ed to those it has. */
  extend(
    handle: number,
    stackKinds: Uint8Array,
    stackData: Float64Array,
    from: number,
    count: number,
    flags: number,
  ): void {
    this.flag(handle, flags);
    if (!this.alive(handle)) return;
    const { kind, data } = this.slot(handle);
    this.put(handle, kind | flags, data + count);
    const kept = Math.min(count, REMEMBERED_ITEMS - Math.min(data, REMEMBERED_ITEMS));
    this.lose(stackKinds, from + kept, from + count);
    if (kept === 0) return;
    const chunk = this.reserve(kept + 1);
    if (!this.alive(handle)) return;
    this.put(chunk, KIND.UNKNOWN, kept);
    this.keep(chunk + 1, stackKinds, stackData, from, kept);
    const last = this.slot(handle + 2).data;
    if (last === 0) this.put(handle + 1, KIND.UNKNOWN, chunk);
    else this.put(last, KIND.UNKNOWN, this.slot(last).data + chunk * CHUNK);
    this.put(handle + 2, KIND.UNKNOWN, chunk);
  }

  /** Stack values from `from` to `to` go where they are not remembered. Runs for every item of long lists: a view would cost more. */
  lose(stackKinds: Uint8Array, from: number, to: number): void {
    for (let i = from; i < to && !this.hasLostName; i++) this.hasLostName = stackKinds[i] === KIND.GLOBAL;
  }

  /** In how many places each of these values is held by tuples, containers, calls and objects; `undefined` when some are forgotten. */
  places(kind: number, wanted: ReadonlySet<number>): ReadonlyMap<number, number> | undefined {
    if (this.hasLostName || this.head > this.slots) return undefined;
    const counts = new Map<number, number>();
    for (let at = 1; at < this.head; at++) {
      const data = this.data[at];
      if (this.kinds[at] === kind && data !== undefined && wanted.has(data))
        counts.set(data, (counts.get(data) ?? 0) + 1);
    }
    return counts;
  }

  /** Marks a container, or what a call made, for longer than its items are remembered. */
  flag(handle: number, flags: number): void {
    if (flags !== 0 && (this.flagged.size < MAX_FLAGGED || this.flagged.has(handle)))
      this.flagged.set(handle, flags | (this.flagged.get(handle) ?? 0));
  }

  flagsOf(handle: number): number {
    return this.flagged.get(handle) ?? 0;
  }

  /** A call result, an instance or a persistent object. */
  node(firstKind: number, firstData: number, secondKind: number, secondData: number): number {
    const at = this.reserve(3);
    this.put(at, firstKind, firstData);
    this.put(at + 1, secondKind, secondData);
    this.put(at + 2, KIND.NONE, 0);
    return at;
  }

  /** Remembers what BUILD gave to a call result or an instance. */
  setState(handle: number, kind: number, data: number): void {
    if (this.alive(handle)) this.put(handle + 2, kind, data);
  }

  /** Field of a node made by `node`: 0 callee or class, 1 arguments, 2 state. */
  field(handle: number, index: 0 | 1 | 2): Value {
    return this.alive(handle) ? this.slot(handle + index) : UNKNOWN;
  }

  /** Number of items of a tuple (NaN when forgotten). */
  tupleLength(handle: number): number {
    if (handle === 0) return 0;
    return this.alive(handle) ? this.slot(handle).data : Number.NaN;
  }

  /** The remembered items of a tuple; undefined when forgotten. */
  tupleItems(handle: number): Value[] | undefined {
    if (handle === 0) return [];
    if (!this.alive(handle)) return undefined;
    const kept = Math.min(this.slot(handle).data, REMEMBERED_ITEMS);
    return Array.from({ length: kept }, (_, i) => this.slot(handle + 1 + i));
  }

  /** Number of items and flags of a list, dict or set (for a dict two items an entry); undefined when forgotten and unflagged. */
  containerInfo(handle: number): { count: number; flags: number } | undefined {
    if (!this.alive(handle)) {
      const flags = this.flagged.get(handle);
      return flags === undefined ? undefined : { count: Number.POSITIVE_INFINITY, flags };
    }
    const { kind, data } = this.slot(handle);
    return { count: data, flags: kind };
  }

  /** The remembered items of a list, dict (key, value, key, value ...) or set, in order; undefined when forgotten. */
  containerItems(handle: number): Value[] | undefined {
    if (!this.alive(handle)) return undefined;
    const items: Value[] = [];
    let chunk = this.slot(handle + 1).data;
    while (chunk !== 0) {
      const { data } = this.slot(chunk);
      for (let i = 1; i <= data % CHUNK; i++) items.push(this.slot(chunk + i));
      chunk = Math.floor(data / CHUNK);
    }
    return items;
  }
}
