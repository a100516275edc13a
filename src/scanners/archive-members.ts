import type { FormatId } from "../detect/format.js";
import type { ByteSource } from "../io/byte-source.js";
import { judgeProgram } from "./archive-names.js";
import { isFiller } from "./expansion.js";
import type { Member, ScanContext, Tree, TreeEntry } from "./scanner.js";

/** Where an entry's bytes are. */
export interface EntryContent {
  readonly source: ByteSource;
  /** Offset inside the archive, when the bytes lie there verbatim. */
  readonly offset?: number;
  /** What the entry is, where the archive's layout says so. */
  readonly formats?: readonly FormatId[];
}

/** The entries of an archive as scanners and layouts see them. */
export class ArchiveTree<Entry extends TreeEntry> implements Tree {
  private byName: Map<string, Entry> | undefined;

  constructor(
    readonly kind: Tree["kind"],
    readonly entries: readonly Entry[],
    /** Made when it is asked for: an archive may have a million entries. Undefined for entries without content. */
    readonly contentOf: (entry: Entry) => EntryContent | undefined,
  ) {}

  find(name: string): Entry | undefined {
    if (this.byName === undefined) {
      this.byName = new Map();
      for (const entry of this.entries) if (!this.byName.has(entry.name)) this.byName.set(entry.name, entry);
    }
    return this.byName.get(name);
  }

  async open({ name }: TreeEntry): Promise<ByteSource | undefined> {
    const entry = this.find(name);
    return entry?.kind === "file" ? this.contentOf(entry)?.source : undefined;
  }
}

/** Scans every entry that has content as an artifact of its own. Returns how many bytes of all that are no model. */
export async function scanEntries<Entry extends TreeEntry>(
  tree: ArchiveTree<Entry>,
  context: ScanContext,
): Promise<number> {
  let filler = 0;
  for (const entry of tree.entries) {
    const content = tree.contentOf(entry);
    if (content === undefined || content.source.size === 0) {
      context.budget.spendMember();
      continue;
    }
    const member: Member = { name: entry.name, tree, ...content };
    const outcome = await context.descend(member);
    const program = judgeProgram(entry.name, outcome.formats);
    if (program) context.report(program);
    if (isFiller(outcome.formats)) filler += content.source.size;
  }
  return filler;
}
