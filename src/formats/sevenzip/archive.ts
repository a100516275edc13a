import { EncryptedError, LimitError, ParseError } from "../../errors.js";
import type { Budget } from "../../io/budget.js";
import { type ByteSource, type SyncByteSource, slice } from "../../io/byte-source.js";
import { Spool, toSync } from "../../io/spool.js";
import { hasEncryptedHeaders } from "./encrypted-headers.js";
import { ENGINE_FILE, runEngine } from "./engine.js";
import { type ArchiveType, type ListedEntry, listArchive } from "./listing.js";

export interface UnpackedEntry extends ListedEntry {
  /** What came out for it, also when unpacking it failed on the way. */
  readonly content: SyncByteSource;
  /** The engine's words on why it is not whole. */
  readonly failure?: string;
}

export interface UnpackedArchive {
  readonly entries: readonly UnpackedEntry[];
  /** Offset behind the archive's last byte, where the engine knows it. */
  readonly end: number;
  /** What is wrong with the archive as a whole. */
  readonly failure?: string;
  /** The budget that ended the work; the entries before it are there. */
  readonly limit?: LimitError;
  /** Releases the unpacked content. */
  close(): void;
}

/**
 * Lists an archive and unpacks all of it in one pass, as solid archives demand. Nothing is written by name: the content of all entries is
 * one stream, cut where the engine's log says that the next entry begins.
 */
export async function unpackArchive(source: ByteSource, type: ArchiveType, budget: Budget): Promise<UnpackedArchive> {
  const input = await toSync(source);
  if (type === "7z" && hasEncryptedHeaders(input)) throw new EncryptedError("the archive's headers are encrypted");
  const listing = await listArchive(input, type, budget);
  if (listing.entries.length === 0) refuse(listing.log);
  const pass = new Pass(input, budget);
  const limit = listing.limit ?? (await pass.run(type));
  const content = pass.spool.finish();
  const { end, failure } = pass.summary(source.size);
  return {
    entries: attribute(listing.entries, pass.begins, content),
    end,
    ...(failure === undefined ? {} : { failure }),
    ...(limit === undefined ? {} : { limit }),
    close: () => content.close?.(),
  };
}

/** An archive without entries is either empty or unreadable. */
function refuse(log: readonly string[]): void {
  const text = log.join("\n");
  if (/Wrong password|encrypted archive/i.test(text)) throw new EncryptedError("the archive's headers are encrypted");
  if (!log.some((line) => line.startsWith("ERROR"))) return;
  const reason = log[log.indexOf("ERRORS:") + 1] || "it is not an archive";
  throw new ParseError(`the archive cannot be opened: ${reason}`);
}

function withoutOurName(line: string): string {
  return line.replace(/^ERROR\s*[:=]\s*/, "").replaceAll(`${ENGINE_FILE} : `, "");
}

/** Where the log says that an entry begins. */
interface Begin {
  readonly name: string;
  /** Offset in the unpacked stream. */
  readonly at: number;
  failure?: string;
}

/** Exit codes up to this one mean that all was unpacked. */
const WARNING = 1;
const EXTRACT_ARGS = ["x", "-so", "-y", "-p", "-bb1", "-bso2", "-bse2", "-bsp0"] as const;

/** One run over the whole archive. */
class Pass {
  readonly spool = new Spool();
  readonly begins: Begin[] = [];
  private consumed = 0;
  private physicalSize: number | undefined;
  private failure: string | undefined;
  private previous = "";

  constructor(
    private readonly source: SyncByteSource,
    private readonly budget: Budget,
  ) {}

  async run(type: ArchiveType): Promise<LimitError | undefined> {
    try {
      const code = await runEngine([...EXTRACT_ARGS, `-t${type}`, ENGINE_FILE], {
        source: this.watched(),
        budget: this.budget,
        onOutput: (chunk) => {
          this.budget.spendInflated(chunk.length, this.spool.size + chunk.length, this.consumed);
          this.spool.write(chunk);
        },
        onLine: (line) => this.read(line),
      });
      if (code > WARNING && !this.begins.some((begin) => begin.failure)) this.failure ??= "the engine reports an error";
    } catch (error) {
      if (error instanceof LimitError) return error;
      if (!(error instanceof ParseError)) throw error;
      this.failure = error.message; // what came out before stays
    }
    return undefined;
  }

  summary(size: number): { end: number; failure: string | undefined } {
    return { end: Math.min(size, this.physicalSize ?? size), failure: this.failure };
  }

  /** The packed bytes read so far, for the ratio: headers lie at the end, so the farthest offset says nothing. */
  private watched(): SyncByteSource {
    const { source } = this;
    const readSync = (offset: number, length: number): Uint8Array => {
      const bytes = source.readSync(offset, length);
      this.consumed = Math.min(source.size, this.consumed + bytes.length);
      return bytes;
    };
    return { size: source.size, readSync, read: async (offset, length) => readSync(offset, length) };
  }

  /** `- name` and `T name` begin an entry, `ERROR: fact : name` is about the last one that began, what follows `ERRORS:` about the archive. */
  private read(line: string): void {
    this.readLine(line);
    this.previous = line;
  }

  private readLine(line: string): void {
    if (line.startsWith("- ") || line.startsWith("T ")) {
      this.begins.push({ name: line.slice(2), at: this.spool.size });
    } else if (line.startsWith("Physical Size = ")) this.physicalSize = Number(line.slice(16));
    else if (this.previous === "ERRORS:") this.failure ??= line;
    else if (/^ERROR\s*[:=]/.test(line)) this.complain(withoutOurName(line));
  }

  private complain(fact: string): void {
    const last = this.begins.at(-1);
    if (last === undefined) this.failure ??= fact;
    else last.failure ??= fact.endsWith(` : ${last.name}`) ? fact.slice(0, -last.name.length - 3) : fact;
  }
}

/**
 * Gives every entry its part of the stream. Entries come in the listed order; an archive comment can put lines into the log that look like
 * entries, always before them, so the last ones count.
 */
function attribute(listed: readonly ListedEntry[], logged: readonly Begin[], content: SyncByteSource): UnpackedEntry[] {
  const begins = logged.slice(-listed.length);
  return listed.map((entry, i) => {
    const begin = begins[i];
    const from = begin?.at ?? content.size;
    const to = begins[i + 1]?.at ?? content.size;
    const failure = begin === undefined ? "it was not reached" : begin.failure;
    return { ...entry, content: slice(content, from, to - from), ...(failure === undefined ? {} : { failure }) };
  });
}
