import type { Inspector } from "../../formats/pickle/inspector.js";
import { KIND, type Value } from "../../formats/pickle/value.js";
import type { SyncByteSource } from "../../io/byte-source.js";

/** Bytes of one element, by storage class (torch/storage.py). */
const ELEMENT_BYTES = new Map<string, number>([
  ["DoubleStorage", 8],
  ["FloatStorage", 4],
  ["HalfStorage", 2],
  ["BFloat16Storage", 2],
  ["LongStorage", 8],
  ["IntStorage", 4],
  ["ShortStorage", 2],
  ["CharStorage", 1],
  ["ByteStorage", 1],
  ["BoolStorage", 1],
  ["ComplexDoubleStorage", 16],
  ["ComplexFloatStorage", 8],
  ["QInt8Storage", 1],
  ["QUInt8Storage", 1],
  ["QInt32Storage", 4],
  ["QUInt4x2Storage", 1],
  ["QUInt2x4Storage", 1],
  ["UntypedStorage", 1],
]);

/** The storages that the object pickle of a legacy file refers to: key -> bytes of one element. */
export class StorageTable {
  private readonly elementBytes = new Map<string, number>();

  /** Takes ("storage", class, key, location, element count, view). */
  add(inspect: Inspector, id: Value): void {
    const [tag, cls, key] = inspect.items(id) ?? [];
    if (!tag || !cls || !key || inspect.text(tag, 16) !== "storage") return;
    const name = inspect.global(cls)?.resolvedName;
    const text = inspect.text(key, 128);
    const bytes = name === undefined ? undefined : ELEMENT_BYTES.get(name);
    if (text !== undefined && bytes !== undefined) this.elementBytes.set(text, bytes);
  }

  /** The keys in the order in which torch.save writes storages and lists their keys. */
  sortedKeys(): readonly string[] {
    return [...this.elementBytes.keys()].sort();
  }

  /**
   * Where the storages end that follow the list of keys: for each an int64 count of elements and the elements. Undefined when a
   * storage does not fit what is left.
   */
  skip(source: SyncByteSource, keys: readonly (string | undefined)[], offset: number): number | undefined {
    let at = offset;
    for (const key of keys) {
      const bytes = key === undefined ? undefined : this.elementBytes.get(key);
      const header = source.readSync(at, 8);
      if (bytes === undefined || header.length < 8) return undefined;
      const count = Number(new DataView(header.buffer, header.byteOffset, 8).getBigInt64(0, true));
      const next = at + 8 + count * bytes;
      if (!(count >= 0) || next > source.size) return undefined;
      at = next;
    }
    return at;
  }
}

/** The texts of a list of keys, as the fifth pickle of a legacy file leaves it. */
export function keysOf(inspect: Inspector, list: Value): readonly (string | undefined)[] | undefined {
  if (list.kind !== KIND.LIST) return undefined;
  const items = inspect.items(list);
  if (items === undefined || items.length !== inspect.count(list)) return undefined;
  return items.map((item) => inspect.text(item, 128));
}
