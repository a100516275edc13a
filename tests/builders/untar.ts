import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

const BLOCK = 512;

/** Writes the regular files of a plain tar, as npm packs it, without the first part of their names. */
export function untar(tar: Uint8Array, into: string): void {
  for (let at = 0; at + BLOCK <= tar.length; ) {
    const header = Buffer.from(tar.subarray(at, at + BLOCK)).toString("latin1");
    const field = (start: number, length: number) => header.slice(start, start + length).replace(/\0.*$/s, "");
    const size = Number.parseInt(field(124, 12), 8) || 0;
    const name = [field(345, 155), field(0, 100)].filter((part) => part !== "").join("/");
    if (header[156] === "0") {
      const path = join(into, name.slice(name.indexOf("/") + 1));
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, tar.subarray(at + BLOCK, at + BLOCK + size));
    }
    at += BLOCK + Math.ceil(size / BLOCK) * BLOCK;
  }
}
