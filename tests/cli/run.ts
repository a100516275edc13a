import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** The built program; MODELAUDIT_PROGRAM names another build. */
export const PROGRAM =
  process.env.MODELAUDIT_PROGRAM ?? fileURLToPath(new URL("../../bin/modelaudit.js", import.meta.url));

export interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Runs Node itself with these arguments. */
  readonly asNode?: boolean;
  /** Called with the running program. */
  readonly meanwhile?: (program: ChildProcess) => void;
}

/** Runs the built program, with nothing of the caller's settings in its environment. */
export function run(
  args: readonly string[],
  { cwd, env = {}, asNode = false, meanwhile }: RunOptions = {},
): Promise<Outcome> {
  const { PATH = "" } = process.env;
  // A home without preferences, and with a cache of its own.
  const home = mkdtempSync(join(tmpdir(), "modelaudit-home-"));
  const program = spawn(process.execPath, asNode ? [...args] : [PROGRAM, ...args], {
    cwd,
    env: { PATH, HOME: home, ...env },
    stdio: "pipe",
  });
  const texts = { stdout: "", stderr: "" };
  program.stdout.on("data", (data) => {
    texts.stdout += data;
  });
  program.stderr.on("data", (data) => {
    texts.stderr += data;
  });
  meanwhile?.(program);
  return new Promise((done) =>
    program.on("close", (code) => {
      rmSync(home, { recursive: true, force: true });
      done({ code, ...texts });
    }),
  );
}
