import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { describe, expect, it } from "vitest";
import { listFixtures } from "./builders/fixtures.js";
import { stepsOf } from "./fuzz/exhaustive.js";
import type { Failure } from "./fuzz/failing-reads.js";

/** A slice of `npm run fuzz -- --exhaustive`: beginnings evenly spread, and the last ones one by one; the first reads. */
const MOST_CUTS = 12;
const LAST_CUTS = 4;
const MOST_READS: Readonly<Record<Failure, number>> = { EIO: 8, EACCES: 1, shrinks: 3 };

const files = listFixtures().filter(({ isFolder }) => !isFolder);

async function violations(path: string, bad: boolean, kind: "cut" | "read"): Promise<string[]> {
  const steps = await stepsOf({ name: basename(path), path, bad }, slice(readFileSync(path).length));
  const found: string[] = [];
  for (const step of steps) {
    if (step.kind.endsWith(" cut") !== (kind === "cut")) continue;
    const violation = await step.run(() => {});
    if (violation !== undefined) found.push(`${step.origin}: ${violation}`);
  }
  return found;
}

function slice(size: number) {
  const step = Math.max(1, Math.floor(size / MOST_CUTS));
  return {
    takesCut: (length: number) => length % step === 0 || length >= size - LAST_CUTS,
    takesRead: (read: number, failure: Failure) => read <= MOST_READS[failure],
  };
}

describe("a hostile file", () => {
  it.each(files.filter(({ bad }) => bad))(
    "$name is told when it is cut",
    { timeout: 60_000 },
    async ({ path, bad }) => {
      expect(await violations(path, bad, "cut")).toEqual([]);
    },
  );
});

describe("a disk that fails at any read", () => {
  it.each(files)("is told for $name", { timeout: 60_000 }, async ({ path, bad }) => {
    expect(await violations(path, bad, "read")).toEqual([]);
  });
});
