import { lstatSync } from "node:fs";
import { UsageError } from "../errors.js";

/**
 * `modelaudit scan *` in a folder that holds a file named `--config=mine.toml` or `-oreport.html`: the shell hands the name over, and it
 * reads as an option. Whoever made the folder would then configure its scan.
 */
export function checkArguments(args: readonly string[]): void {
  const end = args.indexOf("--");
  const options = (end < 0 ? args : args.slice(0, end)).filter((arg) => /^-./.test(arg));
  const name = options.find((arg) => lstatSync(arg, { throwIfNoEntry: false }) !== undefined);
  if (name === undefined) return;
  throw new UsageError(`${name} reads as an option, and is the name of a file here`, [
    "put -- before the paths: modelaudit scan -- *",
    "where the option is meant, work in another folder",
  ]);
}
