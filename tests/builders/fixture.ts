import { readFileSync } from "node:fs";

/** A file out of fixtures/. */
export function fixture(path: string): Buffer {
  return readFileSync(new URL(`../../fixtures/${path}`, import.meta.url));
}
