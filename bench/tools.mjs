// The programs that are measured: ours from this checkout, others from the folder that PEERS names (a virtual environment's bin).

import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const CLI = fileURLToPath(new URL("../bin/modelaudit.js", import.meta.url));

/** Everything that would look for news or send telemetry is off: only the scan is measured. */
const QUIET = { PROMPTFOO_DISABLE_TELEMETRY: "1", NO_ANALYTICS: "1", DO_NOT_TRACK: "1" };

const PEERS = [
  { name: "picklescan", args: (path) => ["-p", path] },
  { name: "modelscan", args: (path) => ["-p", path] },
  // Its command reads one pickle, and neither folders nor archives.
  {
    name: "fickling",
    args: (path) => ["--check-safety", "--json-output", "/dev/null", path],
    takes: (path) => path.endsWith(".pkl"),
  },
  { name: "modelaudit", title: "promptfoo's modelaudit", args: (path) => ["scan", "--no-cache", path] },
];

/** A run of this project's scanner. `prefix` is a command that runs it, such as taskset. */
export function ours(path, { args = ["--no-cache"], prefix = [], title = "modelaudit" } = {}) {
  const [command, ...rest] = [...prefix, process.execPath, CLI, "scan", "--quiet", ...args, path];
  return { title, command, args: rest };
}

/** The peers that are installed and can read `path`. */
export function peersFor(path) {
  return PEERS.flatMap(({ name, title = name, args, takes = () => true }) => {
    const command = process.env.PEERS && join(process.env.PEERS, name);
    return command && existsSync(command) && takes(path) ? [{ title, command, args: args(path), env: QUIET }] : [];
  });
}

/** Titles of all peers, installed or not, in the order of the table. */
export const PEER_TITLES = PEERS.map(({ name, title = name }) => title);
