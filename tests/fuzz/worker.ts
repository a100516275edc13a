// Runs cases in a thread of its own, so that one that never ends can be named and ended.

import { statSync } from "node:fs";
import { parentPort, workerData } from "node:worker_threads";
import { type Case, type Input, listInputs, makeCase, makeStructuralCase } from "./cases.js";
import { type Slice, stepsOf } from "./exhaustive.js";
import { MemoryMeter } from "./memory.js";
import { type Isolate, violationOf } from "./properties.js";
import { STRUCTURES } from "./structure/transform.js";

interface Orders {
  readonly seed: number;
  readonly isExhaustive: boolean;
  /** Number of the case, or of the file and of what is done to it. */
  readonly from: readonly [number, number];
  readonly to: number;
  readonly folder?: string;
  /** Nothing but changes by the structures of these names. */
  readonly structure?: string;
  /** Of the lengths at which files are cut, the multiples of this. */
  readonly every: number;
  /** The same two numbers of what runs, and 1 behind them while wasm runs. */
  readonly current: Int32Array;
}

interface Told {
  readonly name: string;
  readonly origin: string;
  readonly kind: string;
  readonly bytes?: Uint8Array;
  readonly run: (isolate: Isolate) => Promise<string | undefined>;
}

const { seed, isExhaustive, from, to, folder, structure, every, current } = workerData as Orders; // written by the starting script
const inputs = isExhaustive ? smallestFirst(listInputs(folder, Number.POSITIVE_INFINITY)) : listInputs(folder);
const meter = new MemoryMeter();

if (isExhaustive) await runAll();
else await runRandom();
parentPort?.postMessage({ done: true });

async function runRandom(): Promise<void> {
  for (let index = from[0]; index < to; index++) {
    begin(index, 0);
    const tried = await caseOf(index);
    const run = () => violationOf(tried, isolate);
    await runOne({ ...tried, kind: `${index}`, run }, [index, 0]);
  }
}

function caseOf(index: number): Promise<Case> {
  if (structure === undefined) return makeCase(inputs, seed, index, isolate);
  const names = new RegExp(structure);
  const structures = STRUCTURES.filter(({ name }) => names.test(name));
  return makeStructuralCase(inputs, structures, { seed, index, isolate });
}

async function runAll(): Promise<void> {
  const slice: Slice = { takesCut: (length) => length % every === 0, takesRead: () => true };
  for (const [index, input] of inputs.entries()) {
    if (index < from[0] || index >= to) continue;
    begin(index, 0);
    for (const [number, step] of (await stepsOf(input, slice)).entries()) {
      if (index === from[0] && number < from[1]) continue;
      begin(index, number);
      await runOne(step, [index, number]);
    }
  }
}

/** Most files are small, and soon done. */
function smallestFirst(files: readonly Input[]): Input[] {
  const sized = files.map((input) => ({ input, size: statSync(input.path).size }));
  return sized.sort((a, b) => a.size - b.size).map(({ input }) => input);
}

/** Wasm runs from here on, until the next case begins. */
function isolate(): void {
  Atomics.store(current, 2, 1);
}

function begin(index: number, step: number): void {
  Atomics.store(current, 0, index);
  Atomics.store(current, 1, step);
  Atomics.store(current, 2, 0);
}

async function runOne({ run, bytes, name, origin, kind }: Told, [index, step]: readonly [number, number]) {
  meter.begin();
  const started = performance.now();
  const violation = await run(isolate);
  const ms = performance.now() - started;
  const { grown, violation: grew } = meter.end();
  const wrong = violation ?? grew;
  const told = { index, step, ms, grown, origin, name, kind, violation: wrong, ...(wrong && bytes && { bytes }) };
  parentPort?.postMessage(told);
}
