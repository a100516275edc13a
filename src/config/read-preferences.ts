import { readFileSync } from "node:fs";
import { UsageError } from "../errors.js";
import { nearest } from "../nearest.js";
import { parseToml } from "./parse.js";
import { FORMATS, PRESET_NAMES, type Preferences } from "./preferences.js";
import { ConfigFile, flag, type Reader, severity, tableWith, text } from "./readers.js";
import { parseSize } from "./size.js";

/** Reads and checks the user's preferences. */
export function readPreferences(path: string): Preferences {
  const content = contentOf(path);
  return readTable(parseToml(path, content), [], new ConfigFile(path, content));
}

function contentOf(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (cause) {
    const problem = cause instanceof Error ? cause.message : String(cause);
    throw new UsageError(`cannot read the preferences: ${problem}`, [`correct or remove ${path}`], { cause });
  }
}

const oneOf =
  <T extends string>(choices: readonly T[]): Reader<T> =>
  (value, key, file) => {
    const written = text(value, key, file);
    const found = choices.find((choice) => choice === written.toLowerCase());
    const similar = nearest(written, choices).map((choice) => `did you mean "${choice}"?`);
    return found ?? file.fail(key, `expected ${choices.join(", ")}, found "${written}"`, similar);
  };

const size: Reader<number> = (value, key, file) => {
  try {
    return parseSize(String(value));
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    return file.fail(key, error.message, error.hints);
  }
};

const seconds: Reader<number> = (value, key, file) =>
  typeof value === "number" && value > 0 && Number.isFinite(value)
    ? value
    : file.fail(key, "expected a number of seconds above zero");

const readTable: Reader<Preferences> = tableWith<Preferences>({
  format: oneOf(FORMATS),
  output_folder: text,
  preset: oneOf(PRESET_NAMES),
  fail_on: severity,
  max_size: size,
  timeout: seconds,
  strict: flag,
  cache: flag,
  progress: flag,
  verbose: flag,
  quiet: flag,
});
