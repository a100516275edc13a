// Runs the cases of a seed in a thread of its own, so that one that never ends can be named and ended.

import { parentPort, workerData } from "node:worker_threads";
import { listInputs, makeCase } from "./cases.js";
import { violationOf } from "./properties.js";

interface Orders {
  readonly seed: number;
  readonly from: number;
  readonly to: number;
  readonly folder?: string;
  /** The number of the case that runs, and 1 behind it while wasm runs. */
  readonly current: Int32Array;
}

const { seed, from, to, folder, current } = workerData as Orders; // written by the starting script
const inputs = listInputs(folder);

for (let index = from; index < to; index++) {
  Atomics.store(current, 0, index);
  Atomics.store(current, 1, 0);
  const tried = makeCase(inputs, seed, index);
  const started = performance.now();
  const violation = await violationOf(tried, () => Atomics.store(current, 1, 1));
  const ms = performance.now() - started;
  const told = {
    index,
    ms,
    origin: tried.origin,
    name: tried.name,
    violation,
    ...(violation && { bytes: tried.bytes }),
  };
  if (violation !== undefined || ms > 1000 || index % 100 === 0) parentPort?.postMessage(told);
}
parentPort?.postMessage({ done: true });
