import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { defaultPolicy } from "../../src/config/load.js";
import { matchesGlob } from "../../src/engine/glob.js";
import { deadlineMs, type FileJob } from "../../src/engine/job.js";
import { Pool } from "../../src/engine/pool.js";
import { Runner } from "../../src/engine/runner.js";
import { scanArtifact } from "../../src/engine/scan-artifact.js";
import { Budget } from "../../src/io/budget.js";
import { BufferSource } from "../../src/io/byte-source.js";
import { nearest } from "../../src/nearest.js";
import { folder } from "../builders/folder.js";
import * as p from "../builders/pickle.js";
import { scanBytes } from "../builders/scan.js";

/** A source that counts what is read of it. */
class CountingSource extends BufferSource {
  bytesRead = 0;

  override readSync(offset: number, length: number): Uint8Array {
    const bytes = super.readSync(offset, length);
    this.bytesRead += bytes.length;
    return bytes;
  }
}

async function reasonOf(name: string, content: string | Uint8Array): Promise<string> {
  const { state, reason } = await scanBytes(name, content);
  return `${state}: ${reason}`;
}

function jobOf(file: string, size: number): FileJob {
  return { kind: "file", path: file, file, identity: file, size, boundary: file };
}

describe("an attack on time and memory", { timeout: 60_000 }, () => {
  it("fails: two million tokens of Python become a syntax tree of a gigabyte", async () => {
    expect(await reasonOf("a.py", "f(a)\n".repeat(300_000))).toMatch(/^partial: .*beyond 1000000 tokens/);
  });

  it("fails: tokens inside the fields of f-strings are not counted", async () => {
    expect(await reasonOf("a.py", 'f"{a,a,a,a,a,a}"\n'.repeat(100_000))).toMatch(/^partial: .*beyond 1000000 tokens/);
  });

  it.each([
    ["%", 'a="%s"*10000\nt=("x",)*10000\n', "b=a%t\n"],
    ["format", 'a="{0}"*10000\n', 'b=a.format("x")\n'],
    ["slices", 'a="x"*60000\n', "b=a[::-1]\n"],
    ["replace", 'a="x"*60000\n', 'b=a.replace("y","z")\n'],
  ])("fails: folding constants by %s reads the same text again and again", async (_how, before, again) => {
    expect(await reasonOf("a.py", before + again.repeat(1000))).toMatch(
      /^partial: .*folding constants takes more than/,
    );
  });

  it("fails: of two equal keys of a dictionary the one that Python takes is not looked at", async () => {
    const code = 'import os\ngetattr(os, {"k": "getcwd", "k": "system"}["k"])("id")\n';
    const { findings } = await scanBytes("a.py", code);
    expect(findings.map(({ message }) => message).join("\n")).toContain("os.system");
  });

  it("fails: a dictionary of many entries is searched from its front for every key", async () => {
    const entries = Array.from({ length: 20_000 }, (_, i) => `${i}:1`).join(",");
    const { state } = await scanBytes("a.py", `d={${entries}}\n${"b=d[0]\n".repeat(60_000)}`);
    expect(state).toBe("scanned");
  });

  it("fails: a megabyte is read to find the end of every pickled line of three bytes", async () => {
    const calls = "cos\nsystem\n(S'a'\ntR0".repeat(20_000);
    const source = new CountingSource(new TextEncoder().encode(`${calls}N.`));
    const policy = await defaultPolicy();
    await scanArtifact({ path: "a.pkl", name: "a.pkl", source }, { policy, budget: new Budget(policy.limits) });
    expect(source.bytesRead).toBeLessThan(50 * source.size);
  });

  it("fails: a JSON document of empty objects takes a hundred times its size", async () => {
    expect(await reasonOf("a.json", `[${"{},".repeat(1_250_000)}0]`)).toMatch(
      /^partial: JSON with more than \d+ nodes/,
    );
  });

  it("fails: a gzip stream of members of twenty bytes keeps a decompressor busy for each", async () => {
    const policy = await defaultPolicy();
    const limits = { ...policy.limits, max_members: 100 };
    const bytes = Buffer.concat(Array.from({ length: 200 }, () => gzipSync("a")));
    const artifact = { path: "a.gz", name: "a.gz", source: new BufferSource(bytes) };
    const { reason } = await scanArtifact(artifact, { policy: { ...policy, limits }, budget: new Budget(limits) });
    expect(reason).toContain("more than 100 members");
  });

  it("fails: a GGUF header of tensors alone fills the memory", async () => {
    const head = Buffer.alloc(24);
    head.write("GGUF");
    head.writeUInt32LE(3, 4);
    head.writeBigUInt64LE(200_001n, 8);
    expect(await reasonOf("a.gguf", Buffer.concat([head, Buffer.alloc(32 * 200_001)]))).toMatch(
      /^partial: 200001 tensors/,
    );
  });

  it("fails: a path of many parts keeps a pattern with many stars busy for years", () => {
    const path = `${"a/".repeat(200)}x.pkl`;
    expect(matchesGlob(path, `${"**/".repeat(30)}b.pkl`)).toBe(false);
    expect(matchesGlob(path, `${"**/".repeat(30)}x.pkl`)).toBe(true);
    expect(matchesGlob("a".repeat(250), `${"*a".repeat(40)}b`)).toBe(false);
  });

  it("fails: a text made for a pattern of the user's own keeps the thread busy that nobody can stop", async () => {
    const custom_patterns = { slow: { pattern: "(a+)+$", severity: "low" as const, message: "m" } };
    const policy = { ...(await defaultPolicy()), custom_patterns };
    expect(new Runner({ policy }).runsInline(jobOf("a.txt", 10))).toBe(false);
    expect(new Runner({ policy: await defaultPolicy() }).runsInline(jobOf("a.txt", 10))).toBe(true);
  });

  it("fails: a timeout of years overflows the timer and ends every scan at once", () => {
    expect(deadlineMs(jobOf("a", 1), { timeout_seconds: 1e12 })).toBeLessThan(2 ** 31 - 2000);
    expect(deadlineMs(jobOf("a", 1), { timeout_seconds: 5 })).toBe(5000);
  });

  it("fails: a scan with no workers waits for ever", async () => {
    const root = folder({});
    const file = join(root, "a.pkl");
    writeFileSync(file, p.osSystem());
    for (const size of [0, Number.NaN, -2, 0.5]) {
      const pool = new Pool(size, await defaultPolicy());
      const report = await pool.run({ ...jobOf(file, p.osSystem().length), boundary: root });
      await pool.close();
      expect(report.findings.length).toBeGreaterThan(0);
    }
  });

  it("fails: a name of a megabyte is compared letter by letter with all that is known", () => {
    expect(nearest("a".repeat(1_000_000), ["a".repeat(1_000_000)])).toEqual([]);
    expect(nearest("modle", ["model"])).toEqual(["model"]);
  });
});
