// Times whole processes: wall clock and peak memory (VmHWM, Linux), medians of several runs, ours and peers in turn.

import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export const CLI = new URL("../bin/modelaudit.js", import.meta.url).pathname;

/** A folder of its own for the files of a benchmark, gone when the process ends. */
export function scratch() {
  const folder = mkdtempSync(join(process.env.BENCH_TMP ?? tmpdir(), "modelaudit-bench-"));
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** The path of a peer's program in the folder that PEERS names, undefined where it is not installed. */
export function peer(name) {
  const path = process.env.PEERS && join(process.env.PEERS, name);
  return path && existsSync(path) ? path : undefined;
}

/** Runs a command once. Peak memory is looked at every few milliseconds, so that of very short runs is low by a little. */
export function run(command, args, { timeoutMs = 600_000, env = {} } = {}) {
  return new Promise((done, fail) => {
    const started = performance.now();
    const child = spawn(command, args, { stdio: ["ignore", "ignore", "ignore"], env: { ...process.env, ...env } });
    let peak = 0;
    const look = setInterval(() => {
      try {
        const status = readFileSync(`/proc/${child.pid}/status`, "latin1");
        peak = Math.max(peak, Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0));
      } catch {
        // The process has ended, or this is no Linux.
      }
    }, 5);
    const kill = setTimeout(() => child.kill("SIGKILL"), timeoutMs);
    child.on("error", fail);
    child.on("close", (code, signal) => {
      clearInterval(look);
      clearTimeout(kill);
      done({ ms: performance.now() - started, mb: peak / 1024, code, timedOut: signal === "SIGKILL" });
    });
  });
}

/** Medians over `runs` rounds; in each round every command runs once, so that noise meets all of them alike. */
export async function compare(commands, { runs = 5, ...options } = {}) {
  const results = commands.map(() => []);
  for (let round = 0; round < runs; round++) {
    for (const [i, { command, args, once }] of commands.entries()) {
      if (once && round > 0) continue;
      results[i].push(await run(command, args, options));
    }
  }
  return commands.map(({ label }, i) => summary(label, results[i]));
}

function summary(label, results) {
  const times = results.map(({ ms }) => ms).sort((a, b) => a - b);
  return {
    label,
    ms: times[times.length >> 1],
    low: times[0],
    high: times.at(-1),
    mb: Math.max(...results.map(({ mb }) => mb)),
    codes: [...new Set(results.map(({ code, timedOut }) => (timedOut ? "killed" : code)))].join("/"),
  };
}

export function ours(label, ...args) {
  return { label, command: process.execPath, args: [CLI, "scan", "--no-cache", "--quiet", ...args] };
}

export function theirs(label, program, ...args) {
  const path = peer(program);
  return path ? [{ label, command: path, args }] : [];
}

/** One row per command; the first is what the others are compared with. */
export function print(title, rows, note = "") {
  const [base] = rows;
  console.log(`\n${title}${note ? ` (${note})` : ""}`);
  for (const { label, ms, low, high, mb, codes } of rows) {
    const ratio = base && label !== base.label ? `${(ms / base.ms).toFixed(2)} x` : "";
    console.log(
      `  ${label.padEnd(34)} ${ms.toFixed(0).padStart(8)} ms  [${low.toFixed(0)}..${high.toFixed(0)}]  ${mb.toFixed(0).padStart(6)} MB  ${ratio.padStart(9)}  exit ${codes}`,
    );
  }
}
