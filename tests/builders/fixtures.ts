import { readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { defaultPolicy } from "../../src/config/load.js";
import type { ScanResult } from "../../src/engine/result.js";
import { scanPaths } from "../../src/engine/scan.js";

export const FIXTURES = fileURLToPath(new URL("../../fixtures", import.meta.url));

export interface Fixture {
  /** Path below `fixtures/`. */
  readonly name: string;
  readonly path: string;
  /** Named `bad.*`: something is to be found. */
  readonly bad: boolean;
  readonly isFolder: boolean;
}

/** Files and folders named `ok.*` or `bad.*`, at any depth, in a fixed order. What lies in such a folder belongs to it. */
export function listFixtures(below = ""): Fixture[] {
  const entries = readdirSync(join(FIXTURES, below), { withFileTypes: true });
  return entries
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const name = below === "" ? entry.name : `${below}/${entry.name}`;
      const isFixture = /^(?:ok|bad)\./.test(entry.name) && !entry.name.endsWith(".expected.json");
      const isFolder = entry.isDirectory();
      if (isFixture) return [{ name, path: join(FIXTURES, name), bad: entry.name.startsWith("bad."), isFolder }];
      return isFolder ? listFixtures(name) : [];
    });
}

/** Scans as the command line does. */
export async function scanFixture(path: string): Promise<ScanResult> {
  return scanPaths([path], { policy: await defaultPolicy(), workers: 1 });
}
