import type { GlobalEntry, Inspector } from "../../formats/pickle/inspector.js";
import { canonicalModule } from "../../formats/pickle/names.js";
import { isBytes, isText, KIND, type Value } from "../../formats/pickle/value.js";

const MAX_TEXT = 200;
const MAX_ITEMS = 6;
const MAX_DEPTH = 5;

/** A value as Python would write it, cut to a readable length. */
export function express(inspect: Inspector, value: Value, depth = 0): string {
  if (depth > MAX_DEPTH) return "…";
  if (isText(value.kind)) return quote(inspect.text(value, MAX_TEXT + 1) ?? "");
  if (isBytes(value.kind)) return expressBytes(inspect, value);
  switch (value.kind) {
    case KIND.NONE:
      return "None";
    case KIND.BOOL:
      return value.data === 1 ? "True" : "False";
    case KIND.INT:
      return Number.isNaN(value.data) ? "<int>" : String(value.data);
    case KIND.FLOAT:
      return "<float>";
    case KIND.GLOBAL: {
      const entry = inspect.global(value);
      return entry === undefined ? "<name>" : pythonName(entry);
    }
    case KIND.TUPLE:
      return `(${list(inspect, value, depth)}${inspect.count(value) === 1 ? "," : ""})`;
    case KIND.LIST:
      return `[${list(inspect, value, depth)}]`;
    case KIND.SET:
      return `{${list(inspect, value, depth)}}`;
    case KIND.DICT:
      return dictionary(inspect, value, depth);
    case KIND.CALL:
    case KIND.INSTANCE:
      return expressCall(inspect, value, depth);
    case KIND.EXTENSION:
      return `<extension ${value.data}>`;
    case KIND.PERSISTENT:
      return "<persistent object>";
    default:
      return "?";
  }
}

/** A call as Python would write it: `os.system("id")`. */
export function expressInvocation(inspect: Inspector, callee: Value, args: Value, depth = 0): string {
  const items = inspect.items(args);
  const inner =
    args.kind !== KIND.TUPLE
      ? `*${express(inspect, args, depth + 1)}`
      : items === undefined
        ? "…"
        : list(inspect, args, depth);
  return `${express(inspect, callee, depth)}(${inner})`;
}

/** The public name: `posix.system` is `os.system`, and a module alone is its own name. */
export function pythonName(entry: GlobalEntry): string {
  const module = canonicalModule(entry.resolvedModule);
  if (entry.resolvedName === "") return module;
  return module === "builtins" ? entry.resolvedName : `${module}.${entry.resolvedName}`;
}

/** The name as it stands in the file. */
export function writtenName(entry: GlobalEntry): string {
  return entry.name === "" ? entry.module : `${entry.module}.${entry.name}`;
}

function expressCall(inspect: Inspector, value: Value, depth: number): string {
  const origin = inspect.origin(value);
  if (origin === undefined || depth >= MAX_DEPTH) return "…";
  if (value.kind === KIND.CALL) return expressInvocation(inspect, origin.callee, origin.args, depth + 1);
  return `${express(inspect, origin.callee, depth + 1)}.__new__(…)`;
}

function list(inspect: Inspector, value: Value, depth: number): string {
  const items = inspect.items(value);
  if (items === undefined) return "…";
  const shown = items.slice(0, MAX_ITEMS).map((item) => express(inspect, item, depth + 1));
  if (inspect.count(value) > shown.length) shown.push("…");
  return shown.join(", ");
}

function dictionary(inspect: Inspector, value: Value, depth: number): string {
  const items = inspect.items(value) ?? [];
  const shown: string[] = [];
  for (let i = 0; i + 1 < items.length && shown.length < MAX_ITEMS; i += 2) {
    const key = items[i];
    const item = items[i + 1];
    if (key && item) shown.push(`${express(inspect, key, depth + 1)}: ${express(inspect, item, depth + 1)}`);
  }
  if (inspect.count(value) > shown.length * 2) shown.push("…");
  return `{${shown.join(", ")}}`;
}

function expressBytes(inspect: Inspector, value: Value): string {
  const bytes = inspect.bytes(value, 32) ?? new Uint8Array(0);
  const length = inspect.range(value)?.length ?? inspect.bytes(value)?.length ?? bytes.length;
  const text = [...bytes.subarray(0, 24)]
    .map((b) =>
      b >= 0x20 && b < 0x7f && b !== 0x22 && b !== 0x5c
        ? String.fromCharCode(b)
        : `\\x${b.toString(16).padStart(2, "0")}`,
    )
    .join("");
  const literal = `b"${text}${length > 24 ? "…" : ""}"`;
  return value.kind === KIND.BYTEARRAY ? `bytearray(${literal})` : literal;
}

function quote(text: string): string {
  const cut = text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}…` : text;
  return JSON.stringify(cut);
}
