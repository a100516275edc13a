import { readingsOf, saysEncrypted, type ZipEntry } from "../../formats/zip/entry.js";
import type { ByteSource } from "../../io/byte-source.js";
import type { EntryKind, Tree, TreeEntry } from "../scanner.js";
import type { MemberReader } from "./member-reader.js";

type ContentReader = Pick<MemberReader, "source" | "decode">;

/** Longer than any path that an operating system takes. */
export const MAX_LINK_BYTES = 4096;
const MADE_ON_UNIX = 3;
const MADE_ON_MACOS = 19;

/** The kind bits of a Unix mode: `sys/stat.h`. */
const MODE_KINDS = new Map<number, EntryKind>([
  [0o010000, "other"],
  [0o020000, "device"],
  [0o040000, "directory"],
  [0o060000, "device"],
  [0o100000, "file"],
  [0o120000, "symlink"],
  [0o140000, "other"],
]);

export function kindOf({ name, central }: ZipEntry): EntryKind {
  const madeOn = (central?.madeBy ?? 0) >> 8;
  const mode = (central?.externalAttributes ?? 0) >>> 16;
  const byMode = madeOn === MADE_ON_UNIX || madeOn === MADE_ON_MACOS ? MODE_KINDS.get(mode & 0o170000) : undefined;
  // What was piped into an archiver keeps the mode of the pipe.
  const isPiped = byMode === "other" && (central?.size ?? 0) > 0;
  if (byMode !== undefined && byMode !== "file" && !isPiped) return byMode;
  return name.endsWith("/") ? "directory" : "file";
}

/** An entry as rules see it, with the way back to its bytes. */
class ZipTreeEntry implements TreeEntry {
  readonly name: string;
  readonly size: number;

  constructor(
    readonly origin: ZipEntry,
    readonly kind: EntryKind,
  ) {
    this.name = origin.name;
    this.size = origin.header.size;
  }
}

class ZipTreeLink extends ZipTreeEntry {
  constructor(
    origin: ZipEntry,
    readonly link: string,
  ) {
    super(origin, "symlink");
  }
}

/** The entries of an archive for rules that look at several of them. */
export class ZipTree implements Tree {
  readonly kind = "zip";
  private byName: ReadonlyMap<string, TreeEntry> | undefined;

  private constructor(
    private readonly reader: ContentReader,
    readonly entries: readonly TreeEntry[],
  ) {}

  /** Reads the targets of symbolic links; nothing else of the content. */
  static async of(entries: readonly ZipEntry[], reader: ContentReader): Promise<ZipTree> {
    const listed: TreeEntry[] = [];
    for (const entry of entries) {
      const kind = kindOf(entry);
      const link = kind === "symlink" ? await readLink(entry, reader) : undefined;
      listed.push(link === undefined ? new ZipTreeEntry(entry, kind) : new ZipTreeLink(entry, link));
    }
    return new ZipTree(reader, listed);
  }

  find(name: string): TreeEntry | undefined {
    // From the last to the first, so that the first of a name stays.
    this.byName ??= new Map(this.entries.toReversed().map((entry) => [entry.name, entry]));
    return this.byName.get(name);
  }

  async open(entry: TreeEntry): Promise<ByteSource | undefined> {
    const isOwn = entry instanceof ZipTreeEntry && entry.kind === "file";
    return isOwn ? openEntry(entry.origin, this.reader) : undefined;
  }
}

/** What readers of the directory get for an entry; undefined where they get nothing. */
async function openEntry(entry: ZipEntry, reader: ContentReader): Promise<ByteSource | undefined> {
  const [reading] = readingsOf(entry, reader.source.size);
  if (reading === undefined || (saysEncrypted(entry.header) && reading.compressedSize !== reading.size))
    return undefined;
  return (await reader.decode(reading)).source;
}

async function readLink(entry: ZipEntry, reader: ContentReader): Promise<string | undefined> {
  const content = entry.header.size <= MAX_LINK_BYTES ? await openEntry(entry, reader) : undefined;
  if (content === undefined) return undefined;
  const bytes = await content.read(0, MAX_LINK_BYTES);
  content.close?.();
  return new TextDecoder().decode(bytes);
}
