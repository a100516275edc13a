// Scans damaged, spliced, cut, transformed and disguised files, and tells what a scan must not do: throw, fail, hang, grow, or call malice clean.
//   npm run fuzz -- [--minutes 1] [--seed N] [--case I] [--corpus FOLDER] [--keep FOLDER]
//     random cases without end; the seed and the number of a case make the same file again
//   npm run fuzz -- --structure NAMES [...]
//     nothing but changes by the structures whose names match
//   npm run fuzz -- --exhaustive [--corpus FOLDER] [--case FILE-NUMBER] [--from FILE-NUMBER] [--every N]
//     every beginning of every malicious file, or every N-th, and every read of every file failing in every way; takes as long as it takes

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
const FOREVER = 0x7fffffff;
const PROGRESS_MS = 60_000;

const { values } = parseArgs({
  options: {
    minutes: { type: "string", default: "1" },
    seed: { type: "string", default: String(Date.now() % 1_000_000_007) },
    case: { type: "string" },
    from: { type: "string", default: "0" },
    every: { type: "string", default: "1" },
    corpus: { type: "string" },
    structure: { type: "string" },
    keep: { type: "string", default: "." },
    exhaustive: { type: "boolean", default: false },
  },
});

const isExhaustive = values.exhaustive;
const seed = Number(values.seed);
const only = values.case === undefined ? undefined : Number(values.case);
const until = isExhaustive ? Number.POSITIVE_INFINITY : performance.now() + Number(values.minutes) * 60_000;
const what = isExhaustive ? "exhaustive" : `seed ${seed}`;
/** Violations by kind: the same mistake in the same file counts once. */
const violations = new Map();
let cases = 0;
let progress = performance.now() + PROGRESS_MS;
let ended = 0;
let slowest = { ms: 0 };
let largest = { grown: 0 };

const program = await bundle();
console.log(what);
for (let next = [only ?? Number(values.from), 0]; next !== undefined && performance.now() < until; )
  next = await runFrom(next);

const memory = Math.round(process.resourceUsage().maxRSS / 1024);
if (memory > MEMORY_BOUND_MB) violations.set("memory", 1);
for (const [kind, count] of violations) if (count > 1) console.log(`${count} times: ${kind}`);
console.log(
  `${what}: ${cases} cases, ${violations.size} violations, ${ended} ended inside wasm, slowest ${Math.round(slowest.ms)} ms (${slowest.origin}), ` +
    `a scan adds ${largest.grown} MB at most (${largest.origin}), the process has ${memory} MB at most`,
);
process.exit(violations.size > 0 ? 1 : 0);

/** Runs cases in a worker until time is up, all is done, or one hangs; returns where to go on, if anywhere. */
function runFrom(from) {
  const current = new Int32Array(new SharedArrayBuffer(12));
  const to = only === undefined ? FOREVER : only + 1;
  const worker = new Worker(pathToFileURL(program), {
    workerData: {
      ...{ seed, isExhaustive, from, to, current, structure: values.structure, every: Number(values.every) },
      folder: values.corpus && resolve(values.corpus),
    },
  });
  return new Promise((done) => {
    let at = "";
    let since = performance.now();
    const behind = () => (isExhaustive ? [current[0], current[1] + 1] : [current[0] + 1, 0]);
    const watch = setInterval(() => {
      const now = performance.now();
      const position = `${current[0]}/${current[1]}`;
      if (now > progress) {
        console.error(`${cases} cases, at ${position}`);
        progress = now + PROGRESS_MS;
      }
      if (position !== at) [at, since] = [position, now];
      const isWasm = Atomics.load(current, 2) === 1;
      const hangs = now - since > (isWasm ? WASM_MS : HANG_MS);
      if (hangs && isWasm) {
        ended++;
        console.log(`${position} ended inside wasm`);
      } else if (hangs) tell({ index: current[0], kind: at, violation: `it does not end within ${HANG_MS} ms` });
      if (hangs || (now > until && only === undefined)) leave(behind());
    }, 500);
    const leave = (next) => {
      clearInterval(watch);
      worker.terminate().then(() => done(next));
    };
    worker.on("message", (told) => (told.done ? leave(undefined) : note(told)));
    worker.on("error", (error) => {
      tell({ index: current[0], kind: at, violation: `the thread ends: ${error.stack}` });
      leave(behind());
    });
  });
}

function note(told) {
  cases++;
  if (told.ms > slowest.ms) slowest = told;
  if (told.grown > largest.grown) largest = told;
  if (told.violation !== undefined) tell(told);
}

function tell({ index, kind, name = "", origin = "", violation, bytes }) {
  const count = violations.get(kind) ?? 0;
  violations.set(kind, count + 1);
  if (count > 0) return;
  const mode = isExhaustive ? "--exhaustive" : `--seed ${seed}`;
  const given = ["corpus", "structure"].flatMap((name) => (values[name] ? [` --${name} '${values[name]}'`] : []));
  console.log(
    `case ${index}: ${violation}\n  ${origin}\n  again: npm run fuzz -- ${mode} --case ${index}${given.join("")}`,
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
