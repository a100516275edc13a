import { decodeText } from "../formats/text/decode.js";
import { parseJson } from "../formats/json/parse.js";
import { isJsonObject, type JsonObject } from "../formats/json/value.js";
import { judgePythonSource } from "./code/judge-marshal.js";
import type { CodeVerdict } from "./code/verdict.js";
import type { ScanContext, Tree, TreeEntry } from "./scanner.js";

/** Configurations and source files are far smaller; a larger entry is looked at by its own scanner alone. */
const MAX_ENTRY_BYTES = 4 << 20;

/** The bytes of a small file of the tree, undefined when it is not there, too large or cannot be read. */
export async function readEntry(tree: Tree, name: string): Promise<Uint8Array | undefined> {
  const entry = tree.find(name);
  if (entry === undefined || entry.kind !== "file" || entry.size > MAX_ENTRY_BYTES) return undefined;
  const source = await tree.open(entry);
  if (source === undefined) return undefined;
  try {
    return await source.read(0, Math.min(source.size, MAX_ENTRY_BYTES));
  } finally {
    source.close?.();
  }
}

export async function readEntryText(tree: Tree, name: string): Promise<string | undefined> {
  const bytes = await readEntry(tree, name);
  return bytes === undefined ? undefined : decodeText(bytes).text;
}

/** The object that a JSON file of the tree holds. A file that is no JSON is told by its own scanner. */
export async function readEntryJson(tree: Tree, name: string): Promise<JsonObject | undefined> {
  const bytes = await readEntry(tree, name);
  if (bytes === undefined) return undefined;
  const { value } = parseJson(bytes, { tolerant: true, allowTrailing: true });
  return isJsonObject(value) ? value : undefined;
}

/** What the Python file of this name would do if it is run, undefined when there is none. */
export async function judgeEntryCode(tree: Tree, name: string, context: ScanContext): Promise<CodeVerdict | undefined> {
  const text = await readEntryText(tree, name);
  return text === undefined ? undefined : judgePythonSource(text, context.policy);
}

/** Entries directly inside a folder ("" or ending in "/"). */
export function entriesOf(tree: Tree, folder: string): TreeEntry[] {
  return tree.entries.filter(({ name }) => name.startsWith(folder) && !name.slice(folder.length, -1).includes("/") && name !== folder);
}

/** The last part of an entry's name. */
export function baseName(name: string): string {
  const trimmed = name.endsWith("/") ? name.slice(0, -1) : name;
  return trimmed.slice(trimmed.lastIndexOf("/") + 1);
}
