// Scans damaged, spliced, cut and disguised files without end, and tells what a scan must not do: throw, fail, hang, grow, or call malice clean.
//   npm run fuzz -- [--minutes 1] [--seed N] [--case I] [--corpus FOLDER] [--keep FOLDER]
// The seed and the number of a case make the same file again.

import { mkdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { Worker } from "node:worker_threads";
import { rolldown } from "rolldown";

/** Longer than this for one small file is a hang. */
const HANG_MS = 60_000;
/** The wasm of HDF5 and 7z may loop on damaged files. The engine ends its thread at the deadline, and so does this one, sooner. */
const WASM_MS = 10_000;
/** Memory of the whole process, the wasm of HDF5 and 7z, and the files included. */
const MEMORY_BOUND_MB = 1536;

const { values } = parseArgs({
  options: {
    minutes: { type: "string", default: "1" },
    seed: { type: "string", default: String(Date.now() % 1_000_000_007) },
    case: { type: "string" },
    corpus: { type: "string" },
    keep: { type: "string", default: "." },
  },
});

const seed = Number(values.seed);
const only = values.case === undefined ? undefined : Number(values.case);
const until = performance.now() + Number(values.minutes) * 60_000;
const violations = [];
let cases = only ?? 0;
let ended = 0;
let slowest = { ms: 0 };

const program = await bundle();
console.log(`seed ${seed}`);
while (performance.now() < until) {
  cases = await runFrom(cases);
  if (only !== undefined) break;
}
const memory = Math.round(process.resourceUsage().maxRSS / 1024);
if (memory > MEMORY_BOUND_MB) violations.push({ index: cases, violation: `the process grew to ${memory} MB` });
console.log(
  `seed ${seed}: ${cases} cases, ${violations.length} violations, ${ended} ended inside wasm, slowest ${Math.round(slowest.ms)} ms (case ${slowest.index}, ${slowest.origin}), ${memory} MB at most`,
);
process.exit(violations.length > 0 ? 1 : 0);

/** Runs cases in a worker until time is up or one hangs; returns the number of the next case. */
function runFrom(from) {
  const current = new Int32Array(new SharedArrayBuffer(8));
  const to = only === undefined ? 0x7fffffff : only + 1;
  const worker = new Worker(pathToFileURL(program), {
    workerData: { seed, from, to, folder: values.corpus && resolve(values.corpus), current },
  });
  return new Promise((done) => {
    let at = -1;
    let since = performance.now();
    const watch = setInterval(() => {
      const now = performance.now();
      if (current[0] !== at) [at, since] = [current[0], now];
      const isWasm = Atomics.load(current, 1) === 1;
      const hangs = now - since > (isWasm ? WASM_MS : HANG_MS);
      if (hangs && isWasm) ended++;
      else if (hangs) tell({ index: at, name: "", origin: "", violation: `it does not end within ${HANG_MS} ms` });
      if (hangs || (now > until && only === undefined)) leave(at + 1);
    }, 500);
    const leave = (next) => {
      clearInterval(watch);
      worker.terminate().then(() => done(next));
    };
    worker.on("message", (told) => (told.done ? leave(to) : note(told)));
    worker.on("error", (error) => {
      tell({ index: current[0], name: "", origin: "", violation: `the thread ends: ${error.stack}` });
      leave(current[0] + 1);
    });
  });
}

function note(told) {
  if (told.ms > slowest.ms) slowest = told;
  if (told.violation !== undefined) tell(told);
}

function tell({ index, name, origin, violation, bytes }) {
  violations.push({ index, violation });
  console.log(
    `case ${index}: ${violation}\n  ${origin}\n  again: npm run fuzz -- --seed ${seed} --case ${index}${values.corpus ? ` --corpus ${values.corpus}` : ""}`,
  );
  if (bytes === undefined) return;
  mkdirSync(values.keep, { recursive: true });
  const file = join(values.keep, `fuzz-${seed}-${index}-${name.replaceAll(/[^\w.-]/g, "_")}`);
  writeFileSync(file, bytes);
  console.log(`  file: ${file}`);
}

/** The TypeScript of tests/fuzz as a program, beside the packages it needs. */
async function bundle() {
  // As deep below the project as the modules themselves: they find the fixtures and the rule base from there.
  const folder = resolve("node_modules/.modelaudit-fuzz");
  const bundler = await rolldown({
    input: "tests/fuzz/worker.ts",
    platform: "node",
    external: [/^h5wasm/, /^7z-wasm/],
  });
  await bundler.write({ dir: folder, format: "esm", entryFileNames: `worker-${process.pid}.mjs` });
  await bundler.close();
  return join(folder, `worker-${process.pid}.mjs`);
}
