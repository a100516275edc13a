import { LimitError } from "../../errors.js";
import type { ImportedName } from "./event.js";
import type { GlobalEntry } from "./inspector.js";
import { resolveName } from "./names.js";
import { KIND, type Value } from "./value.js";

/** Imported names told apart in one stream. */
const MAX_GLOBALS = 1 << 16;

/** What further uses of a name need not be told. */
export const MUTE = { CALL: 1, NEW: 2 } as const;

/** The names that a stream imports, each once, with what is remembered of their use. */
export class Imports {
  private readonly byName = new Map<string, number>();
  private readonly byOperands = new Map<number, Map<number, number>>();
  private muted = new Uint8Array(64);
  /** How often a call that was not told was made. */
  readonly repeats = new Map<number, number>();

  constructor(
    private readonly entries: GlobalEntry[],
    private readonly tellNew: (index: number, entry: GlobalEntry) => void,
  ) {}

  /** The index of a name; tells when it is new. */
  intern(name: ImportedName): number {
    const { protocol, module, name: path, via = "", offset } = name;
    // Renames hold below 3, dotted names from 4 on: only that makes the same text another name.
    const key = `${protocol < 3 ? 2 : protocol < 4 ? 3 : 4}\u0000${via}\u0000${module}\u0000${path}`;
    const known = this.byName.get(key);
    if (known !== undefined) return known;
    if (this.entries.length >= MAX_GLOBALS) {
      throw new LimitError("pickle_globals", `more than ${MAX_GLOBALS} imported names`, offset);
    }
    const resolved = resolveName(module, path, protocol);
    const entry = { ...name, resolvedModule: resolved.module, resolvedName: resolved.name };
    const index = this.entries.push(entry) - 1;
    this.byName.set(key, index);
    if (index >= this.muted.length) this.growMuted();
    this.tellNew(index, entry);
    return index;
  }

  /** The name that these two constants made before under the same protocol, if they did. */
  recall(module: Value, name: Value, protocol: number): number | undefined {
    if (module.kind !== KIND.STR || name.kind !== KIND.STR) return undefined;
    const known = this.byOperands.get(module.data)?.get(name.data);
    return known !== undefined && this.entries[known]?.protocol === protocol ? known : undefined;
  }

  remember(module: Value, name: Value, index: number): void {
    if (module.kind !== KIND.STR || name.kind !== KIND.STR || this.byOperands.size >= MAX_GLOBALS) return;
    const names = this.byOperands.get(module.data) ?? new Map<number, number>();
    names.set(name.data, index);
    this.byOperands.set(module.data, names);
  }

  isMuted(index: number, use: number): boolean {
    return ((this.muted[index] as number) & use) !== 0;
  }

  mute(index: number, use: number): void {
    this.muted[index] = (this.muted[index] as number) | use;
  }

  repeat(index: number): void {
    this.repeats.set(index, (this.repeats.get(index) ?? 0) + 1);
  }

  private growMuted(): void {
    const muted = new Uint8Array(this.muted.length * 2);
    muted.set(this.muted);
    this.muted = muted;
  }
}
