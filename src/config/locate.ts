import { existsSync, realpathSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, isAbsolute, join, relative, resolve } from "node:path";
import { UsageError } from "../errors.js";

const LOCAL_NAME = "modelaudit-security.toml";

export interface LocateOptions {
  /** `--config`. */
  readonly given?: string | undefined;
  /** What is about to be scanned. */
  readonly scanned: readonly string[];
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly cwd?: string;
  readonly home?: string;
}

export interface Located {
  readonly path: string | undefined;
  readonly warnings: readonly string[];
}

/** The user's rule file: `--config`, else MODELAUDIT_CONFIG, else the first that exists of three places. */
export function locateConfig(options: LocateOptions): Located {
  const { given, scanned, env = process.env, cwd = process.cwd(), home = homedir() } = options;
  const explicit = given ?? (env.MODELAUDIT_CONFIG || undefined);
  if (explicit !== undefined) return { path: mustExist(resolve(cwd, explicit), given === undefined), warnings: [] };
  const local = join(cwd, LOCAL_NAME);
  const warnings: string[] = [];
  if (existsSync(local)) {
    if (!isUnderScan(cwd, scanned)) return { path: local, warnings };
    warnings.push(
      `${LOCAL_NAME} is ignored: it lies in or around what is scanned, and a scanned folder must not configure its own scan. Use --config ${LOCAL_NAME} to apply it.`,
    );
  }
  return { path: systemPlaces(home).find((path) => existsSync(path)), warnings };
}

/** Where a rule file is looked for after the working directory. */
export function systemPlaces(home = homedir()): string[] {
  return [join(home, ".config", "modelaudit", "security.toml"), "/etc/modelaudit/security.toml"];
}

function mustExist(path: string, fromEnvironment: boolean): string {
  if (existsSync(path)) return path;
  const source = fromEnvironment ? "MODELAUDIT_CONFIG names" : "--config names";
  throw new UsageError(`${source} a file that does not exist: ${path}`, [
    "run `modelaudit doctor` to see where rules are looked for",
  ]);
}

/** True when the folder is inside something scanned, or contains it. */
function isUnderScan(folder: string, scanned: readonly string[]): boolean {
  const here = real(folder);
  return scanned.some((path) => {
    const there = real(resolve(folder, path));
    return contains(there, here) || contains(here, there);
  });
}

/** True when the file is in something that is scanned: whoever made that could have made this too. */
export function liesInScan(file: string, scanned: readonly string[]): boolean {
  const here = real(resolve(file));
  return scanned.some((path) => contains(real(resolve(existsSync(path) ? path : withoutPattern(path))), here));
}

/** The folder in which a glob pattern begins to vary. */
function withoutPattern(path: string): string {
  const at = path.search(/[*?[\]{}]/);
  return at < 0 ? path : dirname(`${path.slice(0, at)}x`);
}

function contains(outer: string, inner: string): boolean {
  const way = relative(outer, inner);
  return way === "" || (!way.startsWith("..") && !isAbsolute(way));
}

/** The path with all links resolved, as far as it exists. */
function real(path: string): string {
  if (existsSync(path)) return realpathSync(path);
  const parent = dirname(path);
  return parent === path ? path : join(real(parent), relative(parent, path));
}
