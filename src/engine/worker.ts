import { parentPort, workerData } from "node:worker_threads";
import { freeze } from "../config/freeze.js";
import { DirectoryTrees } from "../sources/directory-tree.js";
import { type Job, runJob } from "./job.js";
import { loadPlugins } from "./plugins.js";
import type { WorkerData, WorkerMessage } from "./pool.js";

const { policy: copy }: WorkerData = workerData;
// What comes through a message has lost what freeze gave it.
const policy = freeze(copy);
const ready = loadPlugins(policy.plugins);
const trees = new DirectoryTrees();

function say(message: WorkerMessage): void {
  parentPort?.postMessage(message);
}

/** Often enough to be watched, seldom enough to cost nothing. */
const MEMBER_MS = 200;
let nextMember = performance.now() + MEMBER_MS;

function tellMember(path: readonly string[]): void {
  const now = performance.now();
  if (now < nextMember) return;
  nextMember = now + MEMBER_MS;
  say({ kind: "member", member: path.slice(1) });
}

parentPort?.on("message", async (job: Job) => {
  try {
    await ready;
    const onFinding: Parameters<typeof runJob>[1]["onFinding"] = (finding) => say({ kind: "finding", finding });
    say({
      kind: "report",
      report: await runJob(job, { policy, isolated: true, trees, onFinding, onMember: tellMember }),
    });
  } catch (error) {
    say({ kind: "crash", reason: error instanceof Error ? error.message : String(error) });
  }
});
