import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { defaultPolicy } from "../../src/config/load.js";
import { deadlineMs, type FileJob, runJob } from "../../src/engine/job.js";
import { IsolationNeeded } from "../../src/engine/scan-artifact.js";
import { DirectoryTrees } from "../../src/sources/directory-tree.js";
import { FIXTURES } from "../builders/fixtures.js";
import { folder } from "../builders/folder.js";
import { EVIL_PICKLE } from "../builders/samples.js";

function jobOf(path: string, size = 1): FileJob {
  return { kind: "file", path, file: path, identity: "m", size, boundary: path };
}

async function run(path: string, isolated = true) {
  return runJob(jobOf(path), { policy: await defaultPolicy(), isolated, trees: new DirectoryTrees() });
}

describe("a file that cannot be opened", () => {
  it("because it went away is failed, with the reason", async () => {
    expect(await run(join(folder(), "gone.pkl"))).toMatchObject({
      state: "failed",
      reason: "cannot be opened: no such file or folder",
      findings: [],
    });
  });

  it("because something else took its place is failed", async () => {
    expect(await run(folder())).toMatchObject({ state: "failed", reason: "cannot be opened: not a regular file" });
  });
});

describe("a small file", () => {
  it("comes with its hash", async () => {
    const { sha256 } = await run(join(folder({ "m.pkl": EVIL_PICKLE }), "m.pkl"));
    expect(sha256).toMatch(/^[0-9a-f]{64}$/);
  });

  it("that needs a thread of its own says so in the main thread", async () => {
    const path = join(FIXTURES, "hdf5/bad.pickles.h5");
    await expect(run(path, false)).rejects.toBeInstanceOf(IsolationNeeded);
    expect((await run(path)).findings.length).toBeGreaterThan(0);
  });
});

describe("the deadline", () => {
  const limits = { timeout_seconds: 0 };
  it.each([
    [9_999_999, 60],
    [10_000_000, 300],
    [999_999_999, 300],
    [1_000_000_000, 3600],
    [10_000_000_000, 7200],
  ])("of %i bytes is %i seconds", (size, seconds) => {
    expect(deadlineMs(jobOf("m", size), limits)).toBe(seconds * 1000);
  });

  it("is the user's where there is one", () => {
    expect(deadlineMs(jobOf("m", 10 ** 12), { timeout_seconds: 2.5 })).toBe(2500);
  });
});
