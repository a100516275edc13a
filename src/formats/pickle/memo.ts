import { LimitError } from "../../errors.js";
import { KIND, UNKNOWN, type Value } from "./value.js";

const PAGE_BITS = 16;
const PAGE = 1 << PAGE_BITS;
/** Densely stored slots: 108 MB at most, more than any pickle of less than about 100 million opcodes fills. */
const DENSE_SLOTS = 12 << 20;
/** Slots beyond, or far apart: kept in a map while they are few. */
const SPARSE_SLOTS = 1 << 18;

interface Page {
  readonly kinds: Uint8Array;
  readonly data: Float64Array;
}

const EMPTY = 0xff;
/** Most pickles fill a few dozen slots: the first page starts small. */
const FIRST_SLOTS = 256;

/**
 * The memo of one stream, indexed as PUT, BINPUT, LONG_BINPUT and MEMOIZE do. Dense while indices grow as real picklers make them;
 * far-off indices (LONG_BINPUT 0xfffffffe makes the C loader allocate 32 GB) cost a map entry each.
 */
export class Memo {
  private readonly pages: Page[] = [];
  private readonly sparse = new Map<number, Value>();
  /** Number of slots in use: the index of the next MEMOIZE. */
  size = 0;

  set(index: number, kind: number, data: number): void {
    const number = index >>> PAGE_BITS;
    const at = index & (PAGE - 1);
    let page = this.pages[number];
    if (page === undefined || at >= page.kinds.length) {
      page = this.openPage(index, number, page);
      if (page === undefined) {
        this.setSparse(index, kind, data);
        return;
      }
    }
    if (page.kinds[at] === EMPTY) this.size++;
    page.kinds[at] = kind;
    page.data[at] = data;
  }

  /** Makes room for a slot, or says that it is too far off. */
  private openPage(index: number, number: number, known: Page | undefined): Page | undefined {
    if (index >= DENSE_SLOTS || index > this.size + PAGE) return undefined;
    const first = number === 0 && index < PAGE / 4 ? Math.max(FIRST_SLOTS, 1 << (33 - Math.clz32(index))) : PAGE;
    const slots = Math.min(PAGE, first);
    const page = { kinds: new Uint8Array(slots).fill(EMPTY), data: new Float64Array(slots) };
    if (known !== undefined) {
      page.kinds.set(known.kinds);
      page.data.set(known.data);
    }
    this.pages[number] = page;
    return page;
  }

  private setSparse(index: number, kind: number, data: number): void {
    if (!this.sparse.has(index)) {
      this.size++;
      if (this.sparse.size >= SPARSE_SLOTS) {
        // A pickle with so many entries is forgotten from here on, except for what could be called.
        if (kind !== KIND.GLOBAL && kind !== KIND.CALL) return;
        if (this.sparse.size >= 2 * SPARSE_SLOTS)
          throw new LimitError("pickle_memo", `more than ${2 * SPARSE_SLOTS} far-off memo slots`);
      }
    }
    this.sparse.set(index, { kind, data });
  }

  /** Undefined when the slot was never filled. */
  get(index: number): Value | undefined {
    const page = this.pages[index >>> PAGE_BITS];
    if (page === undefined) return this.sparse.get(index) ?? (this.forgot(index) ? UNKNOWN : undefined);
    const at = index & (PAGE - 1);
    const kind = page.kinds[at] ?? EMPTY;
    return kind === EMPTY ? this.sparse.get(index) : { kind, data: page.data[at] ?? 0 };
  }

  private forgot(index: number): boolean {
    return this.sparse.size >= SPARSE_SLOTS && index >= DENSE_SLOTS;
  }
}
