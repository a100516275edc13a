import type { Budget } from "../../io/budget.js";
import type { SyncByteSource } from "../../io/byte-source.js";
import { isProgram, SNIFF_BYTES, sniffEmbedded } from "../embedded/sniff.js";

/** What compiled models carry that is no model: found without knowing a vendor's format. */
export type EngineFind =
  | { readonly kind: "program"; readonly offset: number; readonly what: string }
  | { readonly kind: "library"; readonly offset: number; readonly path: string };

const WINDOW = 4 << 20;
const OVERLAP = 4096;
const MAGICS = ["\x7fELF", "MZ", "\xcf\xfa\xed\xfe", "\xfe\xed\xfa\xcf"].map((magic) => Buffer.from(magic, "latin1"));
const ENDINGS = [".so", ".dll", ".dylib"].map((ending) => Buffer.from(ending, "latin1"));
/** Longer names are none, and shorter ones come about by chance. */
const LONGEST_PATH = 300;
const SHORTEST_PATH = 6;
/** A library's name ends where its bytes do, or goes on with a version. */
const LIBRARY = /[\w./\\:~+@-]{0,290}\.(?:so(?:\.\d{1,4}){0,3}|dll|dylib)$/;
const MAX_FINDS = 100;

/** Looks through all of a source; nothing is kept. */
export function searchEngine(source: SyncByteSource, budget: Budget): EngineFind[] {
  const finds: EngineFind[] = [];
  for (let base = 0; base < source.size && finds.length < MAX_FINDS; base += WINDOW) {
    budget.checkTime();
    const bytes = Buffer.from(source.readSync(base, WINDOW + OVERLAP));
    findPrograms(bytes, base, finds);
    findLibraries(bytes, base, finds);
  }
  return finds;
}

function findPrograms(bytes: Buffer, base: number, finds: EngineFind[]): void {
  for (const magic of MAGICS) {
    for (let at = bytes.indexOf(magic); at >= 0 && at < WINDOW; at = bytes.indexOf(magic, at + 1)) {
      const what = sniffEmbedded(bytes.subarray(at, at + SNIFF_BYTES));
      if (what === undefined || !isProgram(what)) continue;
      finds.push({ kind: "program", offset: base + at, what });
      if (finds.length >= MAX_FINDS) return;
    }
  }
}

function findLibraries(bytes: Buffer, base: number, finds: EngineFind[]): void {
  for (const ending of ENDINGS) {
    for (let at = bytes.indexOf(ending); at >= 0 && at < WINDOW; at = bytes.indexOf(ending, at + 1)) {
      const path = libraryAt(bytes, at, ending.length);
      if (path === undefined) continue;
      finds.push({ kind: "library", offset: base + at + ending.length - path.length, path });
      if (finds.length >= MAX_FINDS) return;
    }
  }
}

/** The name that ends in the ending at `at`, with its version; undefined where there is no such name. */
function libraryAt(bytes: Buffer, at: number, length: number): string | undefined {
  const before = bytes.toString("latin1", Math.max(0, at - LONGEST_PATH), at + length);
  const [version = ""] = /^(?:\.\d{1,4}){0,3}/.exec(bytes.toString("latin1", at + length, at + length + 16)) ?? [];
  const next = bytes[at + length + version.length] ?? 0;
  if (next >= 0x21 && next < 0x7f && next !== 0x22 && next !== 0x27) return undefined;
  const [path] = LIBRARY.exec(before) ?? [];
  return path === undefined || path.length < SHORTEST_PATH ? undefined : path;
}
