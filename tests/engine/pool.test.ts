import { describe, expect, it, onTestFinished } from "vitest";
import { defaultPolicy } from "../../src/config/load.js";
import type { FileJob } from "../../src/engine/job.js";
import { Pool } from "../../src/engine/pool.js";

const JOB: FileJob = { kind: "file", path: "m.pkl", file: "/m.pkl", identity: "m.pkl", size: 5, boundary: "/" };

/** A worker that answers every job with this code, where `say(message)` posts and `job` is the job. */
function workerOf(code: string): URL {
  const source = `import { parentPort } from "node:worker_threads";
    const say = (message) => parentPort.postMessage(message);
    const finding = { rule: "a/b", severity: "high", path: "m.pkl", member: [], message: "seen", evidence: {}, references: [], scanner: "test", count: 1 };
    let jobs = 0;
    parentPort.on("message", (job) => { jobs++; ${code} });`;
  return new URL(`data:text/javascript,${encodeURIComponent(source)}`);
}

async function poolOf(code: string, { seconds = 60, size = 1 } = {}): Promise<Pool> {
  const policy = await defaultPolicy();
  const pool = new Pool(size, { ...policy, limits: { ...policy.limits, timeout_seconds: seconds } }, workerOf(code));
  onTestFinished(() => pool.close());
  return pool;
}

const REPORT = `say({ kind: "report", report: { path: job.path, state: "scanned", jobs } })`;

describe("a worker", () => {
  it("is used again for the next job", async () => {
    const pool = await poolOf(REPORT);
    expect(await pool.run(JOB)).toMatchObject({ state: "scanned", jobs: 1 });
    expect(await pool.run(JOB)).toMatchObject({ state: "scanned", jobs: 2 });
  });

  it("that never ends is ended at the deadline, and what it had found is kept", async () => {
    const pool = await poolOf(`say({ kind: "finding", finding }); for (;;);`, { seconds: 0.05 });
    const report = await pool.run(JOB);
    expect(report).toMatchObject({ state: "partial", reason: "not finished after 0.05 seconds (--timeout)" });
    expect(report.findings.map(({ rule, severity }) => `${severity} ${rule}`)).toEqual([
      "high a/b",
      "low analysis/limit-exceeded",
    ]);
  });

  it("that was ended does not stop the others", async () => {
    const pool = await poolOf(`if (job.path === "loop") for (;;); ${REPORT}`, { seconds: 0.05 });
    const [late, good] = await Promise.all([pool.run({ ...JOB, path: "loop" }), pool.run(JOB)]);
    expect(late?.state).toBe("partial");
    expect(good?.state).toBe("scanned");
  });

  it("that needs more memory than it may is ended alone", { timeout: 60_000 }, async () => {
    const pool = await poolOf(`const all = []; for (;;) all.push(new Array(1e6).fill(jobs++ / 3));`);
    const report = await pool.run(JOB);
    expect(report).toMatchObject({ state: "partial", reason: "needs more than 1024 MiB of memory" });
    expect(report.findings[0]).toMatchObject({ rule: "analysis/limit-exceeded", severity: "medium" });
  });

  it("that breaks makes its file failed, with the reason", async () => {
    const pool = await poolOf(`throw new Error("a bug")`);
    expect(await pool.run(JOB)).toMatchObject({
      state: "failed",
      reason: "a bug",
      findings: [{ rule: "analysis/scanner-failed" }],
    });
  });

  it("that leaves silently makes its file partial or failed, never clean", async () => {
    const pool = await poolOf(`process.exit(0)`);
    expect((await pool.run(JOB)).state).not.toBe("scanned");
  });
});

describe("closing the pool", () => {
  it("ends what runs, as interrupted and without a finding of its own", async () => {
    const pool = await poolOf(`say({ kind: "finding", finding }); for (;;);`);
    const running = pool.run(JOB);
    await new Promise((resolve) => setTimeout(resolve, 300));
    await pool.close();
    const report = await running;
    expect(report).toMatchObject({ state: "partial", reason: "the scan was interrupted" });
    expect(report.findings.map(({ rule }) => rule)).toEqual(["a/b"]);
  });
});
