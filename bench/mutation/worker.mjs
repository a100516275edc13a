// One thread that holds the bundled tests and calls them, with one mutant active or none.

import { parentPort, workerData } from "node:worker_threads";

const { bundle, count } = workerData;
/** No test of an unchanged program is ended by this; a mutant may take this many times the steps of the program. */
const STEPS_FACTOR = 20;
const MIN_STEPS = 300_000;
/** Tests that pass more switches than this are too slow to be asked for each survivor. */
const MAX_STEPS = 20_000_000;

let loads = 0;
globalThis.mutation = {
  hits: new Uint8Array(count),
  steps: 0,
  maxSteps: Number.POSITIVE_INFINITY,
  active: -1,
  tests: [],
  cleaners: [],
};
const state = globalThis.mutation;
for (const name of ["log", "warn", "error", "info"]) console[name] = () => {};
process.stderr.write = () => true;

let shared;

parentPort.on("message", async (job) => {
  parentPort.postMessage(await (job.kind === "measure" ? measure(job) : job.fresh ? tryFresh(job) : tryShared(job)));
});

/** A rejection that nobody waits for is the mutant's. */
process.on("unhandledRejection", () => {
  stray = true;
});
let stray = false;

async function load() {
  const tests = [];
  state.tests.length = 0;
  await import(`${bundle}?${loads++}`);
  tests.push(...state.tests);
  return tests;
}

/** Runs every test twice: what only the first run passes is kept from then on, and has to be tried in a bundle of its own. */
async function measure({ slowMs, leftOut }) {
  shared = await load();
  const atLoad = ids();
  const results = [];
  for (const [index, test] of shared.entries()) {
    if (leftOut.test(test.name)) continue;
    const first = await timed(test);
    const passed = ids();
    let again = [];
    let second = first;
    if (first.error === undefined && first.ms < slowMs) {
      second = await timed(test);
      again = ids();
    }
    results.push({ index, name: test.name, ms: second.ms, steps: second.steps, error: second.error, passed, again });
  }
  return { atLoad, results };
}

async function timed(test) {
  state.hits.fill(0);
  state.steps = 0;
  state.maxSteps = MAX_STEPS;
  const started = process.cpuUsage();
  const error = await errorOf(test);
  const { user, system } = process.cpuUsage(started);
  return { ms: (user + system) / 1000, steps: state.steps, error };
}

function ids() {
  const found = [...state.hits.keys()].filter((id) => state.hits[id] === 1);
  state.hits.fill(0);
  return found;
}

async function tryShared({ id, tests }) {
  shared ??= await load();
  state.active = id;
  const killer = await firstFailing(shared, tests);
  state.active = -1;
  state.maxSteps = Number.POSITIVE_INFINITY;
  return { id, killer };
}

async function tryFresh({ id, tests }) {
  state.active = id;
  state.steps = 0;
  state.maxSteps = Number.POSITIVE_INFINITY;
  try {
    const fresh = await load();
    return { id, killer: await firstFailing(fresh, tests) };
  } catch {
    return { id, killer: { test: -1, why: "does not load" } };
  } finally {
    state.active = -1;
    state.maxSteps = Number.POSITIVE_INFINITY;
  }
}

async function firstFailing(all, tests) {
  for (const { index, steps } of tests) {
    state.steps = 0;
    state.maxSteps = MIN_STEPS + STEPS_FACTOR * steps;
    stray = false;
    const error = await errorOf(all[index]);
    const isEndless = state.steps > state.maxSteps;
    if (error !== undefined || stray || isEndless) return { test: index, why: isEndless ? "endless" : "fails" };
  }
  return undefined;
}

async function errorOf({ body }) {
  try {
    await body();
    return undefined;
  } catch (error) {
    return String(error?.message ?? error).slice(0, 300);
  } finally {
    for (const clean of state.cleaners.splice(0)) await clean();
  }
}
