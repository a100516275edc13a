import { BufferSource, type ByteSource } from "../../src/io/byte-source.js";
import type { Tree, TreeEntry } from "../../src/scanners/scanner.js";

/** A tree out of names and contents. */
export function memoryTree(
  files: Readonly<Record<string, string | Uint8Array>>,
  kind: Tree["kind"] = "directory",
): Tree {
  const contents = new Map(
    Object.entries(files).map(([name, content]) => [
      name,
      typeof content === "string" ? new TextEncoder().encode(content) : content,
    ]),
  );
  const entries: TreeEntry[] = [...contents].map(([name, bytes]) => ({ name, kind: "file", size: bytes.length }));
  const byName = new Map(entries.map((entry) => [entry.name, entry]));
  return {
    kind,
    entries,
    find: (name) => byName.get(name),
    open: async ({ name }): Promise<ByteSource | undefined> => {
      const bytes = contents.get(name);
      return bytes && new BufferSource(bytes);
    },
  };
}
