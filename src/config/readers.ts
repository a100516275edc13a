import { UsageError } from "../errors.js";
import { nearest } from "../nearest.js";
import { parseSeverity, type Severity } from "../rules/severity.js";
import type { NameSet } from "./policy.js";
import { type KeyPath, lineOfKey } from "./toml-lines.js";

/** A configuration file while it is read: where its problems are. */
export class ConfigFile {
  constructor(
    readonly path: string,
    readonly text: string,
  ) {}

  fail(key: KeyPath, problem: string, hints: readonly string[] = []): never {
    const line = lineOfKey(this.text, key);
    throw new UsageError(`${this.path}:${line}: ${key.join(".")}: ${problem}`, hints);
  }
}

/** Checks one value of a configuration file and gives it its type. */
export type Reader<T> = (value: unknown, key: KeyPath, file: ConfigFile) => T;

function isTable(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Date);
}

function tableOf(value: unknown, key: KeyPath, file: ConfigFile): Record<string, unknown> {
  return isTable(value) ? value : file.fail(key, `expected a table, found ${kindOf(value)}`);
}

function kindOf(value: unknown): string {
  if (Array.isArray(value)) return "a list";
  if (value instanceof Date) return "a date";
  if (isTable(value)) return "a table";
  return typeof value === "string" ? `the string ${JSON.stringify(value)}` : `${typeof value} ${String(value)}`;
}

const QUOTE_DOTS = 'put a name with dots in quotes: "package.module" = ["Name"]';

export const text: Reader<string> = (value, key, file) =>
  typeof value === "string" ? value : file.fail(key, `expected a string, found ${kindOf(value)}`);

export const flag: Reader<boolean> = (value, key, file) =>
  typeof value === "boolean" ? value : file.fail(key, `expected true or false, found ${kindOf(value)}`);

/** A count: a whole number, zero or more. */
export const count: Reader<number> = (value, key, file) =>
  typeof value === "number" && Number.isSafeInteger(value) && value >= 0
    ? value
    : file.fail(key, `expected a whole number, zero or more, found ${kindOf(value)}`);

export const severity: Reader<Severity> = (value, key, file) => {
  const found = typeof value === "string" ? parseSeverity(value) : undefined;
  return found ?? file.fail(key, `expected critical, high, medium, low or info, found ${kindOf(value)}`);
};

export const severityOrOff: Reader<Severity | "off"> = (value, key, file) =>
  value === "off" ? value : severity(value, key, file);

/** A day, as a TOML date or as text; kept as ISO text. */
export const day: Reader<string> = (value, key, file) => {
  const iso = value instanceof Date ? value.toISOString() : value;
  return typeof iso === "string" && !Number.isNaN(Date.parse(iso))
    ? iso.slice(0, 10)
    : file.fail(key, `expected a date such as 2027-01-31, found ${kindOf(value)}`);
};

/** A regular expression of JavaScript. */
export const pattern: Reader<string> = (value, key, file) => {
  const source = text(value, key, file);
  try {
    new RegExp(source, "u");
  } catch (cause) {
    const problem = cause instanceof Error ? cause.message : String(cause);
    throw new UsageError(`${file.path}:${lineOfKey(file.text, key)}: ${key.join(".")}: ${problem}`, [], { cause });
  }
  return source;
};

export const listOf =
  <T>(item: Reader<T>): Reader<T[]> =>
  (value, key, file) =>
    Array.isArray(value)
      ? value.map((entry, i) => item(entry, [...key, String(i)], file))
      : file.fail(key, `expected a list, found ${kindOf(value)}`, isTable(value) ? [QUOTE_DOTS] : []);

export const names: Reader<NameSet> = (value, key, file) => (value === "*" ? value : listOf(text)(value, key, file));

/** Names without wildcards: what is declared harmless is declared one by one. */
export const exactNames: Reader<string[]> = (value, key, file) => {
  if (value === "*") file.fail(key, "wildcards are not allowed here, list the names");
  const found = listOf(text)(value, key, file);
  for (const name of found) if (name.includes("*")) file.fail(key, `wildcards are not allowed here: "${name}"`);
  return found;
};

/** A table with any keys. */
export const tableBy =
  <T>(item: Reader<T>): Reader<Record<string, T>> =>
  (value, key, file) =>
    Object.fromEntries(
      Object.entries(tableOf(value, key, file)).map(([name, entry]) => [name, item(entry, [...key, name], file)]),
    );

/** A table of tables whose names are among `keys`, in any case (`[pickle_rules.CRITICAL]`). */
export const tablesNamed =
  <K extends string, T>(keys: readonly K[], item: Reader<T>): Reader<Partial<Record<K, T>>> =>
  (value, key, file) => {
    const result: Partial<Record<K, T>> = {};
    for (const [name, entry] of Object.entries(tableOf(value, key, file))) {
      const known = keys.find((candidate) => candidate === name.toLowerCase());
      if (known === undefined) return failUnknown(name, keys, key, file);
      result[known] = item(entry, [...key, name], file);
    }
    return result;
  };

function failUnknown(name: string, known: readonly string[], key: KeyPath, file: ConfigFile): never {
  const similar = nearest(name, known).map((candidate) => `did you mean "${candidate}"?`);
  return file.fail([...key, name], "unknown key", similar.length > 0 ? similar : [`known keys: ${known.join(", ")}`]);
}

type Fields<T> = { readonly [K in keyof T]-?: Reader<Exclude<T[K], undefined>> };

/** A table with these keys and no others; each may be missing. */
export const tableWith =
  <T>(fields: Fields<T>): Reader<Partial<T>> =>
  (value, key, file) => {
    const result: Partial<T> = {};
    for (const [name, entry] of Object.entries(tableOf(value, key, file))) {
      if (!isKeyOf(fields, name)) return failUnknown(name, Object.keys(fields), key, file);
      result[name] = fields[name](entry, [...key, name], file);
    }
    return result;
  };

/** The same, with keys that must be there. */
export const recordWith =
  <T>(fields: Fields<T>, required: readonly (keyof T & string)[]): Reader<T> =>
  (value, key, file) => {
    const result = tableWith(fields)(value, key, file);
    for (const name of required) if (result[name] === undefined) file.fail(key, `"${name}" is missing`);
    return result as T; // every required key was just checked
  };

function isKeyOf<T extends object>(fields: T, name: string): name is keyof T & string {
  return Object.hasOwn(fields, name);
}
