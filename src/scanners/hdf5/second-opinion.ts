import { LimitError, ParseError } from "../../errors.js";
import { type Library, openLibrary } from "../../formats/hdf5/library.js";
import {
  attributeBytes,
  attributeNamesOf,
  externalTargetOf,
  identityOf,
  kindOf,
  namesIn,
  openDataset,
  softTargetOf,
} from "../../formats/hdf5/library-objects.js";
import { openBytes } from "../../formats/hdf5/pieces.js";
import type { Budget } from "../../io/budget.js";
import type { SyncByteSource } from "../../io/byte-source.js";
import type { Judge } from "./judge.js";

/** Objects that the library is asked about; our own reader has no such limit. */
const MAX_OBJECTS = 100_000;
const MAX_DEPTH = 64;

/**
 * What the library itself finds at the paths that our own reader could not read, and below them. Returns what the library could not
 * read.
 */
export async function consultLibrary(
  source: SyncByteSource,
  paths: readonly string[],
  { judge, budget }: { readonly judge: Judge; readonly budget: Budget },
): Promise<ParseError[]> {
  let library: Library;
  try {
    library = await openLibrary(source);
  } catch (error) {
    if (error instanceof ParseError) return [error];
    throw error;
  }
  const walk = new LibraryWalk(library, judge, budget);
  await walk.run(paths);
  return walk.problems;
}

class LibraryWalk {
  readonly problems: ParseError[] = [];

  constructor(
    private readonly library: Library,
    private readonly judge: Judge,
    private readonly budget: Budget,
  ) {}

  async run(paths: readonly string[]): Promise<void> {
    const seen = new Set<string>();
    const open = [...paths];
    for (let path = open.pop(); path !== undefined; path = open.pop()) {
      const current = path;
      this.budget.spendSteps(256);
      if (seen.size > MAX_OBJECTS) {
        this.problems.push(new ParseError(`more than ${MAX_OBJECTS} objects`));
        return;
      }
      await this.attempt(() => this.visit(current, seen, open));
    }
  }

  /** One object that the library fails on does not hide the others. */
  private async attempt(step: () => Promise<void>): Promise<void> {
    try {
      await step();
    } catch (error) {
      if (!(error instanceof ParseError) || error instanceof LimitError) throw error;
      this.problems.push(error);
    }
  }

  private async visit(path: string, seen: Set<string>, open: string[]): Promise<void> {
    const { library } = this;
    const kind = kindOf(library, path);
    if (kind === "external") return this.judge.link(path, { kind, name: path, ...externalTargetOf(library, path) });
    if (kind === "soft") return this.judge.link(path, { kind, name: path, target: softTargetOf(library, path) });
    if (kind === "other") return;
    const identity = identityOf(library, path);
    if (seen.has(identity)) return;
    seen.add(identity);
    for (const name of attributeNamesOf(library, path)) await this.attempt(() => this.visitAttribute(path, name));
    if (kind === "dataset") await this.visitDataset(path);
    if (kind !== "group" || path.split("/").length > MAX_DEPTH) return;
    for (const name of namesIn(library, path)) open.push(`${path === "/" ? "" : path}/${name}`);
  }

  private async visitAttribute(path: string, attribute: string): Promise<void> {
    for (const bytes of attributeBytes(this.library, path, attribute)) {
      await this.judge.bytes({ path, attribute }, openBytes(bytes));
    }
  }

  private async visitDataset(path: string): Promise<void> {
    const { filters, virtualSources, values } = openDataset(this.library, path);
    for (const filter of filters) this.judge.filter(path, filter);
    for (const source of virtualSources) await this.judge.virtualSource(path, source);
    if (values === undefined) return;
    for (const bytes of values) await this.judge.element(path, bytes);
  }
}
