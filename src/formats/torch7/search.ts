import type { Budget } from "../../io/budget.js";
import type { SyncByteSource } from "../../io/byte-source.js";
import { constantsOf, type Torch7Function } from "./read-torch7.js";

const WINDOW = 1 << 20;
/** What is kept of a function whose size is not known. */
const KEPT = 4096;
/** Lua 5.1 and LuaJIT 2: the escape, the name, the version. */
const HEADERS = ["\x1bLua\x51", "\x1bLJ\x01", "\x1bLJ\x02"].map((magic) => Buffer.from(magic, "latin1"));
const MAX_FINDS = 20;

/** Bytecode from `start` on, for where the objects around it could not be read. */
export function searchBytecode(source: SyncByteSource, start: number, budget: Budget): Torch7Function[] {
  const found: Torch7Function[] = [];
  for (let base = start; base < source.size; base += WINDOW) {
    budget.checkTime();
    const bytes = Buffer.from(source.readSync(base, WINDOW + KEPT));
    for (const header of HEADERS) {
      for (let at = bytes.indexOf(header); at >= 0 && at < WINDOW; at = bytes.indexOf(header, at + 1)) {
        if (found.length >= MAX_FINDS) return found;
        const code = bytes.toString("latin1", at, at + KEPT);
        found.push({ offset: base + at, size: code.length, code, constants: constantsOf(code) });
      }
    }
  }
  return found;
}
