// Changes the pickle machine, its judgement and the zip walker one small thing at a time, and tells which changes no test notices.
//   npm run mutate -- [FILE or FOLDER ...] [--workers 2] [--out .mutation/report.json] [--again REPORT] [--every N]
//                     [--no-static] [--no-names] [--slow 300] [--budget MS] [--without TESTS]
// A mutant that survives is a behaviour that no test states: write the test, or find out that the code is not needed.
//   --again   only what survived according to an earlier report, found by its line
//   --every   every N-th mutant alone, evenly over all files
//   --no-static, --no-names   not what is only run while modules load (each needs a bundle of its own), not the texts
//   --slow    tests that take longer than this many milliseconds of the processor are left out
//   --budget  at most so many milliseconds of tests for one mutant, the likeliest first: a survivor of that is tried again by --again
// All mutants of all files are built into one bundle of the tests, each behind a switch (bench/mutation/), so that a try costs
// milliseconds. What is only run while modules load, or once and then kept, is tried in a bundle that is loaded anew.

import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { Worker } from "node:worker_threads";
import glob from "fast-glob";
import { rolldown } from "rolldown";
import { describe, instrument, mutantsOf } from "./mutation/mutants.mjs";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const SUBJECTS = ["src/formats/pickle", "src/scanners/pickle", "src/formats/zip", "src/scanners/zip"];
/** Nothing but lists of names. */
const TABLES = ["src/scanners/pickle/stdlib-modules.ts", "src/scanners/pickle/weights-only.ts"];
const TESTS = [
  "tests/{formats,scanners}/{pickle,zip}/**/*.test.ts",
  "tests/attacks/*.test.ts",
  "tests/scanners/{torch,torch-archives,numpy}.test.ts",
  "tests/detect/{zip,streams}.test.ts",
  "tests/fixtures.test.ts",
];
/** Of all fixtures, those that reach the subjects at little cost. */
const OTHER_FIXTURES = /^a fixture > (?!.*\] (?:pickle|joblib|npy|zip)\/(?!ok\.methods))/;
/** A thread that says nothing for this long hangs in code without a switch. */
const HANG_MS = 60_000;
/** Bundles are never unloaded: a thread that loaded so many is replaced. */
const MAX_LOADS = 40;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  allowNegative: true,
  options: {
    workers: { type: "string", default: "2" },
    out: { type: "string", default: ".mutation/report.json" },
    again: { type: "string" },
    slow: { type: "string", default: "300" },
    budget: { type: "string", default: "Infinity" },
    every: { type: "string", default: "1" },
    static: { type: "boolean", default: true },
    names: { type: "boolean", default: true },
    without: { type: "string", multiple: true, default: [] },
  },
});
process.chdir(ROOT);
const out = resolve(values.out);
mkdirSync(dirname(out), { recursive: true });

const sources = new Map();
const mutants = [];
for (const file of subjects()) {
  const source = readFileSync(file, "utf8");
  const found = mutantsOf(file, source);
  sources.set(resolve(file), { source, found, first: mutants.length });
  mutants.push(...found.map((mutant) => ({ ...mutant, ...describe(mutant, source), start: mutant.start })));
}
const bundle = pathToFileURL(await bundleTests()).href;
const started = performance.now();
const { atLoad, results } = await inWorker({ kind: "measure", slowMs: Number(values.slow), leftOut: OTHER_FIXTURES });
const nameOf = new Map(results.map(({ index, name }) => [index, name]));
const wrong = results.filter(({ error }) => error !== undefined);
for (const { name, error } of wrong) console.log(`left out, it fails without a mutant: ${name}: ${error}`);
const usable = results.filter(({ error, ms }) => error === undefined && ms < Number(values.slow));
console.log(
  `${mutants.length} mutants in ${sources.size} files; ${usable.length} of ${results.length} tests, ${Math.round(usable.reduce((sum, { ms }) => sum + ms, 0))} ms`,
);

const covering = mutants.map(() => []);
const lazy = new Set(atLoad);
for (const test of usable) {
  const again = new Set(test.again);
  for (const id of test.passed) {
    covering[id].push(test);
    if (!again.has(id)) lazy.add(id);
  }
}
const testsOfFile = new Map();
mutants.forEach(({ file }, id) => {
  const tests = testsOfFile.get(file) ?? new Set();
  for (const test of covering[id]) tests.add(test);
  testsOfFile.set(file, tests);
});
/** How much of what a test passes by belongs to a file: a test that is about the file is likelier to notice than one that runs everything. */
const shares = new Map();
for (const { index, passed } of usable)
  for (const id of passed) {
    const key = `${mutants[id].file} ${index}`;
    shares.set(key, (shares.get(key) ?? 0) + 1 / passed.length);
  }
/** How often a test killed a mutant of a file: it is asked first for the next one. */
const kills = new Map();

const queue = chosen();
const total = queue.length;
let done = 0;
await Promise.all(Array.from({ length: Number(values.workers) }, drain));
report();

function subjects() {
  const files = glob.sync(SUBJECTS.map((folder) => `${folder}/*.ts`)).sort();
  const wanted = positionals.map((path) => relative(ROOT, resolve(path)));
  return files
    .filter((file) => !TABLES.includes(file))
    .filter((file) => wanted.length === 0 || wanted.some((path) => file === path || file.startsWith(`${path}/`)));
}

async function bundleTests() {
  const tests = glob.sync(TESTS, { ignore: values.without }).sort();
  const entry = join(dirname(out), "entry.mjs");
  writeFileSync(
    entry,
    `const { tests } = globalThis.mutation;\n${tests.map((file) => `import ${JSON.stringify(resolve(file))};`).join("\n")}\n`,
  );
  const require = createRequire(createRequire(import.meta.url).resolve("vitest/package.json"));
  const bundler = await rolldown({
    input: entry,
    platform: "node",
    external: [/^h5wasm/, /^7z-wasm/],
    resolve: {
      alias: { vitest: join(ROOT, "bench/mutation/vitest.mjs"), "@vitest/expect": require.resolve("@vitest/expect") },
    },
    plugins: [{ name: "mutants", load: { filter: { id: /\.ts$/ }, handler: loadMutated } }],
    onLog: () => {},
  });
  const file = join(dirname(out), "tests.mjs");
  await bundler.write({ file, format: "esm", codeSplitting: false });
  return file;
}

/** Modules find files beside themselves: each is told where it lay before it was bundled. */
function loadMutated(id) {
  if (!id.startsWith(ROOT) || id.includes("node_modules")) return undefined;
  const subject = sources.get(id);
  const code =
    subject === undefined
      ? readFileSync(id, "utf8")
      : instrument(subject.source, subject.found, subject.first, join(ROOT, "bench/mutation/switch.mjs"));
  return { code: code.replaceAll("import.meta.url", JSON.stringify(pathToFileURL(id).href)), moduleType: "ts" };
}

function chosen() {
  let ids = mutants.map((_, id) => id);
  if (values.again !== undefined) {
    const key = ({ file, kind, column, was, becomes, whole }) => [file, kind, column, was, becomes, whole].join("\n");
    const survivors = JSON.parse(readFileSync(values.again, "utf8")).mutants.filter(
      ({ status }) => status !== "killed",
    );
    const wanted = new Set(survivors.map(key));
    ids = ids.filter((id) => wanted.has(key(mutants[id])));
  }
  if (!values.static) ids = ids.filter((id) => !atLoad.includes(id));
  if (!values.names) ids = ids.filter((id) => mutants[id].kind !== "text");
  return ids.filter((_, index) => index % Number(values.every) === 0);
}

/** As many as their time allows. */
function affordable(tests) {
  let left = Number(values.budget);
  return tests.filter(({ ms }, index) => {
    left -= ms;
    return left >= 0 || index === 0;
  });
}

async function drain() {
  let worker;
  let loads = 0;
  for (let id = queue.shift(); id !== undefined; id = queue.shift()) {
    const mutant = mutants[id];
    const fresh = lazy.has(id);
    const tests = ordered(mutant.file, fresh ? [...testsOfFile.get(mutant.file)] : covering[id]);
    if (tests.length === 0) {
      mutant.status = "no test";
      continue;
    }
    if (worker === undefined || (fresh && ++loads > MAX_LOADS)) {
      worker?.terminate();
      worker = start();
      loads = 0;
    }
    const { killer, hangs } = await ask(worker, {
      id,
      fresh,
      tests: affordable(tests).map(({ index, steps }) => ({ index, steps })),
    });
    if (hangs) worker = undefined;
    settle(mutant, killer);
    if (++done % 100 === 0) progress();
  }
  worker?.terminate();
}

function settle(mutant, killer) {
  mutant.status = killer === undefined ? "survived" : "killed";
  if (killer === undefined) return;
  mutant.killer = killer.test < 0 ? killer.why : `${killer.why}: ${nameOf.get(killer.test)}`;
  const key = `${mutant.file} ${killer.test}`;
  kills.set(key, (kills.get(key) ?? 0) + 1);
}

function ordered(file, tests) {
  const promise = ({ index, ms }) => {
    const key = `${file} ${index}`;
    return ((kills.get(key) ?? 0) + (shares.get(key) ?? 0)) / (1 + ms);
  };
  const ranked = tests.map((test) => ({ test, rank: promise(test) })).sort((a, b) => b.rank - a.rank);
  return ranked.map(({ test }) => test);
}

function start() {
  const worker = new Worker(new URL("./mutation/worker.mjs", import.meta.url), {
    workerData: { bundle, count: mutants.length },
    resourceLimits: { maxOldGenerationSizeMb: 1500 },
  });
  worker.on("error", () => {});
  return worker;
}

async function inWorker(job) {
  const worker = start();
  const answer = await ask(worker, job, 20 * HANG_MS);
  worker.terminate();
  if (answer.hangs) throw new Error(`the tests do not run without a mutant: ${answer.killer.why}`);
  return answer;
}

function ask(worker, job, patience = HANG_MS) {
  return new Promise((answer) => {
    const end = (value) => {
      clearTimeout(timer);
      for (const [event, listener] of listeners) worker.off(event, listener);
      if (value.hangs) worker.terminate();
      answer(value);
    };
    const lost = (why) => end({ hangs: true, killer: { test: -1, why } });
    const listeners = [
      ["message", end],
      ["error", ({ message }) => lost(`ends the thread: ${message}`)],
      ["exit", () => lost("ends the thread")],
    ];
    const timer = setTimeout(lost, patience, "hangs");
    for (const [event, listener] of listeners) worker.on(event, listener);
    worker.postMessage(job);
  });
}

function progress() {
  const tried = mutants.filter(({ status }) => status !== undefined);
  const survived = tried.filter(({ status }) => status !== "killed").length;
  console.log(
    `${Math.round((performance.now() - started) / 1000)} s: ${tried.length} of ${total}, ${survived} survive`,
  );
  save();
}

function save() {
  const told = mutants
    .filter(({ status }) => status !== undefined)
    .map(({ file, line, column, kind, was, becomes, whole, status, killer }) => ({
      file,
      line,
      column,
      kind,
      was,
      becomes,
      whole,
      status,
      killer,
    }));
  writeFileSync(out, `${JSON.stringify({ mutants: told }, null, 1)}\n`);
}

function report() {
  save();
  const tried = mutants.filter(({ status }) => status !== undefined);
  for (const mutant of tried.filter(({ status }) => status !== "killed")) {
    const { file, line, column, status, was, becomes, whole } = mutant;
    console.log(`${file}:${line}:${column} ${status}: ${was} -> ${becomes || "(nothing)"}    ${whole}`);
  }
  const rows = [...new Set(tried.map(({ file }) => file))].map((file) =>
    count(
      file,
      tried.filter((mutant) => mutant.file === file),
    ),
  );
  for (const row of [...rows, count("all", tried)]) console.log(row);
}

function count(name, some) {
  const killed = some.filter(({ status }) => status === "killed").length;
  return `${name}: ${some.length} tried, ${killed} killed, ${some.length - killed} survive`;
}
