// Imported names that are dangerous to call and do no harm where they lie.

import type { Inspector } from "../../formats/pickle/inspector.js";
import { KIND, type Value } from "../../formats/pickle/value.js";

/** Containers whose names are counted. */
const MAX_HOLDERS = 1 << 16;

/** A tuple or dict in which names do no harm, as long as nothing but `shares` places leads to it. */
interface Holder {
  readonly container: Value;
  readonly shares: number;
  /** Indices of imported names, one for each place in it. */
  readonly names: readonly number[];
}

/** Counts the places in which a name is known to be harmless, and compares them with all in which the machine holds it. */
export class Accounts {
  private readonly places = new Map<number, number>();
  private readonly holders: Holder[] = [];

  /** One place of a name. */
  add({ kind, data }: Value): void {
    if (kind === KIND.GLOBAL) this.count(data);
  }

  /** The names in a container, each place of them. */
  hold(container: Value, shares: number, names: readonly Value[]): void {
    const globals = names.filter(({ kind }) => kind === KIND.GLOBAL).map(({ data }) => data);
    if (globals.length > 0 && this.holders.length < MAX_HOLDERS)
      this.holders.push({ container, shares, names: globals });
  }

  /** The names that lie nowhere else. */
  settle({ heap }: Inspector): ReadonlySet<number> {
    for (const kind of [KIND.TUPLE, KIND.DICT]) {
      const holders = this.holders.filter(({ container }) => container.kind === kind);
      const held =
        holders.length > 0 ? heap.places(kind, new Set(holders.map(({ container }) => container.data))) : undefined;
      for (const { container, shares, names } of holders)
        if (held?.get(container.data) === shares) for (const name of names) this.count(name);
    }
    if (this.places.size === 0) return new Set();
    const found = heap.places(KIND.GLOBAL, new Set(this.places.keys()));
    return new Set([...this.places].filter(([name, count]) => found?.get(name) === count).map(([name]) => name));
  }

  private count(name: number): void {
    this.places.set(name, (this.places.get(name) ?? 0) + 1);
  }
}
