// Times whole processes: wall clock and peak memory (VmHWM, Linux), medians of several rounds, commands by turns.

import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A command that takes longer than this in its first round is not run again. */
const ONCE_MS = 8_000;
const TIMEOUT_MS = 120_000;

/** A folder of its own for the files of a benchmark, gone when the process ends. */
export function scratch() {
  const folder = mkdtempSync(join(process.env.BENCH_TMP ?? tmpdir(), "modelaudit-bench-"));
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Runs a command once. Peak memory is looked at every few milliseconds, so that of very short runs is low by a little. */
export function run({ command, args, env = {} }, timeoutMs = TIMEOUT_MS) {
  return new Promise((done, fail) => {
    const started = performance.now();
    const child = spawn(command, args, { stdio: "ignore", env: { ...process.env, ...env } });
    let kilobytes = 0;
    const look = setInterval(() => {
      kilobytes = Math.max(kilobytes, peakOf(child.pid));
    }, 5);
    const kill = setTimeout(() => child.kill("SIGKILL"), timeoutMs);
    child.on("error", fail);
    child.on("close", (code, signal) => {
      clearInterval(look);
      clearTimeout(kill);
      done({ ms: performance.now() - started, mb: kilobytes / 1024, code, killed: signal !== null });
    });
  });
}

function peakOf(pid) {
  try {
    const status = readFileSync(`/proc/${pid}/status`, "latin1");
    return Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0);
  } catch {
    return 0; // The process has ended, or this is no Linux.
  }
}

/** Medians over `rounds`; in each round every command runs once, so that noise meets all of them alike. */
export async function compare(commands, rounds = 5) {
  const runs = commands.map(() => []);
  for (let round = 0; round < rounds; round++) {
    for (const [i, command] of commands.entries()) {
      if (runs[i][0]?.ms > ONCE_MS) continue;
      runs[i].push(await run(command));
    }
  }
  return runs.map((each) => {
    const times = each.map(({ ms }) => ms).sort((a, b) => a - b);
    return {
      ms: times[times.length >> 1],
      mb: Math.max(...each.map(({ mb }) => mb)),
      codes: new Set(each.map(({ code }) => code)),
      killed: each.some(({ killed }) => killed),
    };
  });
}
