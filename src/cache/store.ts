import { createHash, randomBytes } from "node:crypto";
import {
  type Dirent,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";

/** First line of an entry: another shape of entry gets another one, so that old entries are misses. */
const MAGIC = "modelaudit-cache 1";
/** An entry that nobody finished writing is rubbish after this long. */
const TEMPORARY_MS = 60 * 60 * 1000;
const DAY_MS = 24 * 60 * 60 * 1000;
const KEY = /^[0-9a-f]{64}$/;

export interface StoreLimits {
  readonly maxBytes: number;
  readonly maxAgeDays: number;
}

export interface StoreStats {
  readonly folder: string;
  readonly entries: number;
  readonly bytes: number;
  /** ISO time of the entry used longest ago, undefined where there is none. */
  readonly oldest: string | undefined;
}

interface Entry {
  readonly path: string;
  readonly size: number;
  readonly usedMs: number;
}

/**
 * Texts by key, one file each, shared by any number of processes: an entry is written aside and renamed into its place, and holds its
 * own key and checksum, so that a torn, foreign or altered one reads as missing. Nothing here throws: a cache that fails is an empty one.
 */
export class Store {
  constructor(
    readonly folder: string,
    private readonly limits: StoreLimits,
    private readonly now: () => number = Date.now,
  ) {}

  get(key: string): string | undefined {
    return quietly(() => {
      const path = this.pathOf(key);
      const text = readFileSync(path, "utf8");
      const [magic, owner, checksum] = text.split("\n", 3);
      const body = text.slice((magic ?? "").length + (owner ?? "").length + (checksum ?? "").length + 3);
      if (magic !== MAGIC || owner !== key || checksum !== digest(body)) return undefined;
      if (this.now() - statSync(path).mtimeMs > this.limits.maxAgeDays * DAY_MS) return undefined;
      const used = new Date(this.now());
      utimesSync(path, used, used);
      return body;
    });
  }

  put(key: string, body: string): void {
    quietly(() => {
      const path = this.pathOf(key);
      mkdirSync(join(path, ".."), { recursive: true, mode: 0o700 });
      const temporary = `${path}.${process.pid}.${randomBytes(6).toString("hex")}.tmp`;
      writeFileSync(temporary, `${MAGIC}\n${key}\n${digest(body)}\n${body}`, { mode: 0o600, flag: "wx" });
      renameSync(temporary, path);
      return undefined;
    });
  }

  stats(): StoreStats {
    const entries = this.list();
    const oldest = Math.min(...entries.map(({ usedMs }) => usedMs));
    return {
      folder: this.folder,
      entries: entries.length,
      bytes: entries.reduce((sum, { size }) => sum + size, 0),
      oldest: entries.length === 0 ? undefined : new Date(oldest).toISOString(),
    };
  }

  /** Removes everything; returns how many entries there were. */
  clear(): number {
    const entries = this.list();
    for (const { path } of entries) remove(path);
    for (const { path } of this.leftovers(0)) remove(path);
    return entries.length;
  }

  /** Removes what is too old, then what was used longest ago until the rest fits; returns how many entries went. */
  cleanup(): number {
    for (const { path } of this.leftovers(TEMPORARY_MS)) remove(path);
    const entries = this.list().sort((a, b) => b.usedMs - a.usedMs);
    const oldest = this.now() - this.limits.maxAgeDays * DAY_MS;
    let kept = 0;
    let removed = 0;
    for (const { path, size, usedMs } of entries) {
      if (usedMs >= oldest && kept + size <= this.limits.maxBytes) {
        kept += size;
        continue;
      }
      remove(path);
      removed++;
    }
    return removed;
  }

  private pathOf(key: string): string {
    if (!KEY.test(key)) throw new Error(`no cache key: ${key.slice(0, 80)}`);
    return join(this.folder, key.slice(0, 2), key);
  }

  private list(): Entry[] {
    return this.files((name) => KEY.test(name));
  }

  private leftovers(ageMs: number): Entry[] {
    const before = this.now() - ageMs;
    return this.files((name) => /^[0-9a-f]{64}\.\d+\.[0-9a-f]+\.tmp$/.test(name)).filter(
      ({ usedMs }) => usedMs <= before,
    );
  }

  /** Only files that this class names are looked at: whatever else lies in the folder is not ours to delete. */
  private files(isOurs: (name: string) => boolean): Entry[] {
    const found: Entry[] = [];
    for (const group of entriesOf(this.folder)) {
      if (!group.isDirectory() || !/^[0-9a-f]{2}$/.test(group.name)) continue;
      for (const file of entriesOf(join(this.folder, group.name))) {
        if (!file.isFile() || !isOurs(file.name)) continue;
        const path = join(this.folder, group.name, file.name);
        const stat = quietly(() => statSync(path));
        if (stat) found.push({ path, size: stat.size, usedMs: stat.mtimeMs });
      }
    }
    return found;
  }
}

function entriesOf(folder: string): Dirent[] {
  return quietly(() => readdirSync(folder, { withFileTypes: true })) ?? [];
}

function remove(path: string): void {
  quietly(() => rmSync(path, { force: true }));
}

function digest(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

/** Errors of the file system mean that the cache has nothing; anything else is a bug of ours. */
function quietly<T>(action: () => T): T | undefined {
  try {
    return action();
  } catch (error) {
    if (error instanceof Error && "syscall" in error) return undefined;
    throw error;
  }
}
