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
  /** Slots up to here may have been filled without a trace. */
  private lastForgotten = -1;

  constructor(private readonly most = SPARSE_SLOTS) {}

  set(index: number, kind: number, data: number): void {
    const at = index & (PAGE - 1);
    let page = this.pageOf(index);
    if (page === undefined || at >= page.kinds.length) {
      page = this.openPage(index, page);
      if (page === undefined) {
        this.setSparse(index, kind, data);
        return;
      }
    }
    if (page.kinds[at] === EMPTY) this.count(index);
    page.kinds[at] = kind;
    page.data[at] = data;
  }

  /** Python's own unpickler takes any index, and tells those apart that are the same in their lower 32 bits. */
  private pageOf(index: number): Page | undefined {
    return index < DENSE_SLOTS ? this.pages[index >>> PAGE_BITS] : undefined;
  }

  /** Makes room for a slot, or says that it is too far off. */
  private openPage(index: number, known: Page | undefined): Page | undefined {
    if (index >= DENSE_SLOTS || index > this.size + PAGE) return undefined;
    const slots = index < PAGE / 4 ? Math.max(FIRST_SLOTS, 1 << (33 - Math.clz32(index))) : PAGE;
    const page = { kinds: new Uint8Array(slots).fill(EMPTY), data: new Float64Array(slots) };
    if (known !== undefined) {
      page.kinds.set(known.kinds);
      page.data.set(known.data);
    }
    this.pages[index >>> PAGE_BITS] = page;
    return page;
  }

  private setSparse(index: number, kind: number, data: number): void {
    if (!this.sparse.has(index)) {
      this.count(index);
      if (this.sparse.size >= this.most) {
        // A pickle with so many entries is forgotten from here on, except for what could be called.
        if (kind !== KIND.GLOBAL && kind !== KIND.CALL) {
          this.lastForgotten = Math.max(this.lastForgotten, index);
          return;
        }
        if (this.sparse.size >= 2 * this.most)
          throw new LimitError("pickle_memo", `more than ${2 * this.most} far-off memo slots`);
      }
    }
    this.sparse.set(index, { kind, data });
  }

  /**
   * Counts a slot that is not known to be filled: MEMOIZE fills the one of that number, so a slot must not be counted twice. Picklers
   * fill slots in their order, so that none comes behind one that is forgotten.
   */
  private count(index: number): void {
    if (this.sparse.size > 0 && this.sparse.has(index)) return;
    if (index <= this.lastForgotten) throw new LimitError("pickle_memo", `memo slot ${index} may be filled already`);
    this.size++;
  }

  /** A slot was filled of which the number is not known: neither is the one that MEMOIZE fills next. */
  loseCount(): void {
    this.size = Number.NaN;
  }

  /** Undefined when the slot was never filled. */
  get(index: number): Value | undefined {
    const page = this.pageOf(index);
    const at = index & (PAGE - 1);
    const kind = page?.kinds[at] ?? EMPTY;
    if (page !== undefined && kind !== EMPTY) return { kind, data: page.data[at] ?? 0 };
    return this.sparse.get(index) ?? (index <= this.lastForgotten ? UNKNOWN : undefined);
  }
}
