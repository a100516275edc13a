import { type ChildProcess, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

export const PROGRAM = process.env.MODELAUDIT_PROGRAM ?? fileURLToPath(new URL("../../bin/modelaudit.js", import.meta.url));

export interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Called with the running program. */
  readonly meanwhile?: (program: ChildProcess) => void;
}

/** Runs the built program, with nothing of the caller's settings in its environment. */
export function run(args: readonly string[], { cwd, env = {}, meanwhile }: RunOptions = {}): Promise<Outcome> {
  const { PATH = "", HOME = "" } = process.env;
  const program = spawn(process.execPath, [PROGRAM, ...args], { cwd, env: { PATH, HOME, ...env }, stdio: "pipe" });
  const texts = { stdout: "", stderr: "" };
  program.stdout.on("data", (data) => {
    texts.stdout += data;
  });
  program.stderr.on("data", (data) => {
    texts.stderr += data;
  });
  meanwhile?.(program);
  return new Promise((done) => program.on("close", (code) => done({ code, ...texts })));
}
