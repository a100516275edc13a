import { cacheFolder, isTrustworthy } from "../cache/location.js";
import { Store, type StoreLimits } from "../cache/store.js";
import { bytesText } from "../reporters/quantity.js";

/** Entries are a few kilobytes each; a month is longer than most models stay unscanned. */
export const CACHE_LIMITS: StoreLimits = { maxBytes: 256 << 20, maxAgeDays: 30 };

/** The cache of earlier results, undefined where its folder is not ours alone. */
export function openStore(folder = cacheFolder()): Store | undefined {
  return isTrustworthy(folder) ? new Store(folder, CACHE_LIMITS) : undefined;
}

/** `cache stats`, `cache clear`, `cache cleanup`: one line each. */
export function cacheText(action: "stats" | "clear" | "cleanup", folder = cacheFolder()): string {
  const store = openStore(folder);
  if (store === undefined) return `${folder} is not used: others can write to it\n`;
  if (action === "clear") return `removed ${store.clear()} entries from ${store.folder}\n`;
  if (action === "cleanup")
    return `removed ${store.cleanup()} entries that were old or too many from ${store.folder}\n`;
  const { entries, bytes, oldest } = store.stats();
  const since = oldest === undefined ? "" : `, the oldest used ${oldest.slice(0, 10)}`;
  return `${folder}: ${entries} entries, ${bytesText(bytes)}${since}\n`;
}
