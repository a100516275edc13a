import { join, relative } from "node:path";
import { describe, expect, it } from "vitest";
import { defaultPolicy } from "../../src/config/load.js";
import type { Policy } from "../../src/config/policy.js";
import { scanPaths } from "../../src/engine/scan.js";
import { summarize } from "../../src/engine/summary.js";
import { folder } from "../builders/folder.js";
import { EVIL_PICKLE, NOISE, PLAIN_PICKLE } from "../builders/samples.js";

async function scan(paths: readonly string[], changes: Partial<Policy> = {}, settings = {}) {
  return scanPaths(paths, { policy: { ...(await defaultPolicy()), ...changes }, ...settings });
}

async function limits(changes: Partial<Policy["limits"]>): Promise<Partial<Policy>> {
  return { limits: { ...(await defaultPolicy()).limits, ...changes } };
}

describe("a scan", () => {
  it("reports every file of a folder in one of four states", async () => {
    const root = folder({
      "bad.pkl": EVIL_PICKLE,
      "cut.pkl": EVIL_PICKLE.slice(0, -3),
      "empty.pkl": "",
      noise: NOISE,
      "ok.pkl": PLAIN_PICKLE,
    });
    const { files, errors } = await scan([root]);
    expect(files.map(({ path, state }) => `${relative(root, path)} ${state}`)).toEqual([
      "bad.pkl scanned",
      "cut.pkl partial",
      "empty.pkl scanned",
      "noise skipped",
      "ok.pkl scanned",
    ]);
    expect(errors).toEqual([]);
  });

  it("reports a copy with its own path, and counts its bytes once", async () => {
    const root = folder({ "b/copy.npy": NOISE, "a/model.npy": NOISE });
    const result = await scan([root]);
    const [first, second] = result.files;
    expect(second).toMatchObject({ path: join(root, "b/copy.npy"), duplicateOf: join(root, "a/model.npy") });
    expect(second?.findings.map(({ rule }) => rule)).toEqual(first?.findings.map(({ rule }) => rule));
    for (const { path } of second?.findings ?? []) expect(path).toBe(join(root, "b/copy.npy"));
    expect(summarize(result).bytes).toBe(NOISE.length);
  });

  it("does not share the report of a file that depends on its neighbours", async () => {
    const root = folder({ "a/model.pkl": PLAIN_PICKLE, "b/model.pkl": PLAIN_PICKLE });
    const { files } = await scan([root]);
    for (const { usedNeighbours, duplicateOf } of files) expect(usedNeighbours && duplicateOf).toBeFalsy();
  });

  it("gives findings fingerprints that do not depend on where the folder lies", async () => {
    const fingerprints = async () => {
      const { files } = await scan([folder({ "x/bad.pkl": EVIL_PICKLE })]);
      return files.flatMap(({ findings }) => findings.map(({ fingerprint }) => fingerprint));
    };
    const [once, again] = [await fingerprints(), await fingerprints()];
    expect(once.length).toBeGreaterThan(0);
    expect(once).toEqual(again);
  });

  it("is the same twice", async () => {
    const root = folder({ "bad.pkl": EVIL_PICKLE, "x/bad.pkl": EVIL_PICKLE, noise: NOISE, up: { link: "/etc" } });
    const plain = async () => {
      const { files, findings } = await scan([root]);
      return JSON.stringify([files.map((file) => ({ ...file, durationMs: 0 })), findings]);
    };
    expect(await plain()).toBe(await plain());
  });

  it("tells links that leave the folder", async () => {
    const root = folder({ "ok.pkl": PLAIN_PICKLE, passwd: { link: "/etc/passwd" } });
    const { findings } = await scan([root]);
    expect(findings).toMatchObject([
      {
        rule: "analysis/unsafe-link",
        path: join(root, "passwd"),
        message: "the link leads out of the scanned folder, to /etc/passwd",
      },
    ]);
  });

  it("says so when a folder holds nothing that is known", async () => {
    const { errors } = await scan([folder({ noise: NOISE })]);
    expect(errors[0]?.message).toBe("nothing scanned: none of 1 files is of a known format");
    expect((await scan([folder()])).errors[0]?.message).toBe("nothing scanned: the folder holds no files");
    expect((await scan([folder({ noise: NOISE, "ok.pkl": PLAIN_PICKLE })])).errors).toEqual([]);
  });

  it("refuses a file above the limit without reading it", async () => {
    const root = folder({ "bad.pkl": EVIL_PICKLE });
    const { files } = await scan([root], await limits({ max_file_bytes: EVIL_PICKLE.length - 1 }));
    expect(files).toMatchObject([{ state: "failed", findings: [], bytesExamined: 0 }]);
    expect(files[0]?.reason).toContain("above the limit");
    expect((await scan([root], await limits({ max_file_bytes: EVIL_PICKLE.length }))).files[0]?.state).toBe("scanned");
  });

  it("keeps what was found when the time runs out", async () => {
    const root = folder({ "bad.pkl": EVIL_PICKLE });
    const { files } = await scan([root], await limits({ max_steps: 1 }));
    expect(files[0]?.state).toBe("partial");
    expect(files[0]?.findings.map(({ rule }) => rule)).toContain("analysis/limit-exceeded");
  });

  it("that is interrupted before it begins reports nothing as examined", async () => {
    const root = folder({ "bad.pkl": EVIL_PICKLE });
    const result = await scan([root], {}, { signal: AbortSignal.abort() });
    expect(result).toMatchObject({ interrupted: true, files: [] });
    expect(summarize(result).exitCode).toBe(130);
  });

  it("tells its progress", async () => {
    const seen: string[] = [];
    const root = folder({ "a.pkl": PLAIN_PICKLE, "b.pkl": EVIL_PICKLE });
    await scan(
      [root],
      {},
      {
        onProgress: ({ files, totalFiles, path }: { files: number; totalFiles: number; path: string }) =>
          seen.push(`${files}/${totalFiles} ${relative(root, path)}`),
      },
    );
    expect(seen).toEqual(["1/2 a.pkl", "2/2 b.pkl"]);
  });
});
