import { lstatSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";

/** Where the cache lies, by the platform's convention; `MODELAUDIT_CACHE_DIR` names another place. */
export function cacheFolder(
  env: NodeJS.ProcessEnv = process.env,
  platform: NodeJS.Platform = process.platform,
): string {
  if (env.MODELAUDIT_CACHE_DIR) return env.MODELAUDIT_CACHE_DIR;
  if (platform === "win32") return join(env.LOCALAPPDATA ?? join(homedir(), "AppData", "Local"), "modelaudit", "Cache");
  if (platform === "darwin") return join(homedir(), "Library", "Caches", "modelaudit");
  return join(env.XDG_CACHE_HOME || join(homedir(), ".cache"), "modelaudit");
}

/** False for a folder that somebody else owns or may write to: what it says about a file could be anything. */
export function isTrustworthy(folder: string): boolean {
  try {
    const { uid, mode } = lstatSync(folder);
    return process.getuid === undefined || (uid === process.getuid() && (mode & 0o022) === 0);
  } catch (error) {
    if (error instanceof Error && "syscall" in error) return true; // it does not exist yet: it will be ours
    throw error;
  }
}
