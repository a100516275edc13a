import { parentPort, workerData } from "node:worker_threads";
import { freeze } from "../config/freeze.js";
import { DirectoryTrees } from "../sources/directory-tree.js";
import { type Job, runJob } from "./job.js";
import type { WorkerData, WorkerMessage } from "./pool.js";

const { policy: copy }: WorkerData = workerData;
// What comes through a message has lost what freeze gave it.
const policy = freeze(copy);
const trees = new DirectoryTrees();

function say(message: WorkerMessage): void {
  parentPort?.postMessage(message);
}

parentPort?.on("message", async (job: Job) => {
  try {
    const onFinding: Parameters<typeof runJob>[1]["onFinding"] = (finding) => say({ kind: "finding", finding });
    say({ kind: "report", report: await runJob(job, { policy, isolated: true, trees, onFinding }) });
  } catch (error) {
    say({ kind: "crash", reason: error instanceof Error ? error.message : String(error) });
  }
});
