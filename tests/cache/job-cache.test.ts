import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { JobCache } from "../../src/cache/job-cache.js";
import { Store } from "../../src/cache/store.js";
import type { FileJob } from "../../src/engine/job.js";
import type { FileReport } from "../../src/engine/result.js";
import * as p from "../builders/pickle.js";
import { policy, reportOf } from "../scanners/pickle/scan.js";

let folder: string;
let store: Store;
const later = () => Date.now() + 60 * 60 * 1000;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "modelaudit-test-"));
  store = new Store(join(folder, "cache"), { maxBytes: 1 << 20, maxAgeDays: 30 });
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function jobOf(name: string, content: Uint8Array = p.osSystem()): FileJob {
  const file = join(folder, name);
  writeFileSync(file, content);
  return { kind: "file", path: name, file, identity: name, size: content.length, boundary: folder };
}

async function slowReport(changes: Partial<FileReport> = {}): Promise<FileReport> {
  const report = await reportOf(p.osSystem(), "model.pkl");
  return { ...report, durationMs: 500, ...changes };
}

const cacheWith = (version = "1", now = later) => new JobCache(store, policy, version, now);

it("gives the report of a content back under the path where it lies now", async () => {
  const job = jobOf("model.pkl");
  const report = await slowReport();
  expect(cacheWith().find(job)).toBeUndefined();
  expect(cacheWith().keep(job, report)).toBe(true);
  const found = cacheWith().find({ ...job, path: "elsewhere/model.pkl", identity: "elsewhere/model.pkl" });
  expect(found).toMatchObject({ path: "elsewhere/model.pkl", state: "scanned", durationMs: 500 });
  expect(found?.findings.map(({ rule, path }) => `${rule} ${path}`)).toEqual(
    report.findings.map(({ rule }) => `${rule} elsewhere/model.pkl`),
  );
});

it("looks at the content, not at size and times", async () => {
  const job = jobOf("model.pkl");
  cacheWith().keep(job, await slowReport());
  jobOf("model.pkl", p.osSystem("xx"));
  expect(cacheWith().find(job)).toBeUndefined();
});

it("misses under another policy and another version", async () => {
  const job = jobOf("model.pkl");
  cacheWith().keep(job, await slowReport());
  expect(cacheWith("2").find(job)).toBeUndefined();
  const other = { ...policy, rules: { "pickle/unsafe-call": "low" as const } };
  expect(new JobCache(store, other, "1", later).find(job)).toBeUndefined();
});

it("does not give a report without a hash to who asked for one, nor the other way round", async () => {
  const job = jobOf("model.pkl");
  cacheWith().keep(job, await slowReport());
  expect(cacheWith().find({ ...job, hash: true })).toBeUndefined();
  cacheWith().keep({ ...job, hash: true }, await slowReport({ sha256: "0".repeat(64) }));
  expect(cacheWith().find({ ...job, hash: true })?.sha256).toBe("0".repeat(64));
  expect(cacheWith().find({ ...job, hash: false })?.sha256).toBeUndefined();
});

it("keeps nothing that was quick, failed, ran out of time, depends on neighbours or was just written", async () => {
  const job = jobOf("model.pkl");
  const late = { rule: "analysis/limit-exceeded", evidence: { limit: "timeout" } } as const;
  const [finding] = (await slowReport()).findings;
  if (!finding) throw new Error("the sample has no finding");
  for (const changes of [
    { durationMs: 0 },
    { state: "failed" },
    { usedNeighbours: true },
    { findings: [{ ...finding, ...late }] },
  ] as const) {
    expect(cacheWith().keep(job, await slowReport(changes))).toBe(false);
  }
  expect(cacheWith("1", Date.now).keep(job, await slowReport())).toBe(false);
});

it("takes an entry that is no report for missing", async () => {
  const job = jobOf("model.pkl");
  const odd = new Store(join(folder, "cache"), { maxBytes: 1 << 20, maxAgeDays: 30 });
  const put = odd.put.bind(odd);
  odd.put = (key, body) => put(key, body === "" ? "" : "[1]");
  new JobCache(odd, policy, "1", later).keep(job, await slowReport());
  expect(cacheWith().find(job)).toBeUndefined();
});
