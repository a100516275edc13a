import { LimitError } from "../../errors.js";
import type { Budget } from "../../io/budget.js";
import type { SyncByteSource } from "../../io/byte-source.js";
import { ENGINE_FILE, LineSplitter, runEngine } from "./engine.js";

/** As the engine calls them. */
export type ArchiveType = "7z" | "rar" | "rar5" | PackageType;
export type PackageType =
  | "Cab"
  | "Ar"
  | "Rpm"
  | "wim"
  | "Xar"
  | "SquashFS"
  | "Cpio"
  | "Lzh"
  | "Z"
  | "Iso"
  | "Udf"
  | "Dmg";

export interface ListedEntry {
  /** As stored, `/` between the parts; the engine puts `_` in place of line ends. */
  readonly name: string;
  readonly kind: "file" | "directory" | "symlink" | "hardlink" | "device";
  /** In bytes, unpacked, as the archive says. */
  readonly size: number;
  readonly encrypted: boolean;
  /** `LZMA2:24 BCJ`, or nothing for an entry without content. */
  readonly method: string;
  /** `rwsr-xr-x` where the archive comes from a Unix system. */
  readonly mode: string;
  /** Target of a link, where the archive's headers state it. */
  readonly link?: string;
}

export interface Listing {
  readonly entries: readonly ListedEntry[];
  /** What the engine had to complain about, line by line. */
  readonly log: readonly string[];
  readonly limit?: LimitError;
}

const MAX_LOG_LINES = 500;

/** Lists an archive's entries from its headers, in the order in which they are unpacked. */
export async function listArchive(source: SyncByteSource, type: ArchiveType, budget: Budget): Promise<Listing> {
  const collector = new EntryCollector(budget);
  const lines = new LineSplitter((line) => collector.push(line), false);
  const log: string[] = [];
  try {
    await runEngine(["l", "-slt", "-ba", "-p", `-t${type}`, "-bso1", "-bse2", ENGINE_FILE], {
      source,
      budget,
      onOutput: (chunk) => lines.push(chunk),
      onLine: (line) => {
        if (log.length < MAX_LOG_LINES) log.push(line);
      },
    });
    lines.finish();
    collector.finish();
  } catch (error) {
    if (!(error instanceof LimitError)) throw error;
    return { entries: collector.entries, log, limit: error };
  }
  return { entries: collector.entries, log };
}

/** Turns `Key = value` lines into entries; every entry begins with its path. */
class EntryCollector {
  readonly entries: ListedEntry[] = [];
  private fields = new Map<string, string>();

  constructor(private readonly budget: Budget) {}

  push(line: string): void {
    const cut = line.indexOf(" = ");
    if (cut < 0) return;
    const key = line.slice(0, cut);
    if (key === "Path") this.finish();
    this.fields.set(key, line.slice(cut + 3));
  }

  finish(): void {
    const { fields } = this;
    const name = fields.get("Path");
    if (name === undefined) return;
    if (this.entries.length >= this.budget.limits.max_members) {
      throw new LimitError("max_members", `more than ${this.entries.length} entries`);
    }
    this.budget.spendSteps();
    this.entries.push(entryOf(name, fields));
    this.fields = new Map();
  }
}

function entryOf(name: string, fields: ReadonlyMap<string, string>): ListedEntry {
  const attributes = fields.get("Attributes") ?? "";
  const unix = UNIX_MODE.exec(attributes)?.[0] ?? "";
  const symlink = fields.get("Symbolic Link") ?? "";
  const hardlink = fields.get("Hard Link") || fields.get("Copy Link") || "";
  const link = symlink || hardlink;
  const size = Number(fields.get("Size") ?? 0);
  return {
    name,
    kind: kindOf(unix, { symlink, hardlink, folder: attributes.startsWith("D") || fields.get("Folder") === "+", size }),
    size,
    encrypted: fields.get("Encrypted") === "+",
    method: fields.get("Method") ?? "",
    mode: unix.slice(1),
    ...(link === "" ? {} : { link }),
  };
}

const UNIX_MODE = /[-bcdlps][-rwxsStT]{9}/;

interface KindFields {
  readonly symlink: string;
  readonly hardlink: string;
  readonly folder: boolean;
  readonly size: number;
}

function kindOf(unix: string, { symlink, hardlink, folder, size }: KindFields): ListedEntry["kind"] {
  if (symlink !== "" || unix.startsWith("l")) return "symlink";
  if (hardlink !== "") return "hardlink";
  if (folder || unix.startsWith("d")) return "directory";
  // 7z notes a pipe as the origin of what was packed from its standard input; a real pipe or device has no content.
  return /^[bcps]/.test(unix) && size === 0 ? "device" : "file";
}
