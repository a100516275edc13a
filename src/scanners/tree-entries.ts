import { parseJson } from "../formats/json/parse.js";
import { isJsonObject, type JsonObject } from "../formats/json/value.js";
import { decodeText } from "../formats/text/decode.js";
import { type Severity, worst } from "../rules/severity.js";
import { judgeSource } from "./code/judge-source.js";
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

/** What a Python file of the tree does. */
export interface EntryCode {
  /** Of the worst of it; info when there is nothing to tell. */
  readonly severity: Severity;
  readonly calls: readonly string[];
  /** One line: the worst of it. */
  readonly reason: string;
}

const MAX_CALLS = 10;

/** Judges the Python file of this name, undefined when there is none. Its own scanner tells what is in it; this is for who has it run. */
export async function judgeEntryCode(tree: Tree, name: string, context: ScanContext): Promise<EntryCode | undefined> {
  const text = await readEntryText(tree, name);
  if (text === undefined) return undefined;
  const { findings } = judgeSource(text, context.policy, (steps) => context.budget.spendSteps(steps));
  return {
    severity: worst(findings.map(({ severity }) => severity)) ?? "info",
    calls: findings.flatMap(({ call }) => call ?? []).slice(0, MAX_CALLS),
    reason: findings[0]?.message ?? "nothing dangerous",
  };
}

/** A tree's entries by the folder they lie in ("" or ending in "/"), so that a hundred thousand folders cost one pass. */
export interface TreeIndex {
  readonly entries: ReadonlyMap<string, readonly TreeEntry[]>;
  /** Names of the folders directly inside a folder, each ending in "/", also where the tree has no entries for them. */
  readonly folders: ReadonlyMap<string, ReadonlySet<string>>;
}

const indexes = new WeakMap<Tree, TreeIndex>();

export function treeIndex(tree: Tree): TreeIndex {
  const known = indexes.get(tree);
  if (known !== undefined) return known;
  const entries = new Map<string, TreeEntry[]>();
  const folders = new Map<string, Set<string>>();
  for (const entry of tree.entries) {
    const folder = folderOf(entry.name);
    const siblings = entries.get(folder) ?? [];
    siblings.push(entry);
    entries.set(folder, siblings);
    addFolder(entry.kind === "directory" ? `${entry.name.replace(/\/$/, "")}/` : folder, folders);
  }
  const index = { entries, folders };
  indexes.set(tree, index);
  return index;
}

/** Folders above an entry that are noted; names of thousands of levels are made to cost time. */
const MAX_LEVELS = 64;

/** Notes a folder in its parent, and that one in its own. */
function addFolder(folder: string, folders: Map<string, Set<string>>): void {
  for (let at = folder, level = 0; at !== "" && level < MAX_LEVELS; at = folderOf(at), level++) {
    const parent = folderOf(at);
    const siblings = folders.get(parent) ?? new Set<string>();
    if (siblings.has(at)) return;
    folders.set(parent, siblings.add(at));
  }
}

/** The folder of an entry: "" or ending in "/". */
export function folderOf(name: string): string {
  const end = name.endsWith("/") ? name.length - 2 : name.length - 1;
  return name.slice(0, name.lastIndexOf("/", end) + 1);
}

/** Entries directly inside a folder. */
export function entriesOf(tree: Tree, folder: string): readonly TreeEntry[] {
  return treeIndex(tree).entries.get(folder) ?? [];
}

/** The last part of an entry's name. */
export function baseName(name: string): string {
  const trimmed = name.endsWith("/") ? name.slice(0, -1) : name;
  return trimmed.slice(trimmed.lastIndexOf("/") + 1);
}
