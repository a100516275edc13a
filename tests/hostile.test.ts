import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { describe, expect, it } from "vitest";
import { defaultPolicy } from "../src/config/load.js";
import type { FileReport } from "../src/engine/result.js";
import { scanArtifact } from "../src/engine/scan-artifact.js";
import { Budget } from "../src/io/budget.js";
import { BufferSource, type ByteSource } from "../src/io/byte-source.js";
import { isAtLeast } from "../src/rules/severity.js";
import { listFixtures } from "./builders/fixtures.js";

/** Shorter beginnings are of no format yet: no magic is longer. */
const SHORTEST = 16;
/** But for tar, whose magic and checksum lie in a header of this size. */
const TAR_HEADER = 512;
/** Prefixes tried of each fixture, evenly spread, and the last bytes one by one. */
const MOST_PREFIXES = 12;
const LAST_BYTES = 4;
/** Reads that are made to fail, one scan each. */
const MOST_FAILURES = 8;

/** Formats made of lines: what stands before the telling line is a whole file of its own. */
const BY_LINES = /^(?:dockerfile|jinja|lfs-pointer|lightgbm|python|requirements|text|yaml)\//;

const files = listFixtures().filter(({ isFolder }) => !isFolder);
/** What is bad about these stands behind a whole file, which is clean by itself. */
const BEHIND = /\.(?:tail|appended)\./;
const cuttable = files.filter(({ name, bad }) => bad && !BY_LINES.test(name) && !BEHIND.test(name));

async function scan(name: string, source: ByteSource): Promise<FileReport> {
  const policy = await defaultPolicy();
  return scanArtifact({ path: name, name, source }, { policy, budget: new Budget(policy.limits) });
}

function isTold({ findings, state }: FileReport): boolean {
  return state !== "scanned" || findings.some(({ severity }) => isAtLeast(severity, "low"));
}

function prefixLengths(size: number, shortest: number): number[] {
  const step = Math.max(1, Math.floor(size / MOST_PREFIXES));
  const lengths = new Set<number>();
  for (let length = shortest; length < size; length += step) lengths.add(length);
  for (let length = Math.max(shortest, size - LAST_BYTES); length < size; length++) lengths.add(length);
  return [...lengths];
}

/** A source whose n-th read fails as a broken disk does. */
class FailingSource implements ByteSource {
  reads = 0;

  constructor(
    private readonly source: BufferSource,
    private readonly failing: number,
  ) {}

  get size(): number {
    return this.source.size;
  }

  async read(offset: number, length: number): Promise<Uint8Array> {
    return this.readSync(offset, length);
  }

  readSync(offset: number, length: number): Uint8Array {
    if (++this.reads === this.failing)
      throw Object.assign(new Error("EIO: i/o error, read"), { code: "EIO", syscall: "read" });
    return this.source.readSync(offset, length);
  }
}

describe("a hostile file", () => {
  it.each(cuttable)("$name is not clean when it is cut", { timeout: 60_000 }, async ({ path, name }) => {
    const bytes = readFileSync(path);
    const clean: number[] = [];
    for (const length of prefixLengths(bytes.length, name.startsWith("tar/") ? TAR_HEADER : SHORTEST)) {
      const report = await scan(basename(name), new BufferSource(bytes.subarray(0, length)));
      if (!isTold(report)) clean.push(length);
    }
    expect(clean, "lengths of prefixes that come out clean").toEqual([]);
  });
});

describe("a disk that fails at any read", () => {
  it.each(files)("is told for $name", { timeout: 60_000 }, async ({ path, name }) => {
    const bytes = readFileSync(path);
    for (let failing = 1; failing <= MOST_FAILURES; failing++) {
      const source = new FailingSource(new BufferSource(bytes), failing);
      const report = await scan(basename(name), source);
      if (source.reads < failing) break;
      expect(report.state, `read ${failing} fails`).not.toBe("scanned");
    }
  });
});
