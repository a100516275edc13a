// Scans archives that are made to unpack without end, each in a process of its own, and measures time and memory.
//   node build.mjs && node bench/bombs.mjs [CLI]

import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { deflated, deflatedZeros, overlapping, packed, stored, zip } from "./archives.mjs";
import { STREAM_BOMBS } from "./stream-bombs.mjs";

const MAX_MS = 3000;
const MAX_MEGABYTES = 200;
const COPIES = 16;

const root = fileURLToPath(new URL("..", import.meta.url));
const cli = process.argv[2] ?? join(root, "bin/modelaudit.js");
/** Writes the process's peak memory, in kilobytes, to descriptor 3 when it ends. */
const WATCH = `data:text/javascript,${encodeURIComponent(
  'import{writeSync}from"node:fs";import{isMainThread}from"node:worker_threads";if(isMainThread)process.on("exit",()=>writeSync(3,String(process.resourceUsage().maxRSS)))',
)}`;

/** Sixteen copies in sixteen copies, five levels of them, around four gigabytes of zeros each. */
function copiesInCopies() {
  let archive = zip([packed("0.dll", deflatedZeros(4096), 4096 * (1 << 20))]);
  for (let level = 0; level < 5; level++) {
    archive = zip(Array.from({ length: COPIES }, (_, copy) => deflated(`${level}${copy}.zip`, archive)));
  }
  return archive;
}

/** The same, no two archives alike. */
function differentInDifferent(level, path) {
  if (level === 0) return zip([packed(`${path}.bin`, deflatedZeros(64), 64 << 20)]);
  return zip(
    Array.from({ length: 4 }, (_, copy) =>
      deflated(`${path}${copy}.zip`, differentInDifferent(level - 1, `${path}${copy}`)),
    ),
  );
}

function deep(levels) {
  let archive = zip([stored("end.txt", Buffer.from("end"))]);
  for (let level = 0; level < levels; level++) archive = zip([stored("next.zip", archive)]);
  return archive;
}

const BOMBS = {
  "42.zip: copies in copies": copiesInCopies,
  "no two alike": () => differentInDifferent(4, "a"),
  "an archive that contains itself": () => readFileSync(join(root, "fixtures/zip/bad.quine.zip")),
  "overlapping entries (Fifield)": () => overlapping(250, 21),
  "ten gigabytes of zeros": () => zip([packed("zeros.bin", deflatedZeros(10_240), 10 * 2 ** 30)]),
  "a hundred times fifty megabytes of zeros": () =>
    zip(Array.from({ length: 100 }, (_, index) => packed(`${index}.bin`, deflatedZeros(50), 50 << 20))),
  "four hundred levels": () => deep(400),
  ...STREAM_BOMBS,
};

const folder = mkdtempSync(join(tmpdir(), "bombs-"));
let failed = false;
for (const [title, make] of Object.entries(BOMBS)) {
  const file = join(folder, "bomb.zip");
  writeFileSync(file, make());
  const result = scan(file);
  const isWithin = result.ms <= MAX_MS && result.megabytes <= MAX_MEGABYTES && result.told;
  failed ||= !isWithin;
  console.log(
    `${isWithin ? "ok  " : "OVER"} ${String(result.ms).padStart(6)} ms ${String(result.megabytes).padStart(5)} MB  ${title}: ${result.rules}`,
  );
}
rmSync(folder, { recursive: true });
process.exitCode = failed ? 1 : 0;

function scan(file) {
  const started = performance.now();
  const args = ["--import", WATCH, cli, "scan", file, "--format", "json", "--no-cache"];
  const run = spawnSync(process.execPath, args, {
    stdio: ["ignore", "pipe", "inherit", "pipe"],
    encoding: "utf8",
    timeout: 60_000,
    maxBuffer: 1 << 28,
  });
  const ms = Math.round(performance.now() - started);
  const rules = run.stdout ? new Set(JSON.parse(run.stdout).issues.map(({ rule }) => rule)) : new Set(["no report"]);
  const told = ["archive/bomb", "analysis/limit-exceeded", "archive/overlapping-entries"].some((rule) =>
    rules.has(rule),
  );
  return { ms, megabytes: Math.round(Number(run.output[3]) / 1024), told, rules: [...rules].sort().join(", ") };
}
