import type { FormatId } from "../detect/format.js";
import type { ByteSource } from "../io/byte-source.js";
import { judgeProgram } from "./archive-names.js";
import { isFiller } from "./expansion.js";
import type { ScanContext, Tree, TreeEntry } from "./scanner.js";

/** An entry of an archive whose content can be had. */
export interface ArchiveEntry extends TreeEntry {
  readonly content?: ByteSource;
  /** Where the content lies in the archive, when it lies there verbatim. */
  readonly offset?: number;
  /** What the entry is, where the archive's layout says so. */
  readonly formats?: readonly FormatId[];
}

/** The entries of an archive as scanners and layouts see them. */
export class ArchiveTree implements Tree {
  private byName: Map<string, ArchiveEntry> | undefined;

  constructor(
    readonly kind: Tree["kind"],
    readonly entries: readonly ArchiveEntry[],
  ) {}

  find(name: string): ArchiveEntry | undefined {
    if (this.byName === undefined) {
      this.byName = new Map();
      for (const entry of this.entries) if (!this.byName.has(entry.name)) this.byName.set(entry.name, entry);
    }
    return this.byName.get(name);
  }

  async open(entry: TreeEntry): Promise<ByteSource | undefined> {
    const known: ArchiveEntry | undefined = this.entries.includes(entry) ? entry : this.find(entry.name);
    return known?.kind === "file" ? known.content : undefined;
  }
}

/** Scans every entry that has content as an artifact of its own. Returns how many bytes of all that are no model. */
export async function scanEntries(tree: ArchiveTree, context: ScanContext): Promise<number> {
  let filler = 0;
  for (const entry of tree.entries) {
    const { name, content, offset, formats } = entry;
    if (content === undefined || content.size === 0) {
      context.budget.spendMember();
      continue;
    }
    const outcome = await context.descend({
      name,
      source: content,
      tree,
      ...(offset === undefined ? {} : { offset }),
      ...(formats === undefined ? {} : { formats }),
    });
    const program = judgeProgram(name, outcome.formats);
    if (program) context.report(program);
    if (isFiller(outcome.formats)) filler += content.size;
  }
  return filler;
}
